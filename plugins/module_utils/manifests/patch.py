# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merges what a user wants to be different into an object. Pure.

As in Kubernetes' strategic merge, but without its table of keys: a list is merged by the names of its entries, and
replaced where they have none.
"""

from __future__ import annotations

DIRECTIVE, DELETE = "$patch", "delete"


def patched(base: dict, patch: dict) -> dict:
    """``base`` with the fields of ``patch``; a field that is None there is removed."""
    result = dict(base)
    for field, value in patch.items():
        if value is None:
            result.pop(field, None)
        else:
            result[field] = _merged(base.get(field), value)
    return result


def _merged(base, value):
    if isinstance(value, dict):
        return patched(base if isinstance(base, dict) else {}, value)
    if isinstance(value, list):
        return _by_name(base, value) if _named(value) and _named(base or []) else value
    return value


def _named(value) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) and "name" in entry for entry in value)


def _by_name(base: list | None, changes: list) -> list:
    if not changes:
        return []
    entries = {entry["name"]: entry for entry in base or []}
    for change in changes:
        if change.get(DIRECTIVE) == DELETE:
            entries.pop(change["name"], None)
        else:
            entries[change["name"]] = patched(entries.get(change["name"], {}), change)
    return list(entries.values())

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes recordings as YAML."""

from __future__ import annotations

import yaml


class Indented(yaml.SafeDumper):
    """Lists are indented below their key, as in the rest of the repository."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def text(head: str, document: dict) -> str:
    """The file's content. ``head``: the comment on top, which says how to record it again."""
    return f"# {head}\n---\n" + yaml.dump(document, Dumper=Indented, sort_keys=False, width=80, allow_unicode=True)


def without(value, names: tuple[str, ...]):
    """The value without the keys ``names``, at any depth: no rule reads them, and they make a recording long."""
    if isinstance(value, dict):
        return {name: without(below, names) for name, below in value.items() if name not in names}
    if isinstance(value, list):
        return [without(below, names) for below in value]
    return value

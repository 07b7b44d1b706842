# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a live object is as it was given."""

from __future__ import annotations


def differing(wanted, live, path: str = "") -> list[str]:
    """Where the live object is not what was asked for; what it has besides is the server's."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        return [line for name, value in wanted.items() for line in differing(value, live.get(name), f"{path}.{name}")]
    if isinstance(wanted, list) and isinstance(live, list) and len(wanted) == len(live):
        return [
            line
            for number, pair in enumerate(zip(wanted, live, strict=True))
            for line in differing(*pair, f"{path}[{number}]")
        ]
    if wanted in ({}, []) and not live:
        return []
    if path == ".spec.replicas":
        return []
    return [] if wanted == live else [f"{path} is {live!r}, not {wanted!r}"]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that a run has once, though each of its targets has them: those that form its waves. Pure."""

from __future__ import annotations

# Of the targets that have one value, so many are named.
NAMED = 5


def problems(variable: str, values: dict[str, str]) -> list[str]:
    """A sentence where the targets of a run do not agree. ``values``: as text, by target."""
    targets: dict[str, list[str]] = {}
    for target, value in values.items():
        targets.setdefault(value, []).append(target)
    if len(targets) < 2:
        return []
    # The one that most have comes last: the others are those to correct.
    said = [f"{value} for {_names(of)}" for value, of in sorted(targets.items(), key=lambda item: len(item[1]))]
    return [
        f"{variable} is {', '.join(said[:-1])} and {said[-1]}: it is one for all targets of a run. Set it once, in "
        "group_vars/all of the inventory or with -e, or name with --limit targets that have the same."
    ]


def _names(targets: list[str]) -> str:
    more = len(targets) - NAMED
    return ", ".join(targets[:NAMED]) + (f" and {more} more" if more > 0 else "")

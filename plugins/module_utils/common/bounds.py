# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that a module's option may have. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError


def refuse_impossible(options: dict, bounds: dict[str, tuple], within: str = "") -> None:
    """Raises ServingError for a number out of its bounds: ``{option: (least, most)}``, where most may be None.

    An option that is not set has no number. ``within``: the option whose suboptions these are.
    """
    for name, (least, most) in bounds.items():
        number = options.get(name)
        if number is None or (number >= least and (most is None or number <= most)):
            continue
        allowed = f"{least} or more" if most is None else f"{least} to {most}"
        shown = f"{within}.{name}" if within else name
        raise ServingError(f"{shown} is {number}: it has to be {allowed}.")

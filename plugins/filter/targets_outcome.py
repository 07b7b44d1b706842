# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each of several targets, and whether the next wave is begun."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.release.targets import outcome

DOCUMENTATION = r"""
name: targets_outcome
short_description: Say what became of each of several targets, and whether the run ends
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Each target was released, was unchanged, had its previous revision restored, failed, or was not tried.
  - The run ends when no target is left, or when more targets of a wave failed than may.
options:
  _input:
    description: The names of all targets in the order of the inventory.
    type: list
    elements: str
    required: true
  checked:
    description: For each target the result of the check of its variables, nothing if the run did not come to it.
    type: list
    elements: dict
    required: true
  results:
    description: For each target the result of its release, empty without one.
    type: list
    elements: dict
    required: true
  at_once:
    description: How many targets each wave has, as numbers or percentages; the last one is repeated.
    type: list
    elements: str
    required: true
  may_fail:
    description: Percentage of a wave that may fail before the run ends.
    type: int
    required: true
"""

EXAMPLES = r"""
# {"ends": true, "lines": ["2 targets: 1 failed, 1 not tried", "  failed     eu  no answer", "  not tried  us"]}
- name: Show the targets
  ansible.builtin.debug:
    msg: "{{ ['eu', 'us'] | modelops.serving.targets_outcome([{}, none], results, ['1'], 0) }}"
  vars:
    results:
      - failed: true
        msg: no answer
      - {}
"""

RETURN = r"""
_value:
  description: Whether the run RV(_value.ends), and the RV(_value.lines) to show at its end, none while it goes on.
  type: dict
"""


def targets_outcome(targets, checked, results, at_once, may_fail):
    """The outcome for these targets."""
    return outcome(
        dict(zip(targets, checked, strict=True)), dict(zip(targets, results, strict=True)), list(at_once), int(may_fail)
    )


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"targets_outcome": targets_outcome}

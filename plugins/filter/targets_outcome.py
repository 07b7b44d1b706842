# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each of several targets, and whether the next wave is begun."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.release import targets
from ansible_collections.modelops.serving.plugins.module_utils.release.targets import Target, outcome

DOCUMENTATION = r"""
name: targets_outcome
short_description: Say what became of each of several targets, and whether the run ends
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Each target was released, was unchanged, had its previous revision restored or was rolled back with its wave,
    failed, or was not tried.
  - The run ends when no target is left, or when more targets of a wave failed than may.
options:
  _input:
    description: The names of all targets in the order of the inventory.
    type: list
    elements: str
    required: true
  here:
    description: One of the wave that the run has come to. Those of later waves were not tried.
    type: str
    required: true
  checked:
    description: For each target the result of the last check of its variables, nothing without one.
    type: list
    elements: dict
    required: true
  results:
    description: For each target the result of its release, empty without one.
    type: list
    elements: dict
    required: true
  put_back:
    description: For each target the result of what was put back after its release, nothing or a skipped task without.
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
  on_failed_wave:
    description: What to do with the targets of a wave that were released when too many others of it failed.
    type: str
    choices: [restore, keep]
    default: keep
"""

EXAMPLES = r"""
# {"ends": true, "put_back": [],
#  "lines": ["2 targets: 1 failed, 1 not tried", "  failed     eu  no answer", "  not tried  us"]}
- name: Show the targets
  ansible.builtin.debug:
    msg: "{{ ['eu', 'us'] | modelops.serving.targets_outcome('eu', [{}, none], results, [none, none], ['1'], 0) }}"
  vars:
    results:
      - failed: true
        msg: no answer
      - {}
"""

RETURN = r"""
_value:
  description:
    - Whether the run RV(_value.ends), the targets to RV(_value.put_back), and the RV(_value.lines) to show at its end,
      none while it goes on.
  type: dict
"""


def targets_outcome(names, here, checked, results, put_back, at_once, may_fail, on_failed_wave="keep"):
    """The outcome for these targets."""
    tried = targets.tried(list(names), here, list(at_once))
    rows = list(zip(names, checked, results, put_back, strict=True))
    found = {name: Target(of_check or {}, result, _done(of_back)) for name, of_check, result, of_back in rows}
    found |= {name: Target() for name in names if name not in tried}
    return outcome(found, list(at_once), int(may_fail), on_failed_wave)


def _done(result):
    return {} if not result or result.get("skipped") else result


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"targets_outcome": targets_outcome}

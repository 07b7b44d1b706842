# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of the first wave."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.release import targets

DOCUMENTATION = r"""
name: first_wave
short_description: Name the targets of the first wave
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - These bake, see the variable C(model_serving_bake_seconds).
options:
  _input:
    description: The names of all targets in the order of the inventory.
    type: list
    elements: str
    required: true
  at_once:
    description: How many targets each wave has, as numbers or percentages.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
# ["eu-1"]
- name: Show the targets of the first wave
  ansible.builtin.debug:
    msg: "{{ ['eu-1', 'eu-2', 'us-1'] | modelops.serving.first_wave(['1', '100%']) }}"
"""

RETURN = r"""
_value:
  description: Names.
  type: list
  elements: str
"""


def first_wave(names, at_once):
    """The names of the first wave."""
    return targets.first_wave(list(names), list(at_once))


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"first_wave": first_wave}

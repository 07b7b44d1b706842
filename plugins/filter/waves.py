# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many targets each wave has."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.variables import reading
from ansible_collections.modelops.serving.plugins.module_utils.variables.constraints.capacity import WAVE

DOCUMENTATION = r"""
name: waves
short_description: Read how many targets are deployed at the same time
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Reads the variable C(model_serving_targets_at_once) as the role does, for Ansible's C(serial), which is wanted
    before any task runs. What cannot be read is one target a wave, and is refused by the role.
options:
  _input:
    description: A number, a percentage, a list of them, or text with commas, newlines or JSON.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Deploy in waves
  hosts: all
  serial: "{{ '1, 25%, 100%' | modelops.serving.waves }}"
"""

RETURN = r"""
_value:
  description: One entry for each wave.
  type: list
  elements: str
"""


def waves(at_once):
    """The entries of ``serial``."""
    given = at_once if isinstance(at_once, (str, list)) else str(at_once)
    found = reading.read({"waves": given}, {"waves": {"type": "list", "elements": "str"}}).values.get("waves") or ["1"]
    return found if all(WAVE.fullmatch(str(wave)) for wave in found) else ["1"]


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"waves": waves}

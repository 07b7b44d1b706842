# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the targets of a run agree on its waves."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.filter.waves import waves
from ansible_collections.modelops.serving.plugins.module_utils.variables import of_the_run
from ansible_collections.modelops.serving.plugins.plugin_utils import given

DOCUMENTATION = r"""
name: differing_waves
short_description: Find where the targets of a run do not agree on its waves
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - The variables C(model_serving_targets_at_once) and C(model_serving_max_fail_percentage) are read once for all
    targets. Those of one target would count for the others.
  - The same value may be written in several ways, such as V(2), V("2") and V([2]). A target whose variables cannot be
    read is left out.
options:
  _input:
    description: The names of the targets.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variable C(hostvars).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Refuse waves that differ
  modelops.serving.refuse:
    msg: "{{ _differing | join('\n') }}"
  when: _differing | length > 0
  run_once: true
  vars:
    _differing: "{{ ansible_play_hosts_all | modelops.serving.differing_waves(hostvars) }}"
"""

RETURN = r"""
_value:
  description: One sentence for each of the two variables that differs. It says what to do.
  type: list
  elements: str
"""

AT_ONCE = "model_serving_targets_at_once"
MAY_FAIL = "model_serving_max_fail_percentage"


def differing_waves(names, hostvars):
    """A sentence for each variable on which these targets do not agree."""
    return [
        sentence
        for variable, written in ((AT_ONCE, _waves), (MAY_FAIL, _percentage))
        for sentence in of_the_run.problems(variable, given.of_targets(names, hostvars, _reader(variable), written))
    ]


def _reader(variable):
    return lambda _target, variables: given.plain(variables.get(variable))


def _waves(value):
    return ", ".join(map(str, waves(value if value not in (None, "") else 1)))


def _percentage(value):
    text = str(value if value not in (None, "") else 0).strip()
    return text.removesuffix(".0")


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"differing_waves": differing_waves}

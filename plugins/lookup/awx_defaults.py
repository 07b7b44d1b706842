# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: awx_defaults
short_description: Read which of a target's variables a survey of AWX may show as defaults
version_added: "0.1.0"
author: modelops.serving contributors (!UNKNOWN)
description:
  - The host's variables of these names, as their types, where its inventory gives them. V(null) for one that was given
    as a template or as a vaulted value.
  - What comes from a vault is in no survey, whose defaults everybody sees who may launch.
options:
  _terms:
    description: Names of variables.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show what a survey may have as the default
  ansible.builtin.debug:
    msg: "{{ lookup('modelops.serving.awx_defaults', 'model_serving_settings') }}"
"""

RETURN = r"""
_list:
  description: One dictionary with the values by name.
  type: list
  elements: dict
"""

from ansible.plugins.lookup import LookupBase

from ansible_collections.modelops.serving.plugins.module_utils.variables import reading
from ansible_collections.modelops.serving.plugins.plugin_utils import given


class LookupModule(LookupBase):
    """The lookup under its name."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        named = [name for name in terms if name in variables]
        shown = [name for name in named if given.is_written_out(variables[name])]
        values, _problems = given.templated(self._templar, variables, shown)
        options = {name: option for spec in given.specifications().values() for name, option in spec.items()}
        return [dict.fromkeys(named) | reading.read(values, options).values]

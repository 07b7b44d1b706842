# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of the collection's roles, each of its type."""

from __future__ import annotations

DOCUMENTATION = r"""
name: model_serving_values
short_description: Read variables of this collection's roles as their types
version_added: "0.1.0"
author: modelops.serving contributors (!UNKNOWN)
description:
  - Surveys and C(-e) send text. This reads it as the argument specification says, so that V(no) is V(false), and
    V(a, b) is a list of two.
  - Variables that cannot be read are left out; P(modelops.serving.model_serving_problems#lookup) names them.
options:
  _terms:
    description: Names of variables; all of the role model_serving when there are none.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Show the Secrets of a survey's answer "registry, mirror" as a list
  ansible.builtin.debug:
    msg: "{{ lookup('modelops.serving.model_serving_values', 'model_serving_image_pull_secrets')
      .model_serving_image_pull_secrets }}"
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
        specs = given.specifications()
        values, _problems = given.templated(self._templar, variables, terms or specs["model_serving.main"])
        return [reading.read(values, {name: option for spec in specs.values() for name, option in spec.items()}).values]

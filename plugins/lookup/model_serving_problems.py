# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which variables of the role model_serving cannot be deployed as they are."""

from __future__ import annotations

DOCUMENTATION = r"""
name: model_serving_problems
short_description: List what is wrong with the variables of the role model_serving
version_added: "0.1.0"
author: modelops.serving contributors (!UNKNOWN)
description:
  - Reads the host's variables that start with C(model_serving_). Checks the names, then the types, then the values
    and how they combine. Values are converted to their type, so the text V(no) from a survey counts as V(false).
  - Needs no cluster. The constraints are in C(plugins/module_utils/variables/constraints.py).
options:
  _terms:
    description: Path of the role's argument specification.
    type: list
    elements: path
    required: true
  image:
    description: The image that would be deployed, empty for none.
    type: str
    required: true
  gateway:
    description: Whether a gateway is used instead of an ingress.
    type: bool
    required: true
  fewest_pods:
    description: Number of pods when there is no load.
    type: int
    required: true
  manifests:
    description: Names of the manifests that are in the release.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
# The role does this with _model_serving_problems in its vars/main.yml.
- name: Check the variables
  ansible.builtin.fail:
    msg: "{{ problems | join('\n') }}"
  when: problems | length > 0
  vars:
    problems: "{{ query('modelops.serving.model_serving_problems', role_path ~ '/meta/argument_specs.yml',
      image=model_serving_image, gateway=false, fewest_pods=model_serving_replicas, manifests=[]) }}"
"""

RETURN = r"""
_list:
  description: One sentence for each thing that is wrong. It names the variable and says what to do.
  type: list
  elements: str
"""

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.lookup import LookupBase

from ansible_collections.modelops.serving.plugins.module_utils.variables import constraints, names

# Derived from the role's variables.
DERIVED = {
    "gateway": {"type": "bool"},
    "fewest_pods": {"type": "int"},
    "manifests": {"type": "list", "elements": "str"},
}


class LookupModule(LookupBase):
    """The lookup under its name."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        specs = self._loader.load_from_file(terms[0], unsafe=True)
        options = specs["argument_specs"]["main"]["options"]
        values = {name: self._templar.template(variables[name]) for name in options}
        values["model_serving_image"] = self.get_option("image")
        values.update({name: self.get_option(name) for name in DERIVED})
        return problems(values, options, [name for name in variables if name.startswith(names.PREFIX)])


def problems(values, options, given):
    """One sentence for each thing that is wrong. Where types are wrong, values are judged no further."""
    unknown = names.unknown(given, options)
    checked = ArgumentSpecValidator({**_plain(options), **DERIVED}).validate(_plain(values))
    if checked.error_messages:
        return unknown + checked.error_messages
    return unknown + constraints.problems(constraints.Variables.of(checked.validated_parameters))


def _plain(value):
    """The same in dictionaries and lists of Python.

    The validator copies what it is given, and copying those by which Ansible puts off templating takes seconds.
    """
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which variables cannot be used as they are."""

from __future__ import annotations

DOCUMENTATION = r"""
name: model_serving_problems
short_description: List what is wrong with the variables of this collection's roles
version_added: "0.1.0"
author: modelops.serving contributors (!UNKNOWN)
description:
  - Reads the host's variables. Checks the names of all that begin like a variable of this collection, then the types
    and the values of those that the entry points read, and how they combine.
  - Values are read as their type says, so the text V(no) of a survey is V(false), and V(a, b) is a list.
  - Needs no cluster. The constraints are in C(plugins/module_utils/variables/).
options:
  _terms:
    description: Entry points whose variables are used, each as role and entry point such as V(model_serving.rollback).
    type: list
    elements: str
    required: true
  image:
    description: The image that would be deployed, empty for none.
    type: str
    default: ""
  manifests:
    description: Names of the manifests that are in the release.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
# The role does this in tasks/check.yml.
- name: Check the variables
  ansible.builtin.fail:
    msg: "{{ problems | join('\n') }}"
  when: problems | length > 0
  vars:
    problems: "{{ query('modelops.serving.model_serving_problems', 'model_serving.main', image=model_serving_image) }}"
"""

RETURN = r"""
_list:
  description: One sentence for each thing that is wrong. It names the variable and says what to do.
  type: list
  elements: str
"""

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.modelops.serving.plugins.module_utils.common import playbook_names
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact
from ansible_collections.modelops.serving.plugins.module_utils.variables import judgement, names, reading
from ansible_collections.modelops.serving.plugins.plugin_utils import given, questions, waves

ROLE = "model_serving.main"
IMAGE = "model_serving_image"
# What takes minutes before a cluster is asked for anything.
BUILD = "model_image.main"
SURVEYS = "awx_setup_surveys"
WAVES = "awx_setup_waves"


class LookupModule(LookupBase):
    """The lookup under its name."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        specs = given.specifications()
        unknown = [term for term in terms if term not in specs]
        if unknown:
            raise AnsibleError(f"{unknown[0]} is no entry point; there are {', '.join(sorted(specs))}.")
        options = {name: option for term in terms for name, option in specs[term].items()}
        values, unread = given.templated(self._templar, variables, [*options, names.OWN])
        own = reading.read(values, specs[ROLE]).values.get(names.OWN, [])
        known = {name for spec in specs.values() for name in spec} | {*given.FACTS, *own}
        ours = [name for name in variables if name.startswith(given.PREFIXES)]
        others = [name for name in variables if not name.startswith(("_", "ansible_")) and name not in ours]
        image, manifests = self.get_option("image"), self.get_option("manifests")
        found = problems(values, options, specs[ROLE], image, manifests)
        if SURVEYS in options:
            read = reading.read(values, options).values
            groups = variables.get("groups", {})
            targets, given_waves = {*groups, *groups.get("all", [])}, read.get(WAVES, [])
            found += questions.problems(read.get(SURVEYS, {}), specs) + waves.problems(given_waves, targets)
            for sentence in waves.left_out(given_waves, groups):
                Display().warning(sentence)
        connection = self._templar.template(variables.get("ansible_connection", ""))
        files = given.unusable_files(values)
        files += given.missing_kubeconfig(values, connection) if BUILD in terms else []
        found += names.without_a_value(str(variables.get(given.LEFT_OVER) or ""))
        told = names.unknown(ours, known, given.FACTS) + names.nearly(others, known) + unread + found + files
        told = told if given.in_a_checkout() else [playbook_names.installed(sentence) for sentence in told]
        return [redact(sentence) for sentence in told]


def problems(values, options, role_options, image, manifests):
    """One sentence for each value that is wrong. ``options``: those of the entry points that are used."""
    found = reading.read({name: value for name, value in values.items() if name in options}, options)
    defaults = {name: option.get("default") for name, option in role_options.items()}
    # Where no image is deployed, none is missing.
    return judgement.problems(found, defaults, image if IMAGE in options else "none:1", manifests)

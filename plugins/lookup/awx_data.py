# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role awx_setup as data for AWX."""

from __future__ import annotations

DOCUMENTATION = r"""
name: awx_data
short_description: Write what is to be in AWX as data in the format of infra.aap_configuration
version_added: "0.1.0"
author: modelops.serving contributors (!UNKNOWN)
description:
  - Reads the host's variables that start with C(awx_setup_), and makes project, execution environment, credential type,
    credential, inventory, job templates with surveys, schedules and a workflow from them.
  - The surveys' types, choices, ranges and defaults come from the argument specifications of the roles.
options:
  targets:
    description: For each target, those variables that its inventory gives. Where all agree, it is the survey's default.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Show the job templates
  ansible.builtin.debug:
    msg: "{{ lookup('modelops.serving.awx_data').controller_templates }}"
"""

RETURN = r"""
_raw:
  description: Lists of objects, by the names of the variables of infra.aap_configuration.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.modelops.serving.plugins.module_utils.awx import data
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.variables import reading
from ansible_collections.modelops.serving.plugins.plugin_utils import given
from ansible_collections.modelops.serving.plugins.plugin_utils.questions import asked

PREFIX = "awx_setup_"


class LookupModule(LookupBase):
    """The lookup under its name."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        specs = given.specifications()
        options = specs["awx_setup.main"]
        values, _problems = given.templated(self._templar, variables, options)
        found = reading.read(values, options).values
        found = {name: found.get(name, option.get("default")) for name, option in options.items()}
        try:
            made = asked(found["awx_setup_surveys"], specs, given.plain(self.get_option("targets")))
        except ServingError as error:
            raise AnsibleError(str(error)) from error
        names = data.Settings.__dataclass_fields__
        return [data.data(data.Settings(**{name: found[PREFIX + name] for name in names}), made)]

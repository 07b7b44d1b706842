# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's variables as values of the Helm chart."""

from __future__ import annotations

DOCUMENTATION = r"""
name: helm_values
short_description: Write the variables of the role model_serving as values of its Helm chart
version_added: "0.1.0"
author: modelops.serving contributors (!UNKNOWN)
description:
  - Reads the host's variables that start with C(model_serving_), converts them to their type, and returns those that
    differ from the chart's own values.
options:
  table:
    description: The dotted path of each value, with the variable that it is.
    type: dict
    required: true
  image:
    description: The image that would be deployed.
    type: str
    required: true
"""

EXAMPLES = r"""
# {"replicaCount": 5, "image": {"repository": "registry.example.org/model-api", "tag": "1.4", "digest": ""}}
- name: Show the values
  ansible.builtin.debug:
    msg: "{{ lookup('modelops.serving.helm_values', table=_model_serving_helm_values, image=_model_serving_image) }}"
"""

RETURN = r"""
_raw:
  description: The values.
  type: list
  elements: dict
"""

from ansible.plugins.lookup import LookupBase

from ansible_collections.modelops.serving.plugins.module_utils.manifests import own_objects
from ansible_collections.modelops.serving.plugins.module_utils.variables import helm, reading
from ansible_collections.modelops.serving.plugins.plugin_utils import given


class LookupModule(LookupBase):
    """The lookup under its name."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        options = given.specifications()["model_serving.main"]
        values, _problems = given.templated(self._templar, variables, options)
        values[helm.IMAGE] = self.get_option("image")
        table = given.plain(self.get_option("table"))
        read = reading.read(values, options).values
        # As text already: Helm reads 1.0 as 1.
        read[own_objects.VARIABLE] = [own_objects.with_texts(own) for own in read[own_objects.VARIABLE]]
        return [helm.values(read, options, table)]

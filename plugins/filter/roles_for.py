# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Roles of those who deploy a set and of those who look at it."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.preflight.roles import roles
from ansible_collections.modelops.serving.plugins.plugin_utils.given import plain

DOCUMENTATION = r"""
name: roles_for
short_description: Make the Roles that deploy a set, and that look at it
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - C(INSTANCE-deployer) may do what M(modelops.serving.release) does with these kinds, and nothing else;
    C(INSTANCE-viewer) may read what status, diagnose, logs and verify read. What belongs to the whole cluster, such as
    nodes, is in ClusterRoles of these names with the namespace in front, which a release can do without.
options:
  _input:
    description: The objects of the set.
    type: list
    elements: dict
    required: true
  instance:
    description: Name of the instance.
    type: str
    required: true
  namespace:
    description: Namespace of the instance, which exists already.
    type: str
    required: true
"""

EXAMPLES = r"""
# playbooks/render.yml does this with model_serving_render_format=roles.
- name: Show what a deployer needs
  ansible.builtin.debug:
    msg: "{{ [widget] | modelops.serving.roles_for('model-api', 'ml-serving') }}"
  vars:
    widget:
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: widget
"""

RETURN = r"""
_value:
  description: Roles and ClusterRoles.
  type: list
  elements: dict
"""


def roles_for(objects, instance, namespace):
    """The Roles as a list."""
    return roles(instance, namespace, plain(objects))


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"roles_for": roles_for}

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rendered objects together with a user's own."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.manifests.own_objects import joined

DOCUMENTATION = r"""
name: with_own_objects
short_description: Join rendered objects and a user's own into the set of a release
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Each of the user's objects gets the namespace and the labels by which it belongs to the release.
  - Fails for an object that is rendered already.
options:
  _input:
    description: The rendered objects by the name of their manifest.
    type: dict
    required: true
  objects:
    description: The user's own objects.
    type: list
    elements: dict
    required: true
  instance:
    description: Name of the instance.
    type: str
    required: true
  namespace:
    description: Namespace of the instance.
    type: str
    required: true
  labels:
    description: Labels for each of the user's objects. Its own override them.
    type: dict
    required: true
"""

EXAMPLES = r"""
# The role does this in its vars/main.yml.
- name: Add a ConfigMap to what is rendered
  ansible.builtin.debug:
    msg: "{{ {} | modelops.serving.with_own_objects([mine], 'model-api', 'ml-serving', {'team': 'risk'}) }}"
  vars:
    mine:
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: mine
"""

RETURN = r"""
_value:
  description: The set, rendered objects first.
  type: list
  elements: dict
"""


def with_own_objects(manifests, objects, instance, namespace, labels):
    """The set as a list."""
    try:
        return joined(manifests, objects, instance, namespace, labels)
    except ServingError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"with_own_objects": with_own_objects}

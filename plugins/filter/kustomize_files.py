# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of several targets as a kustomize base with overlays."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.manifests.kustomize import files
from ansible_collections.modelops.serving.plugins.plugin_utils.given import plain

DOCUMENTATION = r"""
name: kustomize_files
short_description: Arrange objects as a kustomize base with an overlay for each target
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - What all targets have stands in the base. An overlay has its namespace, its own objects, and a JSON patch for each
    object of the base that is another there.
  - What kustomize builds from an overlay are the objects that were given for it. What it would lose or fail at, such as
    an annotation that is called V(null), is refused.
options:
  _input:
    description: The objects of each target by its name. Those of one target are in one namespace.
    type: dict
    required: true
"""

EXAMPLES = r"""
# {"base/kustomization.yaml": [{...}], "base/objects.yaml": [{...}], "overlays/gke-eu/kustomization.yaml": [{...}]}
- name: Arrange the objects
  ansible.builtin.debug:
    msg: "{{ {'gke-eu': objects_eu, 'gke-us': objects_us} | modelops.serving.kustomize_files }}"
"""

RETURN = r"""
_value:
  description: The documents of each file, by its path.
  type: dict
"""


def kustomize_files(sets):
    """The documents of each file."""
    try:
        return files(plain(sets))
    except ServingError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"kustomize_files": kustomize_files}

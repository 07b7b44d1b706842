# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A patch merged into an object."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.manifests.patch import patched

DOCUMENTATION = r"""
name: patched
short_description: Merge a patch into an object
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Dictionaries are merged at any depth. Lists whose entries all have a C(name) are merged by it, and an entry with
    C($patch) of V(delete) is removed. Other lists are replaced. A field without a value (V(null)) is removed.
options:
  _input:
    description: The object.
    type: dict
    required: true
  patch:
    description: What is to be different in it.
    type: dict
    required: true
"""

EXAMPLES = r"""
# {"containers": [{"name": "api", "image": "api:1", "tty": true}, {"name": "log", "image": "log:1"}]}
- name: Add a container and change another
  ansible.builtin.debug:
    msg: "{{ {'containers': [{'name': 'api', 'image': 'api:1'}]} | modelops.serving.patched(change) }}"
  vars:
    change:
      containers:
        - name: api
          tty: true
        - name: log
          image: log:1
"""

RETURN = r"""
_value:
  description: The object with the patch in it.
  type: dict
"""


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"patched": patched}

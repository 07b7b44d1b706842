# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a user's own objects are rendered already."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.manifests.own_objects import clashes

DOCUMENTATION = r"""
name: clashes
short_description: Find a user's own objects that are rendered already
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Says what P(modelops.serving.with_own_objects#filter) would refuse, before a task needs the set.
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
"""

EXAMPLES = r"""
# The role does this when it checks its variables.
- name: Compare own objects with what is rendered
  ansible.builtin.debug:
    msg: "{{ {'service': mine} | modelops.serving.clashes([mine]) }}"
  vars:
    mine:
      apiVersion: v1
      kind: Service
      metadata:
        name: mine
"""

RETURN = r"""
_value:
  description: One sentence for each of them. It says what to do.
  type: list
  elements: str
"""


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"clashes": clashes}

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole result of a release that shows only a short text when it fails."""

from __future__ import annotations

DOCUMENTATION = r"""
name: whole_result
short_description: Get the whole result of a release with O(modelops.serving.release#module:brief)
version_added: "0.1.0"
author: modelops.serving contributors (!UNKNOWN)
description:
  - The result of the last M(modelops.serving.release) with O(modelops.serving.release#module:brief) in the same run of
    Ansible, with findings and evidence, whether it failed or not.
options:
  _terms:
    description: Hosts of the inventory.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Pass the findings on
  ansible.builtin.set_stats:
    data:
      findings: "{{ lookup('modelops.serving.whole_result', inventory_hostname).findings | default([]) }}"
"""

RETURN = r"""
_list:
  description: A result for each host, empty when there was no release.
  type: list
  elements: dict
"""

from ansible.plugins.lookup import LookupBase

from ansible_collections.modelops.serving.plugins.plugin_utils import brief


class LookupModule(LookupBase):
    """The lookup under its name."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        return [brief.kept(host) for host in terms]

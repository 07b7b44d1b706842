# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A path from where the person stands, absolute."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.plugin_utils.here import absolute

DOCUMENTATION = r"""
name: from_here
short_description: Read a path from where the person stands
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - A relative path begins in the folder in which Ansible was started, in AWX that of the job, not in the playbook's.
  - V(~) is the home directory.
options:
  _input:
    description: A path. Empty is the folder itself.
    type: path
    required: true
"""

EXAMPLES = r"""
# "/home/me/work/reports" in /home/me/work
- name: Show where the reports go
  ansible.builtin.debug:
    msg: "{{ 'reports' | modelops.serving.from_here }}"
"""

RETURN = r"""
_value:
  description: The absolute path.
  type: path
"""


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"from_here": absolute}

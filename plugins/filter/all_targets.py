# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of a play, where there are any."""

from __future__ import annotations

from ansible import context
from ansible.errors import AnsibleFilterError

# Options of ansible-playbook by which it only looks at the playbook; tools such as ansible-lint do it without hosts.
ONLY_LOOKS = ("syntax", "listtasks", "listtags", "listhosts")

DOCUMENTATION = r"""
name: all_targets
short_description: Name all hosts of an inventory that has some
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Ansible ends a play without hosts well, having done nothing. This fails where the inventory has none.
options:
  _input:
    description: The variable C(groups).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Fails where the inventory has no hosts
  hosts: "{{ groups | modelops.serving.all_targets }}"
"""

RETURN = r"""
_value:
  description: The pattern C(all).
  type: str
"""


def all_targets(groups):
    """ "all", where there is any host."""
    if not groups.get("all") and not any(context.CLIARGS.get(name) for name in ONLY_LOOKS):
        raise AnsibleFilterError("the inventory has no hosts, so that nothing would be done: name another one with -i.")
    return "all"


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"all_targets": all_targets}

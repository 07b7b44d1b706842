#!/usr/bin/python
# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: refuse
short_description: Fail with one text that is printed once
version_added: 0.1.0
description:
  - Like M(ansible.builtin.fail). But ansible-core 2.19 and later print the message of a failed task twice, and the
    lines of the playbook around the task. This prints the message once and nothing else.
author:
  - modelops.serving contributors (!UNKNOWN)
options:
  msg:
    description: What is wrong, where, and what to do.
    type: str
    required: true
extends_documentation_fragment:
  - action_common_attributes
  - action_common_attributes.flow
attributes:
  action:
    support: full
  async:
    support: none
  become:
    description: It runs on the controller.
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  connection:
    description: It needs no connection.
    support: none
  delegation:
    description: It runs on the controller.
    support: none
  diff_mode:
    support: none
  platform:
    platforms: all
    support: full
"""

EXAMPLES = r"""
- name: Refuse a namespace of the platform
  modelops.serving.refuse:
    msg: model_serving_namespace is default. Name one of your own.
  when: model_serving_namespace == 'default'
"""

RETURN = r""" # """

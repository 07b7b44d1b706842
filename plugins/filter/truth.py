# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A value as a boolean, as the variables are read."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.variables.reading import is_true

DOCUMENTATION = r"""
name: truth
short_description: Read a value as true or false
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Reads text as the check of the variables does, in any case and with spaces around it. Ansible's own filter
    P(ansible.builtin.bool#filter) takes V(y), V(t) and text with a space or a line end for false.
options:
  _input:
    description: A boolean, a number or text such as V(yes), V(off) or V(t).
    type: raw
    required: true
"""

EXAMPLES = r"""
# true
- name: Read a survey's answer
  ansible.builtin.debug:
    msg: "{{ 'Y\n' | modelops.serving.truth }}"
"""

RETURN = r"""
_value:
  description: Whether the value is read as true. What is neither true nor false is not.
  type: bool
"""


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"truth": is_true}

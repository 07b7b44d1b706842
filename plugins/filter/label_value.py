# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A text as the value of a label."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.variables.text import as_label

DOCUMENTATION = r"""
name: label_value
short_description: Shorten a text to a valid label value
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - An image's tag may have 128 characters and end in a dot or a dash. A label's value may have only 63 and must end in
    a letter or a digit.
options:
  _input:
    description: Letters, digits, dots, dashes and underscores, such as an image's tag.
    type: str
    required: true
"""

EXAMPLES = r"""
# "1.4-rc"
- name: Turn a tag into a label value
  ansible.builtin.debug:
    msg: "{{ '1.4-rc.' | modelops.serving.label_value }}"
"""

RETURN = r"""
_value:
  description: The value, at most 63 characters; empty if no character of the text is allowed.
  type: str
"""


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"label_value": as_label}

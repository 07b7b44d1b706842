# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of a dictionary as text, for labels, annotations and environment variables."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.variables.text import as_text

DOCUMENTATION = r"""
name: text_values
short_description: Write the values of a dictionary as text
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Kubernetes rejects a label or an annotation that is not text. Numbers, V(true) and V(false) become the text that
    YAML would write for them.
options:
  _input:
    description: Names with text, numbers, V(true), V(false) or no value.
    type: dict
    required: true
"""

EXAMPLES = r"""
# {"year": "2026", "team": "risk", "spot": "true"}
- name: Write labels as text
  ansible.builtin.debug:
    msg: "{{ {'year': 2026, 'team': 'risk', 'spot': true} | modelops.serving.text_values }}"
"""

RETURN = r"""
_value:
  description: The same names in the same order, each with its value as text.
  type: dict
"""


def text_values(values):
    """The same dictionary with each value as text."""
    return {str(name): as_text(value) for name, value in values.items()}


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"text_values": text_values}

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which variable names nobody reads, and which ones were probably meant."""

from __future__ import annotations

import difflib

DOCUMENTATION = r"""
name: unknown_names
short_description: Say which names are not known, and which known one is nearest
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Ansible silently ignores a mistyped variable; this filter turns it into a sentence for the person who wrote it.
positional: known
options:
  _input:
    description: Names that were given.
    type: list
    elements: str
    required: true
  known:
    description: Names that exist; a dictionary counts by its keys.
    type: raw
    required: true
"""

EXAMPLES = r"""
# ["model_serving_replica is not a known variable; is model_serving_replicas meant?"]
- name: Say which variable is mistyped
  ansible.builtin.debug:
    msg: "{{ ['model_serving_replica'] | modelops.serving.unknown_names(['model_serving_replicas']) }}"
"""

RETURN = r"""
_value:
  description: One sentence for each unknown name, sorted by name.
  type: list
  elements: str
"""


def unknown_names(given, known):
    """One sentence for each name in `given` that is not in `known`, sorted by name."""
    names = [str(name) for name in known]
    return [_sentence(name, names) for name in sorted(set(given) - set(names))]


def _sentence(name, names):
    nearest = difflib.get_close_matches(name, names, n=1)
    return f"{name} is not a known variable" + (f"; is {nearest[0]} meant?" if nearest else ".")


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"unknown_names": unknown_names}

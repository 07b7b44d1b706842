# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates of the role as texts, with the variables as they are."""

from __future__ import annotations

DOCUMENTATION = r"""
name: manifests
short_description: Template files of a role as manifests
version_added: "0.1.0"
author: modelops.serving contributors (!UNKNOWN)
description:
  - Does what P(ansible.builtin.template#lookup) does for a file of the folder C(templates), whose first line may set
    options of Jinja. That lookup copies all variables of the host anew for each file, which takes longer than the
    file itself.
options:
  _terms:
    description: Paths of the files, in the folder C(templates) of the role.
    type: list
    elements: str
    required: true
  values:
    description: Values that take the place of the variables of their names.
    type: dict
    default: {}
  shared:
    description: Names of variables that several files use. Each is worked out once, with those before it, and not
      wherever it stands.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show the Service as it would be applied
  ansible.builtin.debug:
    msg: "{{ lookup('modelops.serving.manifests', 'service.yml.j2', values=values) | from_yaml }}"
  vars:
    values:
      model_serving_name: churn
"""

RETURN = r"""
_raw:
  description: The text of each file.
  type: list
  elements: str
"""

import re

from ansible import template
from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

# From ansible-core 2.19 on, only a text that is said to be a template is one.
trusted = getattr(template, "trust_as_template", str)
# A character beyond 16 bits, as JSON writes it; YAML knows no such pairs. A backslash that is escaped begins none.
PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)


def _character(found: re.Match) -> str:
    high, low = (int(half, 16) for half in found.groups()[1:])
    return found[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


class LookupModule(LookupBase):
    """The lookup under its name."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        known = {**variables, **self.get_option("values")}
        templar = self._templar.copy_with_new_env(available_variables=known)
        for name in self.get_option("shared"):
            known = {**known, name: templar.template(known[name])}
            templar.available_variables = known
        texts = [templar.template(trusted(self._text(term, variables)), escape_backslashes=False) for term in terms]
        return [PAIR.sub(_character, text) if isinstance(text, str) else text for text in texts]

    def _text(self, name: str, variables: dict) -> str:
        path = self.find_file_in_search_path(variables, "templates", name)
        if not path:
            raise AnsibleError(f"{name} is in none of the folders of templates.")
        with open(path, encoding="utf-8") as stream:
            return stream.read()

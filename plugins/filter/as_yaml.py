# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents as YAML that means the same to every reader."""

from __future__ import annotations

import re

import yaml

from ansible_collections.modelops.serving.plugins.plugin_utils.given import plain

DOCUMENTATION = r"""
name: as_yaml
short_description: Write documents as YAML for kubectl, kustomize and Helm
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Text that one version of YAML takes for a number and another for text, such as V(1234e56) or V(0o17), is quoted.
    Python writes YAML 1.1, and Kubernetes' tools read a later one.
  - Characters that not every reader takes as they are, such as a line separator, are written as escapes.
options:
  _input:
    description: The documents.
    type: list
    required: true
"""

EXAMPLES = r"""
# An image's tag that is a commit's hash stays text
- name: Write the objects
  ansible.builtin.copy:
    dest: manifests.yml
    content: "{{ objects | modelops.serving.as_yaml }}"
    mode: "0644"
"""

RETURN = r"""
_value:
  description: All documents, each after a line of three dashes.
  type: string
"""

# Numbers of YAML 1.2, of Go's reader and of YAML 1.1, also in bases and with underscores; and its shortest booleans.
NUMBER = re.compile(
    r"y|n|[-+]?(?:0x[\da-f_]+|0o[0-7_]+|0b[01_]+|[\d_]*\.?[\d_]*(?:e[-+]?\d+)?|\.(?:inf|nan))", re.IGNORECASE
)
# What one reader takes for the end of a line and another does not, and what is no character of a text. Python would
# write U+0085, U+2028 and U+2029 as they are.
UNSAFE = re.compile(r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010fffe]")


class Dumper(yaml.SafeDumper):
    """Quotes what looks like a number, and escapes what not every reader takes."""


def _text(dumper: yaml.Dumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=_style(value))


def _style(value: str) -> str | None:
    if UNSAFE.search(value):
        return '"'
    return "'" if value and NUMBER.fullmatch(value) else None


Dumper.add_representer(str, _text)
# Ansible's own numbers, which know where they come from.
Dumper.add_multi_representer(int, lambda dumper, value: dumper.represent_int(int(value)))
Dumper.add_multi_representer(float, lambda dumper, value: dumper.represent_float(float(value)))


def as_yaml(documents):
    """One text of all documents."""
    texts = [yaml.dump(plain(each), Dumper=Dumper, indent=2, allow_unicode=True) for each in documents]
    return "".join(f"---\n{text}" for text in texts)


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"as_yaml": as_yaml}

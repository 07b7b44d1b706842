# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which models of a list cannot be fetched as they are written down."""

from __future__ import annotations

import re

DOCUMENTATION = r"""
name: model_problems
short_description: Say which models of a list cannot be fetched, and why
version_added: "0.1.0"
author: modelops.serving contributors
description:
  - Looks at how each model is written down, before anything is changed. Whether its file is there, the pod finds out.
options:
  _input:
    description: Models, each with C(name), C(version), C(uri) and C(sha256).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
# ["model_serving_models[0] (churn/7): sha256 is not 64 hexadecimal digits."]
- name: Say which model is written down wrongly
  ansible.builtin.debug:
    msg: "{{ models | modelops.serving.model_problems }}"
  vars:
    models:
      - name: churn
        version: "7"
        uri: s3://models/churn.skops
        sha256: abc
"""

RETURN = r"""
_value:
  description: One sentence for each thing that is wrong, in the order of the list.
  type: list
  elements: str
"""

# As the server reads them: it names folders after both.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
URI = re.compile(r"(https?|s3|gs|az|file)://\S+\.(skops|joblib)")
SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def model_problems(models):
    """One sentence for each thing that is wrong with one of the models."""
    found, seen = [], set()
    for number, model in enumerate(models):
        target = f"{model['name']}/{model['version']}"
        problems = _problems(model)
        if target in seen:
            problems.append("is in the list twice")
        seen.add(target)
        found += [f"model_serving_models[{number}] ({target}): {problem}." for problem in problems]
    return found


def _problems(model):
    problems = [
        f"{part} is not letters, digits, dots, dashes and underscores"
        for part in ("name", "version")
        if not NAME.fullmatch(str(model[part]))
    ]
    uri = str(model["uri"])
    if not URI.fullmatch(uri):
        problems.append("uri is not http, https, s3, gs, az or file, ending in .skops or .joblib")
    elif "@" in uri.split("/")[2]:
        problems.append("uri holds credentials: give them by model_serving_models_secrets")
    if not SHA256.fullmatch(str(model["sha256"])):
        problems.append("sha256 is not 64 hexadecimal digits")
    return problems


class FilterModule:
    """The filter under its name."""

    def filters(self):
        return {"model_problems": model_problems}

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON schemas of values in Kubernetes' own form, from the models that the role holds them against."""

from __future__ import annotations

import re

from kubernetes.client import models

from ansible_collections.modelops.serving.plugins.module_utils.variables.names import PREFIX
from ansible_collections.modelops.serving.plugins.module_utils.variables.structures import STRUCTURES, kind_of

SCALARS = {
    "str": ["string", "null"],
    "int": ["integer", "null"],
    "bool": ["boolean", "null"],
    "float": ["number", "null"],
    "quantity": ["string", "number", "null"],
}


def model_of(variable: str) -> str:
    """The model of a variable's value, or of its elements; "" for any other variable."""
    return STRUCTURES.get(variable.removeprefix(PREFIX), "")


def reference(model: str) -> dict:
    return {"$ref": f"#/definitions/{model}"}


def entry(model: str) -> dict:
    """An entry of a list: a field may be null, and an entry may not."""
    return {"type": "object", "allOf": [reference(model)]}


def definitions(wanted: set[str]) -> dict[str, dict]:
    """The schemas of these models, and of all that they are made of."""
    found: dict[str, dict] = {}
    left = sorted(wanted)
    while left:
        model = left.pop()
        if model not in found:
            found[model] = _definition(model)
            left += re.findall(r"#/definitions/(\w+)", str(found[model]))
    return dict(sorted(found.items()))


def _definition(model: str) -> dict:
    known = getattr(models, model)
    kinds = {field: known.openapi_types[attribute] for attribute, field in known.attribute_map.items()}
    fields = {field: _schema(kind_of(model, field, kind)) for field, kind in kinds.items()}
    return {"type": ["object", "null"], "additionalProperties": False, "properties": fields}


def _schema(kind: str) -> dict:
    if match := re.fullmatch(r"[Ll]ist\[(.+)\]", kind):
        return {"type": ["array", "null"], "items": entry(match[1]) if match[1].startswith("V") else _schema(match[1])}
    if match := re.fullmatch(r"[Dd]ict[\[(]str, (.+)[\])]", kind):
        return {"type": ["object", "null"], "additionalProperties": _schema(match[1])}
    if kind in SCALARS:
        return {"type": SCALARS[kind]}
    return reference(kind) if kind.startswith("V") else {}

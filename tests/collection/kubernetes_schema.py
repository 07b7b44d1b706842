# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks objects against the models of the kubernetes client, without a cluster.

The models have the name and type of every field. Unlike the client, this reports fields that do not exist.
"""

from __future__ import annotations

import re

from kubernetes.client import models

SCALARS = {"str": str, "int": int, "bool": bool, "float": (int, float)}
MODELS = {
    "apps/v1": "V1",
    "autoscaling/v2": "V2",
    "networking.k8s.io/v1": "V1",
    "policy/v1": "V1",
    "v1": "V1",
}


def problems(obj: dict) -> list[str]:
    """One sentence for each thing that is wrong. The object's apiVersion must be in MODELS."""
    return list(_model(obj, MODELS[obj["apiVersion"]] + obj["kind"], obj["kind"]))


def _model(value, name: str, path: str):
    model = getattr(models, name)
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not an object"
        return
    attributes = {json_name: attribute for attribute, json_name in model.attribute_map.items()}
    for key, item in value.items():
        if key not in attributes:
            yield f"{path}.{key}: no such field"
        else:
            yield from _value(item, model.openapi_types[attributes[key]], f"{path}.{key}")


def _value(value, kind: str, path: str):
    if match := re.fullmatch(r"[Ll]ist\[(.+)\]", kind):
        if not isinstance(value, list):
            yield f"{path}: {value!r} is not a list"
            return
        for index, item in enumerate(value):
            yield from _value(item, match[1], f"{path}[{index}]")
    elif match := re.fullmatch(r"[Dd]ict[\[(]str, (.+)[\])]", kind):
        for key, item in value.items():
            yield from _value(item, match[1], f"{path}[{key}]")
    elif kind in SCALARS:
        if not isinstance(value, SCALARS[kind]) or (kind == "int" and isinstance(value, bool)):
            yield f"{path}: {value!r} is not of type {kind}"
    elif kind != "object":
        yield from _model(value, kind, path)

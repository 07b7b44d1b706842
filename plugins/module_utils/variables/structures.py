# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables in Kubernetes' own form, held against the models of the kubernetes client, which have every field. Pure.

The API server has the last word: these models do not say which fields exclude each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.variables.names import PREFIX
from ansible_collections.modelops.serving.plugins.module_utils.variables.text import shown

# Variables without their prefix, and the model of each element.
STRUCTURES = {
    "tolerations": "V1Toleration",
    "affinity": "V1Affinity",
    "autoscaling_metrics": "V2MetricSpec",
    "models_volume": "V1Volume",
    "pod_security": "V1PodSecurityContext",
    "container_security": "V1SecurityContext",
    "extra_env": "V1EnvVar",
    "extra_containers": "V1Container",
    "extra_init_containers": "V1Container",
    "extra_volumes": "V1Volume",
    "extra_volume_mounts": "V1VolumeMount",
}
SCALARS = {"str": str, "int": int, "bool": bool, "float": (int, float), "quantity": (str, int, float)}
WORDS = {
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
    "float": "a number",
    "quantity": "a number or text",
}
# Quantities, which may be numbers too, are text in the models.
QUANTITIES = {
    ("V2MetricTarget", "averageValue"),
    ("V2MetricTarget", "value"),
    ("V1EmptyDirVolumeSource", "sizeLimit"),
    ("V1ResourceFieldSelector", "divisor"),
}
AMOUNTS = ("V1ResourceRequirements", "V1VolumeResourceRequirements")


def misshapen(values: dict) -> Iterator[tuple[str, str]]:
    """The name of each variable that does not have the form, and a sentence."""
    for name, model in STRUCTURES.items():
        value = values.get(PREFIX + name)
        if value:
            for where, problem in _faults(value, f"list[{model}]" if isinstance(value, list) else model, PREFIX + name):
                yield PREFIX + name, f"{where} {problem}"


def _faults(value: object, kind: str, where: str) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if match := re.fullmatch(r"[Ll]ist\[(.+)\]", kind):
        if not isinstance(value, list):
            yield where, f"({shown(value)}) must be a list."
            return
        for number, item in enumerate(value):
            yield from _faults(item, match[1], f"{where}[{number}]")
    elif match := re.fullmatch(r"[Dd]ict[\[(]str, (.+)[\])]", kind):
        if not isinstance(value, dict):
            yield where, f"({shown(value)}) must be a mapping."
            return
        for name, item in value.items():
            yield from _faults(item, match[1], f"{where}.{name}")
    elif kind in SCALARS:
        mistaken = isinstance(value, bool) and kind != "bool"
        if mistaken or not isinstance(value, SCALARS[kind]):
            quotes = ": put it in quotes" if kind == "str" and isinstance(value, (bool, int, float)) else ""
            yield where, f"({shown(value)}) must be {WORDS[kind]}{quotes}."
    elif kind.startswith("V"):
        yield from _fields(value, kind, where)


def _fields(value: object, model: str, where: str) -> Iterator[tuple[str, str]]:
    from kubernetes.client import models  # takes half a second, and most releases have none of these variables

    if not isinstance(value, dict):
        yield where, f"({shown(value)}) must be a mapping."
        return
    known = getattr(models, model)
    attributes = {field: attribute for attribute, field in known.attribute_map.items()}
    for field, item in value.items():
        if field in attributes:
            yield from _faults(item, kind_of(model, field, known.openapi_types[attributes[field]]), f"{where}.{field}")
        else:
            yield where, f"has {shown(field)}, which Kubernetes does not know: it may have {', '.join(attributes)}."


def kind_of(model: str, field: str, kind: str) -> str:
    """The type of a field, with quantities as such."""
    if (model, field) in QUANTITIES:
        return "quantity"
    return kind.replace(", str", ", quantity") if model in AMOUNTS else kind

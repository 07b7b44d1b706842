# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of which type the parts of an object have to be that are read before the API server has seen it. Pure.

A shape is one of the words below, ``[shape]`` for a list of such, or a dictionary of the fields that are known; a field
``"*"`` stands for all. A field that is missing or null has no type. All else is for the API server to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

# A name has to be there; a count is a whole number.
TEXT, NAME, COUNT, AMOUNT = "text", "name", "count", "amount"
WORDS = {str: "text", dict: "a dictionary", list: "a list", type(None): "null"}
_QUANTITY = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?")

TEXTS = {"*": TEXT}
METADATA = {"labels": TEXTS, "annotations": TEXTS}
SELECTOR = {"matchLabels": TEXTS, "matchExpressions": [{"key": TEXT, "operator": TEXT, "values": [TEXT]}]}
OBJECT = {"name": TEXT, "items": [{"key": TEXT}]}
SECRET = {"secretName": TEXT, "name": TEXT, "items": [{"key": TEXT}]}
KEY = {"name": TEXT, "key": TEXT}
PROBE = {"httpGet": {"path": TEXT}, "exec": {"command": [TEXT]}, "tcpSocket": {}, "grpc": {}}
CONTAINER = {
    "name": NAME,
    "image": TEXT,
    "command": [TEXT],
    "args": [TEXT],
    "env": [{"name": NAME, "value": TEXT, "valueFrom": {"secretKeyRef": KEY, "configMapKeyRef": KEY}}],
    "envFrom": [{"configMapRef": {"name": TEXT}, "secretRef": {"name": TEXT}}],
    "ports": [{"name": TEXT}],
    "volumeMounts": [{"name": TEXT, "mountPath": TEXT}],
    "resources": {"requests": {"*": AMOUNT}, "limits": {"*": AMOUNT}},
    **dict.fromkeys(("startupProbe", "readinessProbe", "livenessProbe"), PROBE),
    "securityContext": {},
    "lifecycle": {},
}
VOLUME = {
    "name": TEXT,
    "configMap": OBJECT,
    "secret": SECRET,
    "persistentVolumeClaim": {"claimName": TEXT},
    "projected": {"sources": [{"configMap": OBJECT, "secret": SECRET}]},
}
TERMS = [{"matchExpressions": [{"key": TEXT, "operator": TEXT, "values": [TEXT]}], "matchFields": [{}]}]
NODE_AFFINITY = {
    "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": TERMS},
    "preferredDuringSchedulingIgnoredDuringExecution": [{"preference": TERMS[0]}],
}
POD_AFFINITY = {
    "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": TEXT, "labelSelector": SELECTOR}],
    "preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": {"labelSelector": SELECTOR}}],
}
POD = {
    "containers": [CONTAINER],
    "initContainers": [CONTAINER],
    "volumes": [VOLUME],
    "imagePullSecrets": [{"name": TEXT}],
    "serviceAccountName": TEXT,
    "priorityClassName": TEXT,
    "nodeSelector": TEXTS,
    "tolerations": [{"key": TEXT, "operator": TEXT, "value": TEXT, "effect": TEXT}],
    "affinity": {"nodeAffinity": NODE_AFFINITY, "podAffinity": POD_AFFINITY, "podAntiAffinity": POD_AFFINITY},
    "topologySpreadConstraints": [{"topologyKey": TEXT, "labelSelector": SELECTOR}],
    "securityContext": {},
    "overhead": {"*": AMOUNT},
}
TEMPLATE = {"metadata": METADATA, "spec": POD}
STRATEGY = {"type": TEXT, "rollingUpdate": {}}
WORKLOAD = {
    "replicas": COUNT,
    "selector": SELECTOR,
    "template": TEMPLATE,
    "strategy": STRATEGY,
    "updateStrategy": STRATEGY,
}
SOURCES = ("resource", "containerResource", "pods", "object", "external")
METRIC = {source: {"target": {}, "name": TEXT} for source in SOURCES}
TARGET = {"apiVersion": TEXT, "kind": TEXT, "name": TEXT}
PATH = {"path": TEXT, "backend": {"service": {"name": TEXT, "port": {}}}}
SPECS = {
    "Pod": POD,
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"), WORKLOAD),
    "CronJob": {"jobTemplate": {"spec": {"template": TEMPLATE}}},
    "HorizontalPodAutoscaler": {
        "scaleTargetRef": TARGET,
        "minReplicas": COUNT,
        "maxReplicas": COUNT,
        "metrics": [{"type": TEXT, **METRIC}],
        "behavior": {},
    },
    "ScaledObject": {
        "scaleTargetRef": TARGET,
        **dict.fromkeys(("minReplicaCount", "maxReplicaCount", "idleReplicaCount"), COUNT),
        "triggers": [{}],
        "advanced": {},
    },
    "Service": {"selector": TEXTS, "ports": [{"name": TEXT}]},
    "Ingress": {
        "ingressClassName": TEXT,
        "tls": [{"hosts": [TEXT], "secretName": TEXT}],
        "rules": [{"host": TEXT, "http": {"paths": [PATH]}}],
    },
    "HTTPRoute": {"parentRefs": [{"name": TEXT, "namespace": TEXT}], "hostnames": [TEXT], "rules": [{}]},
    "PodDisruptionBudget": {"selector": SELECTOR},
}
DATA = {"data": TEXTS, "stringData": TEXTS, "binaryData": TEXTS}


def of_kind(kind: str) -> dict:
    """The shape of an object of this kind."""
    return {"metadata": METADATA, "spec": SPECS.get(kind, {}), **(DATA if kind in ("Secret", "ConfigMap") else {})}


def refuse_misfit(value, shape, where: str, path: str = "") -> None:
    """Raises ServingError for the first part that is of another type. It names the part, and of a value that may hold a
    credential only the type. ``where``: the object; ``path``: of the part in it."""
    if isinstance(shape, dict):
        _need(value, dict, where, path)
        for name, below in _fields(value, shape, where, path):
            if value.get(name) is not None or below == NAME:
                refuse_misfit(value.get(name), below, where, f"{path}.{name}" if path else str(name))
    elif isinstance(shape, list):
        _need(value, list, where, path)
        for number, item in enumerate(value):
            refuse_misfit(item, shape[0], where, f"{path}[{_name_of(item, number)}]")
    elif shape == AMOUNT:
        if isinstance(value, bool) or not _QUANTITY.fullmatch(str(value)):
            raise ServingError(f"{where}: {path} is {value!r}, which is no amount, as 500m or 2Gi is.")
    elif shape == COUNT:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ServingError(f"{where}: {path} is {type_of(value)}, not a whole number.")
    elif shape == NAME and value in (None, ""):
        raise ServingError(f"{where}: {path.rpartition('.')[0]} has no name.")
    else:
        _need(value, str, where, path)


def _fields(value: dict, shape: dict, where: str, path: str) -> Iterator[tuple[str, object]]:
    if "*" not in shape:
        yield from shape.items()
        return
    for name in value:
        if not isinstance(name, str):
            raise ServingError(f"{where}: a key of {path} is {type_of(name)}, not text: quote it.")
        yield name, shape["*"]


def _name_of(item, number: int) -> str | int:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name else number


def _need(value, kind: type, where: str, path: str) -> None:
    if not isinstance(value, kind):
        quote = ": quote it" if kind is str and not isinstance(value, (dict, list, type(None))) else ""
        raise ServingError(f"{where}: {path} is {type_of(value)}, not {WORDS[kind]}{quote}.")


def type_of(value) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return WORDS.get(type(value), f"a {type(value).__name__}")

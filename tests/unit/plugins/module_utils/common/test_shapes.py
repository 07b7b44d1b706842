# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a set that are of another type: refused with a sentence, or read without an error of Python's."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common import ingress, object_set, placement
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import requests, selector_parameter
from ansible_collections.modelops.serving.plugins.module_utils.preflight import checks, references
from ansible_collections.modelops.serving.plugins.module_utils.release import diff, filled_in, replicas

LABELS = {"app": "api"}
SELECTOR = {"matchLabels": LABELS}
WRONG = {
    "text": "none",
    "no text": "",
    "list": [],
    "list of text": ["x"],
    "dictionary": {},
    "dictionary of a number": {"x": 1},
    "null": None,
    "number": 7,
    "boolean": True,
}
GONE = object()


def container(name: str) -> dict:
    return {
        "name": name,
        "image": "api:1",
        "command": ["serve"],
        "env": [
            {"name": "A", "value": "1"},
            {"name": "B", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "b"}}},
        ],
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "ports": [{"name": "http", "containerPort": 5000}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
        "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi"}},
        "volumeMounts": [{"name": "keys", "mountPath": "/keys"}],
    }


def deployment() -> dict:
    pod = {
        "containers": [container("api")],
        "initContainers": [container("fetch")],
        "volumes": [{"name": "keys", "secret": {"secretName": "keys", "items": [{"key": "a", "path": "a"}]}}],
        "imagePullSecrets": [{"name": "pull"}],
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "gpu", "operator": "Exists"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}]
                }
            }
        },
        "topologySpreadConstraints": [{"topologyKey": "zone", "labelSelector": SELECTOR}],
        "overhead": {"cpu": "10m"},
    }
    spec = {
        "replicas": 2,
        "selector": SELECTOR,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": spec}


def autoscaler() -> dict:
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"},
        "minReplicas": 2,
        "maxReplicas": 4,
        "metrics": [{"type": "Resource", "resource": resource}],
    }
    meta = {"name": "api"}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec}


def entrance() -> dict:
    backend = {"service": {"name": "api", "port": {"number": 80}}}
    rule = {"host": "a.example", "http": {"paths": [{"path": "/", "backend": backend}]}}
    spec = {"ingressClassName": "web", "tls": [{"hosts": ["a.example"], "secretName": "tls"}], "rules": [rule]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "api"}, "spec": spec}


def budget() -> dict:
    spec = {"minAvailable": 1, "selector": SELECTOR}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "api"}, "spec": spec}


def config() -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "labels": LABELS}, "data": {"A": "1"}}


WHOLE = [config(), deployment(), autoscaler(), entrance(), budget()]


def paths(value, at=()):
    if at:
        yield at
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in below:
        yield from paths(part, (*at, name))


def with_part(obj: dict, path: tuple, value) -> dict:
    changed = copy.deepcopy(obj)
    place = changed
    for name in path[:-1]:
        place = place[name]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


def read_all(objects: list) -> None:
    """What is read of a set before the API server has seen it."""
    stands = {object_set.key(obj): {**obj, "metadata": {**obj["metadata"], "managedFields": []}} for obj in WHOLE}
    for obj in objects:
        at = stands.get(object_set.key(obj))
        if at is not None:
            filled_in.fields(at, obj)
        if obj["kind"] == "Ingress":
            ingress.class_of(obj, [])
    references.of(objects)
    diff.highlights(WHOLE, objects)
    found = object_set.deployment_of(objects)
    if found is None:
        return
    pod = found["spec"]["template"]["spec"]
    requests(pod, "cpu")
    placement.no_node([{"metadata": {"name": "a"}, "status": {"allocatable": {"cpu": "2"}}}], pod)
    selector_parameter(found["spec"].get("selector") or {})
    replicas.with_replicas(found, objects, None, [])
    scaling = object_set.autoscaler_of(objects, found)
    assert checks.most_replicas(found, scaling) + checks.fewest_replicas(found, scaling) >= 0


CASES = [(number, path) for number, obj in enumerate(WHOLE) for path in paths(obj)]


@pytest.mark.parametrize(
    ("number", "path"), CASES, ids=[f"{WHOLE[number]['kind']}.{'.'.join(map(str, path))}" for number, path in CASES]
)
def test_a_part_of_another_type_is_refused_by_a_sentence_or_read(number, path):
    for value in (*WRONG.values(), GONE):
        objects = [with_part(obj, path, value) if obj is WHOLE[number] else obj for obj in WHOLE]
        try:
            prepared = object_set.prepare(objects, "api", "ns")
        except ServingError as error:
            assert str(error).endswith(".")
            continue
        read_all(prepared)


def test_a_whole_set_is_taken():
    assert len(object_set.prepare(WHOLE, "api", "ns")) == len(WHOLE)


@pytest.mark.parametrize(
    ("obj", "path", "value", "sentence"),
    [
        (
            deployment(),
            ("spec", "template", "spec", "containers", 0, "resources"),
            "none",
            "Deployment/api: spec.template.spec.containers[api].resources is text, not a dictionary.",
        ),
        (
            deployment(),
            ("spec", "template", "spec", "containers", 0, "resources", "limits", "memory"),
            "1 GB",
            "Deployment/api: spec.template.spec.containers[api].resources.limits.memory is '1 GB', which is no amount, "
            "as 500m or 2Gi is.",
        ),
        (
            autoscaler(),
            ("spec", "maxReplicas"),
            "4",
            "HorizontalPodAutoscaler/api: spec.maxReplicas is text, not a whole number.",
        ),
        (
            entrance(),
            ("spec", "tls", 0, "hosts"),
            "a.example",
            "Ingress/api: spec.tls[0].hosts is text, not a list.",
        ),
    ],
)
def test_the_sentence_names_the_part(obj, path, value, sentence):
    with pytest.raises(ServingError) as caught:
        object_set.prepare([with_part(obj, path, value)], "api", "ns")
    assert str(caught.value) == sentence


def test_null_is_no_value_where_the_field_is_known():
    found = object_set.prepare([with_part(deployment(), ("spec", "replicas"), None)], "api", "ns")
    assert "replicas" not in found[0]["spec"]

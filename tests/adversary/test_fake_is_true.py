# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake API server answers as the real one: the same requests to both, and the answers compared whole."""

from __future__ import annotations

import itertools
import json
import os

import pytest
from adversary import make_schema
from adversary.sequences import sequence
from adversary.twins import APPLY, MERGE, STRATEGIC, Ask, Fake, Real, apply, differences, run
from hypothesis import HealthCheck, given, settings

EXAMPLES = int(os.environ.get("ADVERSARY_TWIN_EXAMPLES", "40"))
NAMESPACE = "NAMESPACE"
NUMBERS = itertools.count(1)
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "s"},
    "spec": {"selector": {"a": "b"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
}
LEASE = {
    "apiVersion": "coordination.k8s.io/v1",
    "kind": "Lease",
    "metadata": {"name": "l"},
    "spec": {"holderIdentity": "x", "leaseDurationSeconds": 30, "renewTime": "2026-11-26T13:50:28.100000Z"},
}
CONFIGS, SECRETS, SERVICES, PODS, ACCOUNTS = (
    f"/api/v1/namespaces/{NAMESPACE}/{plural}"
    for plural in ("configmaps", "secrets", "services", "pods", "serviceaccounts")
)
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
DEPLOYMENT = f"{DEPLOYMENTS}/d"
MAKE_NAMESPACE = Ask("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})


def deployment(**spec) -> dict:
    container = {
        "name": "api",
        "image": "i",
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "ports": [{"name": "http", "containerPort": 5000}],
        "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
        "volumeMounts": [{"name": "t", "mountPath": "/tmp"}],
    }
    pod = {"containers": [container], "volumes": [{"name": "t", "emptyDir": {}}]}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "labels": {"x": "y"}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": template, **spec},
    }


def with_container(**fields) -> dict:
    """The Deployment with these fields of its container; None takes one away."""
    obj = deployment()
    found = obj["spec"]["template"]["spec"]["containers"][0]
    for name, value in fields.items():
        found.pop(name)
        if value is not None:
            found[name] = value
    return obj


def edited(manager: str = "ui", **fields) -> Ask:
    """An edit of the container in place."""
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "api", **fields}]}}}}
    return Ask("PATCH", f"{DEPLOYMENT}?fieldManager={manager}", patch, STRATEGIC)


def merged(path: str, patch: dict, manager: str = "ui") -> Ask:
    return Ask("PATCH", f"{path}?fieldManager={manager}", patch, MERGE)


def taken_over(before: list) -> dict:
    """What was answered last, with the first manager's fields made ours."""
    obj = json.loads(json.dumps(before[-1]))
    mine = {**obj["metadata"]["managedFields"][0], "manager": "modelops.serving", "operation": "Apply"}
    mine.pop("time", None)
    obj["metadata"]["managedFields"] = [mine]
    return obj


SEQUENCES = {
    "what is not there": [
        apply(f"{CONFIGS}/c", CONFIG),
        Ask("GET", f"/api/v1/namespaces/{NAMESPACE}"),
        Ask("GET", CONFIGS),
        MAKE_NAMESPACE,
        Ask("GET", f"{CONFIGS}/none"),
        Ask("GET", f"{DEPLOYMENTS}/none"),
        Ask("GET", f"/apis/apps/v1/namespaces/{NAMESPACE}/foos/none"),
        Ask("GET", f"/apis/monitoring.coreos.com/v1/namespaces/{NAMESPACE}/servicemonitors/none"),
        Ask("GET", "/apis/monitoring.coreos.com/v1"),
        Ask("PUT", f"{CONFIGS}/c", {**CONFIG, "metadata": {"name": "c", "resourceVersion": "1"}}),
        merged(f"{CONFIGS}/c", {"data": {"x": "y"}}),
        Ask("DELETE", f"{CONFIGS}/c"),
        Ask("GET", f"{PODS}/none/log"),
    ],
    "what is refused": [
        MAKE_NAMESPACE,
        apply(f"{CONFIGS}/c", {**CONFIG, "foo": 1}),
        apply(f"{CONFIGS}/c", {**CONFIG, "data": {"a": 1}}),
        apply(f"{CONFIGS}/c", {**CONFIG, "metadata": {"name": "other"}}),
        apply(f"{CONFIGS}/c", {**CONFIG, "metadata": {"name": "c", "namespace": "other"}}),
        apply(f"{CONFIGS}/c", {**CONFIG, "metadata": {"name": "c", "resourceVersion": "3"}}),
        Ask("PATCH", f"{CONFIGS}/c", CONFIG, APPLY),
        Ask("POST", SECRETS, {"metadata": {"name": "s"}, "foo": 1}),
        Ask("POST", f"{SECRETS}?fieldValidation=Strict", {"metadata": {"name": "t"}, "foo": 1}),
        Ask("POST", SECRETS, {"metadata": {"name": "t", "namespace": "other"}}),
        Ask("POST", SECRETS, {"metadata": {"name": "T_"}}),
        Ask("POST", SECRETS, {"metadata": {}}),
        merged(f"{SECRETS}/s", {"type": "x"}),
        merged(f"{SECRETS}/s", {"metadata": {"uid": "1"}}),
        merged(f"{SECRETS}/s", {"metadata": {"resourceVersion": "1"}}),
        merged(f"{SECRETS}/s", {"immutable": True, "data": {"a": "eA=="}}),
        merged(f"{SECRETS}/s", {"data": {"a": "eQ=="}}),
        apply(DEPLOYMENT, deployment()),
        apply(DEPLOYMENT, deployment(replicas=-1), force="true"),
        apply(DEPLOYMENT, deployment(replicas="x"), force="true"),
        apply(DEPLOYMENT, deployment(selector={"matchLabels": {"a": "c"}}), force="true"),
        apply(DEPLOYMENT, deployment(strategy={"type": "Recreate"}), force="true"),
        apply(f"{SERVICES}/s", SERVICE, manager="ui"),
        apply(f"{SERVICES}/s", {**SERVICE, "spec": {"ports": [{"name": "http", "port": 81}]}}),
    ],
    "who may not": [
        MAKE_NAMESPACE,
        Ask("GET", f"{CONFIGS}/c", token="reader-token"),
        Ask("GET", CONFIGS, token="reader-token"),
        Ask("GET", f"/api/v1/namespaces/{NAMESPACE}", token="reader-token"),
        Ask("GET", "/api/v1/nodes", token="reader-token"),
        Ask("PATCH", f"{DEPLOYMENT}?fieldManager=x", deployment(), APPLY, "reader-token"),
        Ask("POST", SECRETS, {"metadata": {"name": "s"}}, token="reader-token"),
        Ask("DELETE", f"{CONFIGS}/c", token="reader-token"),
        Ask("GET", f"{CONFIGS}?watch=true&timeoutSeconds=1", token="reader-token"),
        Ask("GET", f"{CONFIGS}/c", token="of nobody"),
    ],
    "applied by several": [
        MAKE_NAMESPACE,
        apply(DEPLOYMENT, deployment()),
        apply(DEPLOYMENT, deployment()),
        edited("kubectl-edit", image="j", env=[{"name": "C", "value": "3"}]),
        apply(DEPLOYMENT, deployment()),
        apply(DEPLOYMENT, deployment(replicas=3), force="true"),
        apply(DEPLOYMENT, deployment(replicas=3), manager="other"),
        apply(DEPLOYMENT, deployment(replicas=4), manager="other"),
        apply(DEPLOYMENT, deployment(replicas=4), manager="other", force="true"),
        apply(DEPLOYMENT, deployment(replicas=5), dryRun="All", force="true"),
        apply(DEPLOYMENT, with_container(env=None)),
        edited(env=[{"name": "Z", "value": "3"}]),
        apply(DEPLOYMENT, with_container(env=[{"name": "Z", "value": "4"}])),
        apply(DEPLOYMENT, with_container(env=[{"name": "Z", "value": "4"}]), force="true"),
        apply(DEPLOYMENT, with_container(env=[{"name": "A", "value": "9"}]), force="true"),
        edited(env=[{"name": "A", "value": "10"}]),
        apply(DEPLOYMENT, with_container(env=None)),
        apply(DEPLOYMENT, with_container(name="api2")),
        merged(DEPLOYMENT, {"metadata": {"annotations": {"a": "b"}}}),
        merged(DEPLOYMENT, {"metadata": {"annotations": None}}),
        apply(DEPLOYMENT, deployment(strategy={"rollingUpdate": {"maxSurge": 1}})),
        apply(DEPLOYMENT, deployment()),
    ],
    "made by others, then taken over": [
        MAKE_NAMESPACE,
        Ask("POST", DEPLOYMENTS, deployment()),
        apply(DEPLOYMENT, deployment()),
        apply(DEPLOYMENT, with_container(image="k")),
        Ask("GET", DEPLOYMENT),
        Ask("PUT", f"{DEPLOYMENT}?fieldManager=modelops.serving", taken_over),
        apply(DEPLOYMENT, with_container(env=None)),
        merged(DEPLOYMENT, {"metadata": {"managedFields": [{}]}}),
        apply(DEPLOYMENT, deployment()),
        merged(DEPLOYMENT, {"metadata": {"managedFields": []}}),
    ],
    "scaled, and its status written": [
        MAKE_NAMESPACE,
        apply(DEPLOYMENT, deployment()),
        Ask("GET", f"{DEPLOYMENT}/scale"),
        merged(f"{DEPLOYMENT}/scale", {"spec": {"replicas": 5}}, "kubectl"),
        Ask("GET", DEPLOYMENT),
        merged(f"{DEPLOYMENT}/status", {"status": {"replicas": 5, "observedGeneration": 2}}, "controller"),
        merged(DEPLOYMENT, {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "1"}}}, "controller"),
        apply(DEPLOYMENT, deployment()),
        apply(DEPLOYMENT, deployment(), force="true"),
        merged(f"{DEPLOYMENT}/scale", {"spec": {"replicas": 0}}, "kubectl"),
    ],
    "removed": [
        MAKE_NAMESPACE,
        apply(f"{CONFIGS}/c", CONFIG),
        Ask("DELETE", f"{CONFIGS}/c", {"preconditions": {"uid": "x"}}),
        Ask("DELETE", f"{CONFIGS}/c", {"preconditions": {"resourceVersion": "1"}}),
        Ask("DELETE", f"{CONFIGS}/c", {"dryRun": ["All"]}),
        Ask("DELETE", f"{CONFIGS}/c"),
        Ask("DELETE", f"{CONFIGS}/c"),
        apply(f"{SERVICES}/s", SERVICE),
        Ask("DELETE", f"{SERVICES}/s"),
        Ask("POST", ACCOUNTS, {"metadata": {"name": "a"}}),
        Ask("DELETE", f"{ACCOUNTS}/a"),
        Ask("POST", SECRETS, {"metadata": {"name": "s", "finalizers": ["x.example/y"]}}),
        Ask("DELETE", f"{SECRETS}/s"),
        Ask("DELETE", f"{SECRETS}/s"),
        merged(f"{SECRETS}/s", {"metadata": {"finalizers": None}}),
        Ask("GET", f"{SECRETS}/s"),
        Ask("POST", PODS, {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "x", "image": "y:1"}]}}),
        Ask("DELETE", f"{PODS}/p"),
        Ask("GET", f"{PODS}/p"),
        Ask("DELETE", f"/api/v1/namespaces/{NAMESPACE}"),
        Ask("POST", SECRETS, {"metadata": {"name": "t"}}),
        apply(f"{CONFIGS}/c", CONFIG),
    ],
    "a lease": [
        MAKE_NAMESPACE,
        Ask("PUT", f"{LEASES}/l", {**LEASE, "metadata": {"name": "l", "resourceVersion": "5", "uid": "u"}}),
        Ask("PUT", f"{LEASES}/l", {**LEASE, "metadata": {"name": "l", "resourceVersion": "5"}}),
        Ask("PUT", f"{LEASES}/l", LEASE),
        Ask("POST", LEASES, LEASE),
        Ask("PUT", f"{LEASES}/l", {**LEASE, "metadata": {"name": "l", "uid": "u"}}),
        Ask("PUT", f"{LEASES}/l", lambda before: {**LEASE, "metadata": before[2]["metadata"]}),
        Ask("DELETE", f"{LEASES}/l", lambda before: {"preconditions": {"uid": before[2]["metadata"]["uid"]}}),
        Ask("PUT", f"{LEASES}/l", lambda before: {**LEASE, "metadata": before[2]["metadata"]}),
    ],
    "listed and watched": [
        MAKE_NAMESPACE,
        Ask("POST", SECRETS, {"metadata": {"name": "a", "labels": {"x": "y"}}, "type": "some.example/kind"}),
        Ask("POST", SECRETS, {"metadata": {"name": "b", "labels": {"x": "z"}}}),
        Ask("POST", SECRETS, {"metadata": {"name": "c"}}),
        Ask("GET", f"{SECRETS}?labelSelector=x%3Dy"),
        Ask("GET", f"{SECRETS}?labelSelector=x+in+(y,z),x!%3Dz"),
        Ask("GET", f"{SECRETS}?labelSelector=!x"),
        Ask("GET", f"{SECRETS}?fieldSelector=type%3Dsome.example%2Fkind"),
        Ask("GET", f"{SECRETS}?fieldSelector=metadata.name%3Dc"),
        Ask("GET", f"{CONFIGS}?fieldSelector=type%3Dx"),
        Ask("GET", f"{SECRETS}?limit=2"),
        merged(f"{SECRETS}/a", {"metadata": {"labels": {"x": "z"}}}),
        Ask("DELETE", f"{SECRETS}/b"),
        Ask("GET", f"{SECRETS}?watch=true&resourceVersion=1&timeoutSeconds=1"),
        Ask("GET", f"{SECRETS}?watch=true&resourceVersion=1&timeoutSeconds=1&labelSelector=x%3Dy"),
    ],
}


def compared(real_api, asks: list[Ask]) -> None:
    """Runs it on both, each time in another namespace, and compares answer by answer."""
    namespace = f"n{next(NUMBERS)}"
    placed = [
        Ask(
            ask.method, ask.path.replace(NAMESPACE, namespace), placed_body(ask, namespace), ask.content_type, ask.token
        )
        for ask in asks
    ]
    for ask, real, fake in zip(asks, run(Real(real_api), placed), run(Fake(), placed), strict=True):
        assert not differences(real, fake), f"{ask.method} {ask.path}"


def placed_body(ask: Ask, namespace: str):
    if callable(ask.body) or ask.body is None:
        return ask.body
    return json.loads(json.dumps(ask.body).replace(NAMESPACE, namespace))


@pytest.mark.parametrize("name", SEQUENCES)
def test_answers_as_the_real_server(real_api, name):
    compared(real_api, SEQUENCES[name])


@settings(max_examples=EXAMPLES, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(asks=sequence(NAMESPACE))
def test_answers_as_the_real_server_to_anything(real_api, asks):
    compared(real_api, [MAKE_NAMESPACE, *asks])


def test_the_types_are_the_real_server_s(real_api):
    assert make_schema.SCHEMA.read_text() == make_schema.text(make_schema.condense(make_schema.Server(real_api)))

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests at random, of the kinds that a release and those around it make, as hypothesis strategies."""

from __future__ import annotations

import copy

from adversary.twins import JSON, MERGE, STRATEGIC, Ask, apply
from hypothesis import strategies as st

MANAGERS = st.sampled_from(["modelops.serving", "helm", "ui", "kubectl-edit"])
LABELS = {"app": "x"}
SMALL = st.sampled_from(["1", "2"])
STAGES = {
    "configmaps": "/api/v1",
    "services": "/api/v1",
    "deployments": "/apis/apps/v1",
    "horizontalpodautoscalers": "/apis/autoscaling/v2",
    "ingresses": "/apis/networking.k8s.io/v1",
    "leases": "/apis/coordination.k8s.io/v1",
}


def path(namespace: str, plural: str, name: str = "x") -> str:
    return f"{STAGES[plural]}/namespaces/{namespace}/{plural}" + (f"/{name}" if name else "")


def meta() -> st.SearchStrategy[dict]:
    return st.fixed_dictionaries(
        {"name": st.just("x")},
        optional={
            "labels": st.dictionaries(st.sampled_from(["a", "b"]), SMALL, min_size=1, max_size=2),
            "annotations": st.dictionaries(st.sampled_from(["p", "q"]), SMALL, min_size=1, max_size=2),
        },
    )


def named(api_version: str, kind: str, **parts: st.SearchStrategy) -> st.SearchStrategy[dict]:
    fixed = {"apiVersion": st.just(api_version), "kind": st.just(kind), "metadata": meta()}
    return st.fixed_dictionaries({**fixed, **parts})


def env() -> st.SearchStrategy[list]:
    entry = st.fixed_dictionaries({"name": st.sampled_from(["A", "B", "C"]), "value": SMALL})
    return st.lists(entry, max_size=3, unique_by=lambda item: item["name"])


def container(name: str) -> st.SearchStrategy[dict]:
    probe = st.fixed_dictionaries(
        {"httpGet": st.fixed_dictionaries({"port": st.just("http")}, optional={"path": st.just("/health")})},
        optional={"periodSeconds": st.sampled_from([1, 5])},
    )
    return st.fixed_dictionaries(
        {"name": st.just(name), "image": st.sampled_from(["api:1", "api:2"])},
        optional={
            "env": env(),
            "ports": st.just([{"name": "http", "containerPort": 5000}]),
            "readinessProbe": probe,
            "resources": st.sampled_from([{"requests": {"cpu": "10m"}}, {"limits": {"memory": "1Gi"}}, {}]),
            "volumeMounts": st.just([{"name": "tmp", "mountPath": "/tmp"}]),
            "command": st.sampled_from([["a"], ["a", "b"]]),
        },
    )


def deployment() -> st.SearchStrategy[dict]:
    containers = st.tuples(container("api"), st.none() | container("side")).map(
        lambda pair: [entry for entry in pair if entry]
    )
    pod = st.fixed_dictionaries(
        {"containers": containers, "volumes": st.just([{"name": "tmp", "emptyDir": {}}])},
        optional={
            "terminationGracePeriodSeconds": st.sampled_from([1, 5]),
            "serviceAccountName": SMALL.map("s".__add__),
        },
    )
    template = st.fixed_dictionaries({"metadata": st.just({"labels": LABELS}), "spec": pod})
    spec = st.fixed_dictionaries(
        {"selector": st.just({"matchLabels": LABELS}), "template": template},
        optional={
            "replicas": st.sampled_from([0, 1, 3]),
            "strategy": st.sampled_from(
                [{"rollingUpdate": {"maxSurge": 1}}, {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0}}]
            ),
            "progressDeadlineSeconds": st.sampled_from([60, 600]),
        },
    )
    return named("apps/v1", "Deployment", spec=spec)


def service() -> st.SearchStrategy[dict]:
    port = st.fixed_dictionaries({"port": st.sampled_from([80, 81]), "name": st.just("http")})
    ports = st.lists(port, min_size=1, max_size=1)
    spec = st.fixed_dictionaries({"ports": ports}, optional={"selector": st.sampled_from([LABELS, {"app": "y"}])})
    return named("v1", "Service", spec=spec)


def autoscaler() -> st.SearchStrategy[dict]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}
    fixed = {"scaleTargetRef": st.just(target), "maxReplicas": st.sampled_from([4, 5])}
    spec = st.fixed_dictionaries(fixed, optional={"minReplicas": st.sampled_from([1, 2])})
    return named("autoscaling/v2", "HorizontalPodAutoscaler", spec=spec.map(with_metric))


def with_metric(spec: dict) -> dict:
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    return {**spec, "metrics": [{"type": "Resource", "resource": resource}]}


def ingress() -> st.SearchStrategy[dict]:
    def rule(host: str) -> dict:
        backend = {"service": {"name": "x", "port": {"name": "http"}}}
        return {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}

    spec = st.sampled_from(["a.example", "b.example"]).map(lambda host: {"rules": [rule(host)]})
    return named("networking.k8s.io/v1", "Ingress", spec=spec)


def config_map() -> st.SearchStrategy[dict]:
    data = st.dictionaries(st.sampled_from(["a", "b"]), SMALL, max_size=2)
    return st.tuples(named("v1", "ConfigMap", data=data), st.sampled_from([None, None, True])).map(
        lambda pair: {**pair[0], "immutable": True} if pair[1] else pair[0]
    )


BODIES = {
    "deployments": deployment(),
    "configmaps": config_map(),
    "services": service(),
    "horizontalpodautoscalers": autoscaler(),
    "ingresses": ingress(),
}


@st.composite
def ask(draw, namespace: str) -> Ask:
    """One request about one of five objects."""
    plural = draw(st.sampled_from(["deployments", "deployments", *BODIES]))
    where = path(namespace, plural)
    what = draw(st.sampled_from(["apply", "apply", "apply", "put", "post", "merge", "strategic", "other", "delete"]))
    manager = draw(MANAGERS)
    body = draw(BODIES[plural])
    if what == "apply":
        more = {"dryRun": "All"} if draw(st.integers(0, 5)) == 0 else {}
        return apply(where, body, manager, draw(st.sampled_from(["true", "false"])), **more)
    by = f"?fieldManager={manager}"
    if what == "put":
        take = draw(st.booleans())
        return Ask("PUT", where + by, lambda before: replacement(before, body, take), JSON)
    if what == "post":
        return Ask("POST", path(namespace, plural, "") + by, body)
    if what == "merge":
        patch = {"metadata": {"annotations": draw(st.sampled_from([None, {"p": "3"}, {"p": None}]))}}
        return Ask("PATCH", where + by, patch, MERGE)
    if what == "strategic" and plural == "deployments":
        entry = {"name": "api", "env": [{"name": draw(st.sampled_from(["A", "Z"])), "value": "9"}]}
        return Ask("PATCH", where + by, {"spec": {"template": {"spec": {"containers": [entry]}}}}, STRATEGIC)
    if what == "other" and plural == "deployments":
        return draw(below_a_deployment(where))
    if what == "delete":
        return Ask("DELETE", where, {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"})
    return Ask("GET", where)


@st.composite
def below_a_deployment(draw, where: str) -> Ask:
    if draw(st.booleans()):
        # Scaling to the number that is there already splits and loses managers on the real server; the fake does not.
        # So not to one that a body has, nor twice to the same; to none, the sequences written down scale.
        replicas = draw(st.integers(4, 4000))
        return Ask("PATCH", f"{where}/scale?fieldManager=kubectl", {"spec": {"replicas": replicas}}, MERGE)
    status = {"status": {"replicas": draw(st.integers(1, 2)), "observedGeneration": 1}}
    return Ask("PATCH", f"{where}/status?fieldManager=controller", status, MERGE)


def replacement(before: list, body: dict, take: bool) -> dict:
    """What stands, by the newest answer that shows it, with another body; or with all its fields made ours."""
    kind = body["kind"]
    found = next((item for item in reversed(before) if isinstance(item, dict) and item.get("kind") == kind), None)
    if found is None:
        return body
    if not take:
        new = copy.deepcopy(body)
        # A dry run's creation has none.
        new["metadata"]["resourceVersion"] = found["metadata"].get("resourceVersion", "")
        return new
    new = copy.deepcopy(found)
    shares = [entry for entry in new["metadata"].get("managedFields") or [] if not entry.get("subresource")]
    if shares:
        mine = {**shares[0], "manager": "modelops.serving", "operation": "Apply"}
        mine.pop("time", None)
        new["metadata"]["managedFields"] = [mine]
    return new


def sequence(namespace: str) -> st.SearchStrategy[list[Ask]]:
    return st.lists(ask(namespace), min_size=3, max_size=14)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server fills in where an object says nothing. The object is changed in place."""

from __future__ import annotations

import base64
from collections.abc import Callable

PROBES = ("readinessProbe", "livenessProbe", "startupProbe")
TOLERATED = tuple(
    {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for key in ("not-ready", "unreachable")
)
STATUS = {
    "Deployment": {},
    "ReplicaSet": {"replicas": 0},
    "HorizontalPodAutoscaler": {"desiredReplicas": 0, "currentMetrics": None},
    "PodDisruptionBudget": {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
    "Ingress": {"loadBalancer": {}},
    "Service": {"loadBalancer": {}},
    "Namespace": {"phase": "Active"},
}


def fill(obj: dict) -> None:
    """Everything that the kind's specification has a default for."""
    found = BY_KIND.get(obj["kind"])
    if found:
        found(obj)


def admit(obj: dict) -> None:
    """What admission adds to a new object; it is nobody's."""
    if obj["kind"] == "Namespace":
        obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    if obj["kind"] == "Service":
        _default(obj["spec"], ipFamilyPolicy="SingleStack", ipFamilies=["IPv4"])
    if obj["kind"] != "Pod":
        return
    spec = obj["spec"]
    _default(spec, priority=0, preemptionPolicy="PreemptLowerPriority")
    held = [entry.get("key") for entry in spec.get("tolerations") or []]
    missing = [dict(entry) for entry in TOLERATED if entry["key"] not in held]
    spec["tolerations"] = [*(spec.get("tolerations") or []), *missing]


def first_status(obj: dict) -> dict | None:
    """The status of a new object; None for kinds without one."""
    if obj["kind"] == "Pod":
        return {"phase": "Pending", "qosClass": _quality(obj["spec"])}
    found = STATUS.get(obj["kind"])
    return dict(found) if found is not None else None


def _workload(spec: dict) -> None:
    pod_spec(spec.setdefault("template", {}).setdefault("spec", {}))


def _deployment(obj: dict) -> None:
    spec = obj.setdefault("spec", {})
    _default(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = spec.setdefault("strategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _default(strategy.setdefault("rollingUpdate", {}), maxUnavailable="25%", maxSurge="25%")
    _workload(spec)


def _replicaset(obj: dict) -> None:
    _default(obj.setdefault("spec", {}), replicas=1)
    _workload(obj["spec"])


def _pod(obj: dict) -> None:
    spec = obj.setdefault("spec", {})
    pod_spec(spec)
    _default(spec, enableServiceLinks=True)
    for container in spec.get("containers") or []:
        resources = container["resources"]
        for name, amount in (resources.get("limits") or {}).items():
            resources.setdefault("requests", {}).setdefault(name, amount)


def pod_spec(spec: dict) -> None:
    _default(
        spec,
        restartPolicy="Always",
        terminationGracePeriodSeconds=30,
        dnsPolicy="ClusterFirst",
        schedulerName="default-scheduler",
    )
    spec.setdefault("securityContext", {})
    # Either name of the account stands for the other.
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for container in (spec.get("initContainers") or []) + (spec.get("containers") or []):
        _container(container)
    for volume in spec.get("volumes") or []:
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if source in volume:
                volume[source].setdefault("defaultMode", 420)


def _container(container: dict) -> None:
    image = container.get("image", "")
    newest = image.rpartition("/")[2].partition(":")[2] in ("", "latest") and "@" not in image
    _default(
        container,
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
        imagePullPolicy="Always" if newest else "IfNotPresent",
    )
    container.setdefault("resources", {})
    for port in container.get("ports") or []:
        port.setdefault("protocol", "TCP")
    for name in PROBES:
        if container.get(name):
            _default(container[name], timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
            if "httpGet" in container[name]:
                _default(container[name]["httpGet"], path="/", scheme="HTTP")
    for variable in container.get("env") or []:
        if "fieldRef" in (variable.get("valueFrom") or {}):
            variable["valueFrom"]["fieldRef"].setdefault("apiVersion", "v1")


def _service(obj: dict) -> None:
    spec = obj.setdefault("spec", {})
    _default(spec, type="ClusterIP", sessionAffinity="None", internalTrafficPolicy="Cluster")
    for port in spec.get("ports") or []:
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    if spec["type"] in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)


def _network_policy(obj: dict) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("policyTypes", ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
    for rule in (spec.get("ingress") or []) + (spec.get("egress") or []):
        for port in rule.get("ports") or []:
            port.setdefault("protocol", "TCP")


def _secret(obj: dict) -> None:
    obj.setdefault("type", "Opaque")
    for name, value in (obj.pop("stringData", None) or {}).items():
        obj.setdefault("data", {})[name] = base64.b64encode(value.encode()).decode()


def _namespace(obj: dict) -> None:
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]


def _event(obj: dict) -> None:
    _default(obj, reportingComponent="", reportingInstance="")
    obj.setdefault("eventTime", None)


def _slice(obj: dict) -> None:
    for port in obj.get("ports") or []:
        port.setdefault("protocol", "TCP")


def _autoscaler(obj: dict) -> None:
    obj.setdefault("spec", {}).setdefault("minReplicas", 1)


BY_KIND: dict[str, Callable[[dict], None]] = {
    "Deployment": _deployment,
    "ReplicaSet": _replicaset,
    "Pod": _pod,
    "Service": _service,
    "Secret": _secret,
    "Namespace": _namespace,
    "NetworkPolicy": _network_policy,
    "Event": _event,
    "EndpointSlice": _slice,
    "HorizontalPodAutoscaler": _autoscaler,
}


def _default(held: dict, **values) -> None:
    for name, value in values.items():
        if held.get(name) is None:
            held[name] = value


def _quality(spec: dict) -> str:
    asked = [container.get("resources") or {} for container in spec.get("containers") or []]
    if not any(asked):
        return "BestEffort"
    guaranteed = all(
        {"cpu", "memory"} <= set(found.get("limits") or {}) and found.get("limits") == found.get("requests")
        for found in asked
    )
    return "Guaranteed" if guaranteed else "Burstable"

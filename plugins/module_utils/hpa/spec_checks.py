# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with an autoscaler's spec and its target, before it ever scales. Each function yields messages."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.capacity import capacity
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    label,
    matches,
    name_of,
    quantity,
)
from ansible_collections.modelops.serving.plugins.module_utils.common.quota import allowances
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import (
    ScalingSnapshot,
    parse_selector,
    targeted,
)

Messages = Iterator[str]
PAUSED = ("autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas")


def target_missing(snapshot: ScalingSnapshot) -> Messages:
    if snapshot.target is None:
        yield f"its target {snapshot.target_label} does not exist"


def not_scalable(snapshot: ScalingSnapshot) -> Messages:
    if snapshot.target is not None and snapshot.scale is None and "scale" not in snapshot.unreadable:
        yield f"{snapshot.target_label} has no scale subresource"


def switched_off(snapshot: ScalingSnapshot) -> Messages:
    """A target at 0 replicas switches its autoscaler off, unless KEDA keeps it there on purpose."""
    if snapshot.scale and not snapshot.scale.get("spec", {}).get("replicas") and not _idle(snapshot):
        yield f"{snapshot.target_label} is at 0 replicas: an autoscaler does not scale up from 0"


def idle(snapshot: ScalingSnapshot) -> Messages:
    if snapshot.scale and not snapshot.scale.get("spec", {}).get("replicas") and _idle(snapshot):
        yield "KEDA keeps the target at 0 replicas until there is work"


def _idle(snapshot: ScalingSnapshot) -> bool:
    spec = (snapshot.scaled_object or {}).get("spec", {"minReplicaCount": 1})
    return "idleReplicaCount" in spec or not spec.get("minReplicaCount", 0)


def keda_not_ready(snapshot: ScalingSnapshot) -> Messages:
    scaled = snapshot.scaled_object
    for entry in ((scaled or {}).get("status") or {}).get("conditions") or []:
        if entry.get("type") == "Ready" and entry.get("status") != "True":
            yield f"{label(scaled)} is not ready: {entry.get('message') or entry.get('reason')}"


def keda_paused(snapshot: ScalingSnapshot) -> Messages:
    annotations = ((snapshot.scaled_object or {}).get("metadata") or {}).get("annotations") or {}
    for name in PAUSED:
        if annotations.get(name, "false") != "false":
            yield f"{label(snapshot.scaled_object)} is paused by the annotation {name}"


def api_missing(snapshot: ScalingSnapshot) -> Messages:
    for name, state in snapshot.apis.items():
        if state == "absent":
            yield f"the cluster does not serve {name}"


def api_failing(snapshot: ScalingSnapshot) -> Messages:
    for name, state in snapshot.apis.items():
        if state not in ("absent", "available"):
            yield f"{name} is registered but does not answer: {state}"


def resource_unknown(snapshot: ScalingSnapshot) -> Messages:
    """metrics-server measures two resources."""
    for metric in snapshot.metrics:
        if metric.kind in ("Resource", "ContainerResource") and metric.name not in ("cpu", "memory"):
            yield f"resource {metric.name} is not measured: only cpu and memory are"


def container_unknown(snapshot: ScalingSnapshot) -> Messages:
    names = [entry["name"] for entry in _containers(snapshot.template)]
    for metric in snapshot.metrics:
        if metric.container and names and metric.container not in names:
            yield f"its metric is of container {metric.container}, but the pods have {', '.join(names)}"


def name_unknown(snapshot: ScalingSnapshot) -> Messages:
    """The custom metrics API lists a name only once a pod has exported it, so this may heal."""
    if snapshot.metric_names is None:
        return
    for metric in snapshot.metrics:
        if metric.kind in ("Pods", "Object") and metric.name not in snapshot.metric_names:
            near = [name for name in snapshot.metric_names if _alike(name, metric.name)][:5]
            similar = f"; similar names: {', '.join(near)}" if near else ""
            yield f"the custom metrics API does not list {metric.name}{similar}"


def _alike(one: str, other: str) -> bool:
    return bool(set(one.split("_")) & set(other.split("_")) - {"total", "seconds", "bytes"})


def request_missing(snapshot: ScalingSnapshot) -> Messages:
    """A percentage is of the pod's request. One container without a request, even a sidecar, makes it incomputable."""
    for metric in snapshot.metrics:
        if metric.unit != "%" or metric.name not in ("cpu", "memory"):
            continue
        without = [
            entry["name"]
            for entry in _containers(_live_spec(snapshot))
            if metric.container in (None, entry["name"]) and not _requests(entry, metric.name)
        ]
        if without:
            yield (
                f"the {metric.name} target is a percentage of the request, but container {', '.join(without)} has no "
                f"{metric.name} request"
            )


def _live_spec(snapshot: ScalingSnapshot) -> dict:
    """A running pod's spec, because a LimitRange may add requests to it; without pods the template."""
    return snapshot.owned_pods[-1]["spec"] if snapshot.owned_pods else snapshot.template


def _containers(spec: dict) -> list:
    sidecars = [entry for entry in spec.get("initContainers") or [] if entry.get("restartPolicy") == "Always"]
    return (spec.get("containers") or []) + sidecars


def _requests(container: dict, resource: str) -> bool:
    resources = container.get("resources") or {}
    return any(quantity((resources.get(field) or {}).get(resource)) > 0 for field in ("requests", "limits"))


def selector_missing(snapshot: ScalingSnapshot) -> Messages:
    if snapshot.scale is not None and not snapshot.selector:
        yield f"the scale subresource of {snapshot.target_label} has no selector, so no pods are counted"


def selector_too_wide(snapshot: ScalingSnapshot) -> Messages:
    own = {pod["metadata"]["uid"] for pod in snapshot.owned_pods}
    others = [pod for pod in snapshot.selected_pods if pod["metadata"]["uid"] not in own]
    if snapshot.target is not None and others:
        names = ", ".join(sorted(name_of(pod) for pod in others)[:3])
        yield (
            f"its selector {snapshot.selector} also matches {len(others)} pods that do not belong to "
            f"{snapshot.target_label}: {names}"
        )


def selector_ambiguous(snapshot: ScalingSnapshot) -> Messages:
    """The controller does not scale when two autoscalers count the same pod."""
    others = {name: text for name, text in snapshot.scales.items() if text and not _same_target(snapshot, name)}
    for name, selector in others.items():
        parsed = parse_selector(selector)
        if any(matches(parsed, pod["metadata"].get("labels")) for pod in snapshot.selected_pods):
            yield f"HorizontalPodAutoscaler/{name} counts the same pods: its selector is {selector}"


def several_autoscalers(snapshot: ScalingSnapshot) -> Messages:
    for entry in snapshot.hpas:
        if name_of(entry) != name_of(snapshot.hpa) and _same_target(snapshot, name_of(entry)):
            yield f"HorizontalPodAutoscaler/{name_of(entry)} also scales {snapshot.target_label}"
    for entry in snapshot.scaled_objects or []:
        ours = (snapshot.scaled_object or {}).get("metadata", {}).get("uid") == entry["metadata"]["uid"]
        if not ours and targeted(entry["spec"]["scaleTargetRef"], *snapshot.target_label.split("/")):
            yield f"{label(entry)} also scales {snapshot.target_label}"


def _same_target(snapshot: ScalingSnapshot, name: str) -> bool:
    other = next(entry for entry in snapshot.hpas if name_of(entry) == name)
    return targeted(other["spec"]["scaleTargetRef"], *snapshot.target_label.split("/"))


def vpa_conflict(snapshot: ScalingSnapshot) -> Messages:
    """A VPA that changes a request also changes what a percentage of it means."""
    ours = {metric.name for metric in snapshot.metrics if metric.unit == "%"}
    for entry in snapshot.vpas or []:
        spec = entry["spec"]
        if not targeted(spec.get("targetRef") or {}, *snapshot.target_label.split("/")):
            continue
        mode = (spec.get("updatePolicy") or {}).get("updateMode", "Recreate")
        both = sorted(ours & _controlled(spec))
        if mode != "Off" and both:
            yield f"{label(entry)} ({mode}) changes the {' and '.join(both)} request that the target is a percentage of"


def _controlled(spec: dict) -> set[str]:
    policies = (spec.get("resourcePolicy") or {}).get("containerPolicies") or [{}]
    found: set[str] = set()
    for policy in policies:
        if policy.get("mode") != "Off":
            found |= set(policy.get("controlledResources", ["cpu", "memory"]))
    return found


def no_range(snapshot: ScalingSnapshot) -> Messages:
    if snapshot.minimum >= snapshot.maximum:
        yield f"minReplicas is {snapshot.minimum} and maxReplicas is {snapshot.maximum}: it cannot scale"


def quota_too_small(snapshot: ScalingSnapshot) -> Messages:
    """Whether the quota has room for maxReplicas, beside what other pods in the namespace use."""
    running = len(snapshot.owned_pods)
    more = max(snapshot.maximum - running, 0)
    for entry in allowances(snapshot.quotas or [], _live_spec(snapshot)):
        if entry.more_pods < more:
            what = f"ResourceQuota/{entry.quota} ({entry.name}={entry.hard})"
            yield f"{what} admits {running + entry.more_pods} of maxReplicas {snapshot.maximum}"


def nodes_too_few(snapshot: ScalingSnapshot) -> Messages:
    """Whether maxReplicas would not fit on the nodes even if they were empty. A node autoscaler may add nodes."""
    if not snapshot.nodes or snapshot.node_autoscaler == "present":
        return
    room = capacity(snapshot.nodes, _live_spec(snapshot))
    if room.pods < snapshot.maximum:
        yield f"{room.text}; maxReplicas is {snapshot.maximum}"

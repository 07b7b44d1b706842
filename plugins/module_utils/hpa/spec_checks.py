# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with an autoscaler as it is written, before it has ever scaled. Each yields messages."""

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
        yield f"it scales {snapshot.target_label}, which does not exist"


def not_scalable(snapshot: ScalingSnapshot) -> Messages:
    if snapshot.target is not None and snapshot.scale is None and "scale" not in snapshot.unreadable:
        yield f"{snapshot.target_label} has no scale subresource"


def switched_off(snapshot: ScalingSnapshot) -> Messages:
    """Zero replicas in the target switch an autoscaler off, unless KEDA holds it there on purpose."""
    if snapshot.scale and not snapshot.scale.get("spec", {}).get("replicas") and not _idle(snapshot):
        yield f"{snapshot.target_label} is at 0 replicas, and an autoscaler does not start from there"


def idle(snapshot: ScalingSnapshot) -> Messages:
    if snapshot.scale and not snapshot.scale.get("spec", {}).get("replicas") and _idle(snapshot):
        yield "KEDA holds the target at 0 replicas until there is work"


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
            yield f"{name} is registered and does not answer: {state}"


def resource_unknown(snapshot: ScalingSnapshot) -> Messages:
    """metrics-server knows two resources."""
    for metric in snapshot.metrics:
        if metric.kind in ("Resource", "ContainerResource") and metric.name not in ("cpu", "memory"):
            yield f"{metric.name} is no resource that is measured: there is cpu and memory"


def container_unknown(snapshot: ScalingSnapshot) -> Messages:
    names = [entry["name"] for entry in _containers(snapshot.template)]
    for metric in snapshot.metrics:
        if metric.container and names and metric.container not in names:
            yield f"it goes by container {metric.container}, and the pods have {', '.join(names)}"


def name_unknown(snapshot: ScalingSnapshot) -> Messages:
    """A name that the custom metrics API does not list may still come with the first pod that exports it."""
    if snapshot.metric_names is None:
        return
    for metric in snapshot.metrics:
        if metric.kind in ("Pods", "Object") and metric.name not in snapshot.metric_names:
            near = [name for name in snapshot.metric_names if _alike(name, metric.name)][:5]
            listed = f"; it lists {', '.join(near)}" if near else ""
            yield f"the custom metrics API lists no {metric.name}{listed}"


def _alike(one: str, other: str) -> bool:
    return bool(set(one.split("_")) & set(other.split("_")) - {"total", "seconds", "bytes"})


def request_missing(snapshot: ScalingSnapshot) -> Messages:
    """A percentage is of the request, and one container without it, a sidecar too, spoils the whole pod's."""
    for metric in snapshot.metrics:
        if metric.unit != "%" or metric.name not in ("cpu", "memory"):
            continue
        bare = [
            entry["name"]
            for entry in _containers(_live_spec(snapshot))
            if metric.container in (None, entry["name"]) and not _asks(entry, metric.name)
        ]
        if bare:
            yield f"{metric.name} goes by a percentage of the request, and container {', '.join(bare)} requests none"


def _live_spec(snapshot: ScalingSnapshot) -> dict:
    """A pod's spec where there is one, for a LimitRange may have filled in what the template leaves out."""
    return snapshot.owned_pods[-1]["spec"] if snapshot.owned_pods else snapshot.template


def _containers(spec: dict) -> list:
    sidecars = [entry for entry in spec.get("initContainers") or [] if entry.get("restartPolicy") == "Always"]
    return (spec.get("containers") or []) + sidecars


def _asks(container: dict, resource: str) -> bool:
    resources = container.get("resources") or {}
    return any(quantity((resources.get(field) or {}).get(resource)) > 0 for field in ("requests", "limits"))


def selector_missing(snapshot: ScalingSnapshot) -> Messages:
    if snapshot.scale is not None and not snapshot.selector:
        yield f"the scale subresource of {snapshot.target_label} tells no selector, so that it counts no pods"


def selector_too_wide(snapshot: ScalingSnapshot) -> Messages:
    own = {pod["metadata"]["uid"] for pod in snapshot.owned_pods}
    strangers = [pod for pod in snapshot.selected_pods if pod["metadata"]["uid"] not in own]
    if snapshot.target is not None and strangers:
        names = ", ".join(sorted(name_of(pod) for pod in strangers)[:3])
        yield (
            f"its selector {snapshot.selector} also matches {len(strangers)} pods that are not of "
            f"{snapshot.target_label}: {names}"
        )


def selector_ambiguous(snapshot: ScalingSnapshot) -> Messages:
    """The controller refuses to scale where two autoscalers count the same pod."""
    others = {name: text for name, text in snapshot.scales.items() if text and not _same_target(snapshot, name)}
    for name, selector in others.items():
        chosen = parse_selector(selector)
        if any(matches(chosen, pod["metadata"].get("labels")) for pod in snapshot.selected_pods):
            yield f"HorizontalPodAutoscaler/{name} counts the same pods by {selector}"


def several_autoscalers(snapshot: ScalingSnapshot) -> Messages:
    for entry in snapshot.hpas:
        if name_of(entry) != name_of(snapshot.hpa) and _same_target(snapshot, name_of(entry)):
            yield f"HorizontalPodAutoscaler/{name_of(entry)} scales {snapshot.target_label} too"
    for entry in snapshot.scaled_objects or []:
        ours = (snapshot.scaled_object or {}).get("metadata", {}).get("uid") == entry["metadata"]["uid"]
        if not ours and targeted(entry["spec"]["scaleTargetRef"], *snapshot.target_label.split("/")):
            yield f"{label(entry)} scales {snapshot.target_label} too"


def _same_target(snapshot: ScalingSnapshot, name: str) -> bool:
    other = next(entry for entry in snapshot.hpas if name_of(entry) == name)
    return targeted(other["spec"]["scaleTargetRef"], *snapshot.target_label.split("/"))


def vpa_conflict(snapshot: ScalingSnapshot) -> Messages:
    """A VPA that changes requests moves the ground under a percentage of them."""
    ours = {metric.name for metric in snapshot.metrics if metric.unit == "%"}
    for entry in snapshot.vpas or []:
        spec = entry["spec"]
        if not targeted(spec.get("targetRef") or {}, *snapshot.target_label.split("/")):
            continue
        mode = (spec.get("updatePolicy") or {}).get("updateMode", "Recreate")
        both = sorted(ours & _controlled(spec))
        if mode != "Off" and both:
            yield f"{label(entry)} ({mode}) changes the {' and '.join(both)} request that the percentage is taken of"


def _controlled(spec: dict) -> set[str]:
    policies = (spec.get("resourcePolicy") or {}).get("containerPolicies") or [{}]
    found: set[str] = set()
    for policy in policies:
        if policy.get("mode") != "Off":
            found |= set(policy.get("controlledResources", ["cpu", "memory"]))
    return found


def no_range(snapshot: ScalingSnapshot) -> Messages:
    if snapshot.minimum >= snapshot.maximum:
        yield f"minReplicas and maxReplicas are both {snapshot.maximum}: there is nothing to scale between"


def quota_too_small(snapshot: ScalingSnapshot) -> Messages:
    """Counts what others in the namespace use: their share is not ours."""
    running = len(snapshot.owned_pods)
    more = max(snapshot.maximum - running, 0)
    for entry in allowances(snapshot.quotas or [], _live_spec(snapshot)):
        if entry.more_pods < more:
            what = f"ResourceQuota/{entry.quota} ({entry.name}={entry.hard})"
            yield f"{what} admits {running + entry.more_pods} of maxReplicas {snapshot.maximum}"


def nodes_too_few(snapshot: ScalingSnapshot) -> Messages:
    """Even empty, today's nodes would not hold maxReplicas, and no node autoscaler is known to add any."""
    if not snapshot.nodes or snapshot.node_autoscaler == "present":
        return
    room = capacity(snapshot.nodes, _live_spec(snapshot))
    if room.pods < snapshot.maximum:
        yield f"{room.text}; maxReplicas is {snapshot.maximum}"

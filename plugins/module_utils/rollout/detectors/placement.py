# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why the scheduler finds no node for a pod, and whether waiting can help."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import condition, matches
from ansible_collections.modelops.serving.plugins.module_utils.common.placement import (
    is_selected,
    selection,
    standing_taint,
    too_large,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout import disruption
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    WAIT,
    Detection,
    of_pod,
    unready,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, is_terminating

AUTOSCALER_GRACE = 90.0
UNKNOWN_GRACE = 60.0
# Seconds in which a scheduler looks at a pod, and a kubelet takes it.
LOOKED_AT, TAKEN = 5.0, 20.0
NO_SPREAD_LABEL = re.compile(
    r"0/(\d+) nodes are available: (\d+) node\(s\) didn't match pod topology spread constraints "
    r"\(missing required label\)"
)


def unschedulable(snapshot: Snapshot) -> Iterator[tuple[dict, str]]:
    for pod in unready(snapshot):
        scheduled = condition(pod, "PodScheduled")
        if scheduled.get("status") == "False" and scheduled.get("reason") == "Unschedulable":
            yield pod, scheduled.get("message", "")


def node_coming(snapshot: Snapshot, pod: dict) -> bool:
    """Whether a cluster autoscaler is adding a node for this pod, by its events."""
    return any(
        event.get("reason") in ("TriggeredScaleUp", "Nominated") for event in snapshot.events_of(pod)
    ) and not refused_by_autoscaler(snapshot, pod)


def refused_by_autoscaler(snapshot: Snapshot, pod: dict) -> bool:
    return any(event.get("reason") == "NotTriggerScaleUp" for event in snapshot.events_of(pod)[-3:])


def grace(snapshot: Snapshot, pod: dict) -> float | None:
    """Seconds to wait for a new node, for a pod that fits on none of the present ones; None is the rule's own grace."""
    if node_coming(snapshot, pod):
        return 600.0
    if refused_by_autoscaler(snapshot, pod):
        return None
    return {"absent": None, "present": AUTOSCALER_GRACE}.get(snapshot.autoscaler, UNKNOWN_GRACE)


def request_too_large(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that request more than any node has, even when empty."""
    for pod, _message in unschedulable(snapshot):
        text = too_large(snapshot.nodes or [], pod["spec"])
        if text:
            yield of_pod(pod, text, grace=grace(snapshot, pod))


def no_such_node(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods whose node labels no node has, ready or not."""
    for pod, _message in unschedulable(snapshot):
        if snapshot.nodes and not any(is_selected(pod["spec"], node) for node in snapshot.nodes):
            yield of_pod(pod, f"no node has {selection(pod['spec'])}", grace=grace(snapshot, pod))


def untolerated(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that tolerate none of the nodes they select, by taints that no controller will remove."""
    for pod, _message in unschedulable(snapshot):
        fitting = [node for node in snapshot.nodes or [] if is_selected(pod["spec"], node)]
        taints = [standing_taint(pod["spec"], node) for node in fitting]
        if fitting and all(taints):
            yield of_pod(
                pod,
                f"it does not tolerate the taint {', '.join(sorted(set(taints)))}",
                grace=grace(snapshot, pod),
            )


def no_label_to_spread_by(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that are to be spread by a label which no node has."""
    for pod, message in unschedulable(snapshot):
        found = NO_SPREAD_LABEL.search(message)
        if found and found[1] == found[2]:
            keys = [entry.get("topologyKey", "") for entry in pod["spec"].get("topologySpreadConstraints") or []]
            yield of_pod(
                pod, f"no node has the label of its topologyKey ({', '.join(keys)})", grace=grace(snapshot, pod)
            )


def gated(snapshot: Snapshot) -> Iterator[Detection]:
    for pod in unready(snapshot):
        if condition(pod, "PodScheduled").get("reason") == "SchedulingGated":
            gates = [gate.get("name", "") for gate in pod["spec"].get("schedulingGates") or []]
            yield of_pod(pod, f"held by the scheduling gate {', '.join(gates)}")


def not_looked_at(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that no scheduler has said anything of."""
    for pod in _pending(snapshot):
        if pod["spec"].get("nodeName") or condition(pod, "PodScheduled") or _age(snapshot, pod) < LOOKED_AT:
            continue
        scheduler = pod["spec"].get("schedulerName") or "default-scheduler"
        claims = [_claim(entry) for entry in pod["spec"].get("resourceClaims") or []]
        needs = f"; it needs {', '.join(claims)}" if claims else ""
        yield of_pod(pod, f"the scheduler {scheduler} has not looked at it{needs}")


def not_taken(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that have a node whose kubelet has said nothing of them."""
    for pod in _pending(snapshot):
        name = pod["spec"].get("nodeName")
        if name and not pod["status"].get("startTime") and _age(snapshot, pod) >= TAKEN:
            yield of_pod(pod, f"the node {name} has not begun with it")


def _pending(snapshot: Snapshot) -> list:
    return [pod for pod in unready(snapshot) if (pod.get("status") or {}).get("phase") == "Pending"]


def _age(snapshot: Snapshot, pod: dict) -> float:
    return snapshot.age(pod["metadata"].get("creationTimestamp")) or 0.0


def _claim(entry: dict) -> str:
    if entry.get("resourceClaimName"):
        return f"ResourceClaim/{entry['resourceClaimName']}"
    return f"a claim of ResourceClaimTemplate/{entry.get('resourceClaimTemplateName', '')}"


def claim_missing(snapshot: Snapshot) -> Iterator[Detection]:
    for pod, message in unschedulable(snapshot):
        if re.search(r'persistentvolumeclaim ".*" not found', message):
            yield of_pod(pod, message)


def volume(snapshot: Snapshot) -> Iterator[Detection]:
    for pod, message in unschedulable(snapshot):
        if "persistentvolumeclaim" in message.lower() or "volume node affinity" in message.lower():
            yield of_pod(pod, message)


def port_taken(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that want a port of their node which is taken on every node."""
    for pod, message in unschedulable(snapshot):
        if "have free ports" in message:
            wants = f"wants host port {', '.join(map(str, _host_ports(pod)))}"
            yield _held(snapshot, pod, wants, "holds it") or of_pod(pod, f"{wants}: {message}", grace=WAIT)


def kept_apart(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that may not run on a node with another one of theirs, where every node has one."""
    for pod, message in unschedulable(snapshot):
        if "anti-affinity rules" in message and _apart_by_node(pod):
            found = _held(snapshot, pod, "may not share a node with another pod of its kind", "runs")
            if found:
                yield found


def _held(snapshot: Snapshot, pod: dict, wants: str, holds: str) -> Detection | None:
    """Of a pod for which every node has one of this Deployment already, none of which will go before it is ready."""
    fitting = [
        node
        for node in snapshot.nodes or []
        if is_selected(pod["spec"], node) and not standing_taint(pod["spec"], node)
    ]
    nodes = {node["metadata"]["name"] for node in fitting}
    staying = [other for other in [*snapshot.old_pods, *snapshot.new_pods] if not is_terminating(other)]
    if not nodes or nodes - {(other.get("spec") or {}).get("nodeName") for other in staying}:
        return None
    number = f"{len(nodes)} node" + ("s" if len(nodes) > 1 else "")
    if snapshot.desired > len(nodes):
        text = f"{wants}: {snapshot.desired} pods are wanted, and {number} can take one each"
    elif snapshot.old_pods and disruption.unavailable(snapshot.deployment, snapshot.desired) == 0:
        text = f"{wants}: on each of {number} an old pod {holds} until a new one is ready (maxUnavailable is 0)"
    else:
        return None
    return of_pod(pod, text, grace=grace(snapshot, pod))


def _host_ports(pod: dict) -> list[int]:
    spec = pod.get("spec") or {}
    return [
        port["hostPort"]
        for entry in spec.get("containers") or []
        for port in entry.get("ports") or []
        if port.get("hostPort")
    ]


def _apart_by_node(pod: dict) -> bool:
    """Whether an anti-affinity that the scheduler must keep is one between the nodes of its own kind of pods."""
    rules = ((pod["spec"].get("affinity") or {}).get("podAntiAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    return any(
        rule.get("topologyKey") == "kubernetes.io/hostname"
        and matches(rule.get("labelSelector"), pod["metadata"].get("labels"))
        for rule in rules or []
    )


def no_room_now(snapshot: Snapshot) -> Iterator[Detection]:
    """All other pods: a node that fits exists, but it is full, cordoned or not ready at the moment."""
    for pod, message in unschedulable(snapshot):
        yield of_pod(pod, message)

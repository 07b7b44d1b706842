# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that ended as a whole: evicted, preempted, refused by a kubelet, over a limit of their own. Pure.

Their objects stay for weeks. Those from before the wait, and those of a rollout that is complete, are no fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.rollout import disruption
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    SOME_PODS_GRACE,
    Detection,
    Detector,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, is_dead

EVICTED = re.compile(r"^(?:Evicted|Preempting|Preempted|NodeShutdown|Shutdown|Terminated|NodeLost|)$")
# A kubelet may refuse a pod by accident, where the scheduler knew an older state of the node.
REFUSED_GRACE = 10.0


def reason(pod: dict) -> str:
    return (pod.get("status") or {}).get("reason") or ""


def text(pod: dict) -> str:
    return f"{reason(pod) or pod['status']['phase']}: {pod['status'].get('message', '')}"


def of_this_rollout(snapshot: Snapshot) -> list:
    """The dead pods that count, oldest first."""
    if snapshot.ready_new >= snapshot.desired:
        return []
    return [pod for pod in snapshot.dead_pods if not snapshot.died_before(pod)]


def last_on_a_node(snapshot: Snapshot) -> dict | None:
    """Of all pods that a kubelet has decided on, the youngest: if that one lives, the trouble is over."""
    decided = [pod for pod in snapshot.new_pods if (pod.get("status") or {}).get("startTime")]
    pods = sorted([*snapshot.dead_pods, *decided], key=lambda pod: pod["metadata"].get("creationTimestamp", ""))
    return pods[-1] if pods else None


def _of(first: dict, last: dict, message: str, grace: float | None) -> Detection:
    """Named by the first of them, so that it stays one finding while Kubernetes replaces pod after pod."""
    return Detection(label(first), short(message), last["metadata"]["name"], None, grace)


def evicted(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that had to go because of their node. The controller has created others."""
    pods = [pod for pod in of_this_rollout(snapshot) if EVICTED.match(reason(pod))]
    if pods:
        yield _of(pods[0], pods[-1], text(pods[-1]), None)


def refused_for(why: str) -> Detector:
    """Pods that kubelets do not run, for this reason of theirs."""

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        if any(reason(pod) == why for pod in of_this_rollout(snapshot)[-1:]):
            yield from refused_by_node(snapshot)

    return find


def refused_by_node(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that kubelets do not run. They are replaced at once, so there may be hundreds a minute."""
    pods = [pod for pod in of_this_rollout(snapshot) if not EVICTED.match(reason(pod))]
    last = last_on_a_node(snapshot)
    if not pods or not is_dead(last):
        return
    times = f" ({len(pods)} pods)" if len(pods) > 1 else ""
    at_once = snapshot.desired + disruption.surge(snapshot.deployment, snapshot.desired)
    grace = 0.0 if len(pods) >= 2 * at_once else REFUSED_GRACE
    yield _of(pods[0], pods[-1], text(pods[-1]) + times, grace)


def over_limit(message: str) -> Detector:
    """Pods that were evicted because of a limit of their own, by the kubelet's message. The next one will be too."""
    matching = re.compile(message)

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        pods = [pod for pod in of_this_rollout(snapshot) if matching.search(text(pod))]
        if pods:
            grace = SOME_PODS_GRACE if snapshot.ready_new else 0.0
            yield _of(pods[0], pods[-1], pods[-1]["status"].get("message", ""), grace)

    return find

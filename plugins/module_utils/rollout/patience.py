# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a rollout is waited for: as long as it advances, up to a total. Pure.

It advances when more pods than ever have got so far: created, scheduled, image pulled, started, ready, available; or
when fewer old pods than ever are left. A pod that starts again and again, or is replaced, is no advance.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    container_statuses,
    is_ready,
    is_true,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout import disruption
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import has_run
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot


@dataclass(frozen=True)
class Reached:
    """The most that was ever seen of each: pods of the new revision, or their containers.

    ``left``: the fewest old pods, negative, so that more is further here too.
    """

    created: int = 0
    scheduled: int = 0
    set_up: int = 0
    pulled: int = 0
    begun: int = 0
    initialized: int = 0
    started: int = 0
    ready: int = 0
    available: int = 0
    left: int = -(10**9)

    def further(self, other: Reached) -> Reached:
        return Reached(*map(max, astuple(self), astuple(other)))


def reached(snapshot: Snapshot) -> Reached:
    """How far the rollout is at this moment."""
    pods = snapshot.new_pods
    statuses = [status for pod in pods for status in container_statuses(pod)]
    return Reached(
        created=len(pods),
        scheduled=sum(is_true(pod, "PodScheduled") for pod in pods),
        set_up=sum(is_true(pod, "PodReadyToStartContainers") for pod in pods),
        pulled=sum(bool(status.get("imageID")) for status in statuses),
        begun=sum(has_run(status) for status in statuses),
        initialized=sum(is_true(pod, "Initialized") for pod in pods),
        started=sum(bool(status.get("started")) for status in statuses),
        ready=sum(is_ready(pod) for pod in pods),
        available=_available(snapshot),
        left=-len(snapshot.old_pods) if snapshot.observed else Reached.left,
    )


def _available(snapshot: Snapshot) -> int:
    status = (snapshot.deployment or {}).get("status") or {}
    return min(status.get("availableReplicas", 0), status.get("updatedReplicas", 0)) if snapshot.observed else 0


def total(snapshot: Snapshot, patience: float) -> float:
    """Seconds that a rollout may take in all where nobody says: its patience for each wave of new pods, and once more
    for the old pods to end."""
    if snapshot.deployment is None:
        return patience * 2
    waves = disruption.waves(snapshot.deployment, snapshot.desired)
    return patience * (waves + 1) + _least_ready(snapshot) * waves


def granted(snapshot: Snapshot, patience: float) -> float:
    """Seconds without progress that are waited for now: while ready pods have to stay so for minReadySeconds, nothing
    else can be seen of them."""
    is_counted = snapshot.observed and snapshot.ready_new > _available(snapshot)
    return patience + _least_ready(snapshot) if is_counted else patience


def _least_ready(snapshot: Snapshot) -> float:
    return ((snapshot.deployment or {}).get("spec") or {}).get("minReadySeconds") or 0

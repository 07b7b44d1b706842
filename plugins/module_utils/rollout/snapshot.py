# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a rollout at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    epoch,
    is_ready,
    owned_by,
    revision,
)

EVENT_SLACK = 5.0


@dataclass
class Snapshot:
    """Plain API objects and the moment the wait began.

    ``nodes`` is None until a detector needs them; ``autoscaler`` is present, absent or unknown. ``services`` are those
    of the release; ``trouble`` says why the objects may be out of date.
    """

    deployment: dict | None
    replicasets: list = field(default_factory=list)
    pods: list = field(default_factory=list)
    events: list = field(default_factory=list)
    services: list = field(default_factory=list)
    endpointslices: list = field(default_factory=list)
    nodes: list | None = None
    autoscaler: str = "unknown"
    started: float = 0.0
    trouble: str = ""

    @cached_property
    def desired(self) -> int:
        replicas = (self.deployment or {}).get("spec", {}).get("replicas")
        return 1 if replicas is None else replicas

    @cached_property
    def observed(self) -> bool:
        """Whether the controller has seen the present Deployment; before that, its status is of an earlier one."""
        status = (self.deployment or {}).get("status") or {}
        return status.get("observedGeneration", 0) >= (self.deployment or {}).get("metadata", {}).get("generation", 1)

    @cached_property
    def owned_replicasets(self) -> list:
        uid = (self.deployment or {}).get("metadata", {}).get("uid")
        return [entry for entry in self.replicasets if uid and owned_by(entry, uid)]

    @cached_property
    def new_replicaset(self) -> dict | None:
        """The ReplicaSet of the Deployment's present template: owned by it and carrying its revision number."""
        if not self.deployment or not self.observed:
            return None
        for entry in self.owned_replicasets:
            if revision(entry) and revision(entry) == revision(self.deployment):
                return entry
        return None

    @cached_property
    def new_pods(self) -> list:
        """Pods of the new ReplicaSet that are not terminating, oldest first."""
        if not self.new_replicaset:
            return []
        return sorted(
            (pod for pod in self._pods_of([self.new_replicaset]) if not pod["metadata"].get("deletionTimestamp")),
            key=lambda pod: (pod["metadata"].get("creationTimestamp", ""), pod["metadata"]["name"]),
        )

    @cached_property
    def old_pods(self) -> list:
        return self._pods_of([entry for entry in self.owned_replicasets if entry is not self.new_replicaset])

    @cached_property
    def ready_new(self) -> int:
        return sum(1 for pod in self.new_pods if is_ready(pod))

    @cached_property
    def ready_old(self) -> int:
        return sum(1 for pod in self.old_pods if is_ready(pod))

    def _pods_of(self, replicasets: list) -> list:
        uids = {entry["metadata"]["uid"] for entry in replicasets}
        return [pod for pod in self.pods if any(owned_by(pod, uid) for uid in uids)]

    def events_of(self, obj: dict) -> list:
        """Events about that very object (by uid), oldest first.

        All events of a pod, which belongs to one rollout only; of longer-lived objects, those since the wait began.
        """
        found = self._events_by_uid.get(obj["metadata"].get("uid"), [])
        if obj.get("kind") != "Pod":
            found = [event for event in found if (when(event) or 0) >= self.started - EVENT_SLACK]
        return found

    @cached_property
    def _events_by_uid(self) -> dict:
        """Found once for all rules: a kubelet that refuses every pod leaves thousands of events."""
        found: dict = {}
        for event in sorted(self.events, key=lambda event: when(event) or 0):
            found.setdefault((event.get("involvedObject") or {}).get("uid"), []).append(event)
        return found


def when(event: dict) -> float | None:
    """The last time an event was seen, in epoch seconds."""
    series = event.get("series") or {}
    for stamp in (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime")):
        if stamp:
            return epoch(stamp)
    return epoch(event["metadata"].get("creationTimestamp"))


def count(event: dict) -> int:
    return (event.get("series") or {}).get("count") or event.get("count") or 1

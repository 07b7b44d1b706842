# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a rollout at one moment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    condition,
    container_statuses,
    epoch,
    is_ready,
    owned_by,
    revision,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.made_from import is_made_from

_DEAD = ("Failed", "Succeeded")
_REPLICASET_NAMED = re.compile(r'replica ?set "([^"]+)"', re.IGNORECASE)


@dataclass
class Snapshot:
    """Plain API objects at one moment.

    ``nodes`` is None until a detector needs them; ``autoscaler`` is present, absent or unknown. ``services`` are those
    of the release; ``trouble`` says why the objects may be out of date. ``taken``: epoch seconds by the API server's
    clock, 0 where none is known. ``before``: what happened before the wait began and is no fault of this rollout, see
    ``history``. ``logs``: the last lines of containers that crashed, by ``key``. ``unread``: what may not be read, by
    plural, such as "events", with the API server's answer; what it would have said is unknown.
    ``secret_makers``: by the names of Secrets, the objects of the release that make them. ``existed``: the label
    of the Deployment once it has been there. ``services_now``: by name, Services of the release that seem to lead
    nowhere, as they were read again; None for one that is gone. ``least``: the pods that the set asks for, where an
    autoscaler may ask for more; None where it asks for a number.
    """

    deployment: dict | None
    replicasets: list = field(default_factory=list)
    pods: list = field(default_factory=list)
    events: list = field(default_factory=list)
    services: list = field(default_factory=list)
    endpointslices: list = field(default_factory=list)
    nodes: list | None = None
    autoscaler: str = "unknown"
    taken: float = 0.0
    trouble: str = ""
    before: dict = field(default_factory=dict)
    logs: dict = field(default_factory=dict)
    unread: dict = field(default_factory=dict)
    secret_makers: dict = field(default_factory=dict)
    existed: str = ""
    services_now: dict = field(default_factory=dict)
    least: int | None = None

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
        """The ReplicaSet of the Deployment's present template: owned by it and carrying its revision number.

        Where ReplicaSets may not be read, the one that the Deployment's status names: its name, and the uid by which
        its pods name it.
        """
        if not self.deployment or not self.observed:
            return None
        if "replicasets" in self.unread:
            return self._named_replicaset
        for entry in self.owned_replicasets:
            if revision(entry) and revision(entry) == revision(self.deployment):
                return entry
        return None

    @cached_property
    def _named_replicaset(self) -> dict | None:
        named = _REPLICASET_NAMED.search(condition(self.deployment, "Progressing").get("message", ""))
        template = self.deployment["spec"]["template"]
        # The condition may still name the one before: only its pods say which it is.
        made = [pod for pod in self.pods if is_made_from(pod, template)]
        owners = [ref for pod in made for ref in pod["metadata"].get("ownerReferences") or []]
        uid = next((ref["uid"] for ref in owners if named and ref.get("name") == named.group(1)), None)
        return {"kind": "ReplicaSet", "metadata": {"name": named.group(1), "uid": uid}} if uid else None

    @cached_property
    def new_pods(self) -> list:
        """Pods of the new ReplicaSet that live: neither terminating nor ended as a whole. Oldest first."""
        return [pod for pod in self._of_new_replicaset if not is_dead(pod) and not is_terminating(pod)]

    @cached_property
    def dead_pods(self) -> list:
        """Pods of the new ReplicaSet that ended as a whole (evicted, refused by a kubelet), oldest first.

        Kubernetes has replaced them and leaves the objects for a person to read; they may be weeks old.
        """
        return [pod for pod in self._of_new_replicaset if is_dead(pod)]

    @cached_property
    def _of_new_replicaset(self) -> list:
        if not self.new_replicaset:
            return []
        return sorted(
            self._pods_of([self.new_replicaset]),
            key=lambda pod: (pod["metadata"].get("creationTimestamp", ""), not is_dead(pod), pod["metadata"]["name"]),
        )

    @cached_property
    def old_pods(self) -> list:
        if "replicasets" in self.unread:
            new = {pod["metadata"]["uid"] for pod in self._of_new_replicaset}
            return [pod for pod in self.pods if pod["metadata"]["uid"] not in new]
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
        """Events about that very object (by uid), oldest first."""
        return self._events_by_uid.get(obj["metadata"].get("uid"), [])

    def new_events_of(self, obj: dict) -> list:
        """Those of them that happened, or happened again, since the wait began."""
        return [event for event in self.events_of(obj) if self.times(event) > 0]

    def times(self, event: dict) -> int:
        """How often an event has happened since the wait began."""
        return count(event) - (self.before.get("events") or {}).get(event["metadata"].get("uid"), 0)

    def restarts(self, pod: dict, status: dict) -> int:
        """How often a container has been restarted since the wait began."""
        return status.get("restartCount", 0) - (self.before.get("restarts") or {}).get(key(pod, status["name"]), 0)

    def died_before(self, pod: dict) -> bool:
        return pod["metadata"]["uid"] in (self.before.get("dead") or [])

    def age(self, stamp: str | None) -> float | None:
        """Seconds since that time; None when there is none."""
        began = epoch(stamp)
        return None if began is None else max(0.0, self.taken - began)

    def log(self, pod: dict, container: str) -> str:
        """The last lines of a container that crashed; "" where there are none or they may not be read."""
        return self.logs.get(key(pod, container), "")

    @cached_property
    def _events_by_uid(self) -> dict:
        """Found once for all rules: a kubelet that refuses every pod leaves thousands of events."""
        found: dict = {}
        for event in sorted(self.events, key=lambda event: when(event) or 0):
            found.setdefault((event.get("involvedObject") or {}).get("uid"), []).append(event)
        return found


def key(pod: dict, container: str) -> str:
    return f"{pod['metadata']['uid']}/{container}"


def is_dead(pod: dict) -> bool:
    """Whether it ended as a whole and will not run again."""
    return (pod.get("status") or {}).get("phase") in _DEAD


def is_terminating(pod: dict) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def gave_up(deployment: dict) -> bool:
    """Whether the controller has waited progressDeadlineSeconds without progress."""
    progressing = condition(deployment, "Progressing")
    return progressing.get("reason") == "ProgressDeadlineExceeded" and progressing.get("status") != "True"


def history(snapshot: Snapshot) -> dict:
    """What happened before this snapshot, for ``before`` of the later ones.

    ``{"events": {uid: times}, "restarts": {key: times}, "dead": [uid], "gave_up": time}``. Of a pod that is up, its
    restarts and its events are over. Of one that is down or has not started yet, they are about what it is in now, and
    count. ``gave_up``: when the controller did, in an earlier rollout of the same pods.
    """
    up = {pod["metadata"]["uid"] for pod in snapshot.pods if _is_up(pod)}
    stalled = snapshot.deployment is not None and gave_up(snapshot.deployment)
    return {
        "events": {
            event["metadata"].get("uid"): count(event)
            for event in snapshot.events
            if (event.get("involvedObject") or {}).get("uid") in up
        },
        "restarts": {
            key(pod, status["name"]): status.get("restartCount", 0)
            for pod in snapshot.pods
            for status in container_statuses(pod)
            if "running" in (status.get("state") or {})
        },
        "dead": [pod["metadata"]["uid"] for pod in snapshot.pods if is_dead(pod)],
        "gave_up": condition(snapshot.deployment, "Progressing").get("lastUpdateTime") if stalled else None,
    }


def _is_up(pod: dict) -> bool:
    containers = (pod.get("status") or {}).get("containerStatuses") or []
    return bool(containers) and all("running" in (status.get("state") or {}) for status in containers)


def when(event: dict) -> float | None:
    """The last time an event was seen, in epoch seconds."""
    series = event.get("series") or {}
    for stamp in (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime")):
        if stamp:
            return epoch(stamp)
    return epoch(event["metadata"].get("creationTimestamp"))


def count(event: dict) -> int:
    return (event.get("series") or {}).get("count") or event.get("count") or 1

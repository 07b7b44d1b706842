# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long what runs has to run before it counts. One that crashes at once is "ready" until it does. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import condition, epoch
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

# Seconds: a program that lacks a file, a module or a right ends sooner.
PROVEN_AFTER = 10
# Seconds: the longest that a container has to run which was started again.
LONGEST_PROOF = 60


def unproven(snapshot: Snapshot) -> str:
    """Of a rollout: a container that is ready only because nothing asks it, and has just started; "" for none.
    minReadySeconds, where it is set, is the user's own wait."""
    if not snapshot.taken or snapshot.deployment["spec"].get("minReadySeconds"):
        return ""
    unprobed = _unprobed(snapshot)
    started = [status for pod in snapshot.new_pods for status in _statuses(pod) if status["name"] in unprobed]
    return next((status["name"] for status in started if _left(snapshot, status, PROVEN_AFTER) > 0), "")


def seconds_left(snapshot: Snapshot) -> float:
    """Of what stands: until all of its pods count as serving; 0 where they do, and where nothing stands. A container
    that was started again has to run longer than it did before."""
    if not snapshot.taken or snapshot.deployment is None:
        return 0
    least = snapshot.deployment["spec"].get("minReadySeconds") or 0
    unprobed = set() if least else _unprobed(snapshot)
    left = [0.0]
    for pod in snapshot.new_pods:
        ready = snapshot.age(condition(pod, "Ready").get("lastTransitionTime"))
        left += [] if ready is None else [least - ready]
        left += [
            _left(snapshot, status, max(PROVEN_AFTER if status["name"] in unprobed else 0, _last_life(status)))
            for status in _statuses(pod)
        ]
    return max(left)


def _unprobed(snapshot: Snapshot) -> set[str]:
    spec = snapshot.deployment["spec"]["template"]["spec"]
    return {entry["name"] for entry in [*spec["containers"], *_sidecars(spec)] if not entry.get("readinessProbe")}


def _sidecars(spec: dict) -> list[dict]:
    """Init containers that go on running beside the others."""
    return [entry for entry in spec.get("initContainers") or [] if entry.get("restartPolicy") == "Always"]


def _statuses(pod: dict) -> list[dict]:
    """Of the containers that go on running."""
    sidecars = {entry["name"] for entry in _sidecars(pod.get("spec") or {})}
    status = pod.get("status") or {}
    begun = [entry for entry in status.get("initContainerStatuses") or [] if entry["name"] in sidecars]
    return [*begun, *(status.get("containerStatuses") or [])]


def _left(snapshot: Snapshot, status: dict, needed: float) -> float:
    """Seconds that a running container has to go on; 0 for one that does not run, which is not ready anyway."""
    age = snapshot.age((status.get("state") or {}).get("running", {}).get("startedAt"))
    return 0 if age is None else max(needed - age, 0)


def _last_life(status: dict) -> float:
    """How many seconds a container ran before it was started again, LONGEST_PROOF at most; 0 where it never was."""
    ended = (status.get("lastState") or {}).get("terminated") or {}
    began, end = epoch(ended.get("startedAt")), epoch(ended.get("finishedAt"))
    return 0 if began is None or end is None else min(max(end - began, 0) + 1, LONGEST_PROOF)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a snapshot says of events, also where a kubelet refuses every pod and Kubernetes makes hundreds."""

from __future__ import annotations

import time

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.rollout import snapshot as snapshot_module
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

STARTED = 1_800_000_000.0
REPLICASET = {
    "kind": "ReplicaSet",
    "metadata": {"name": "shop-1", "uid": "rs", "annotations": {"deployment.kubernetes.io/revision": "1"}},
    "spec": {"replicas": 2},
}
REPLICASET["metadata"]["ownerReferences"] = [{"uid": "deployment", "controller": True}]
DEPLOYMENT = {
    "kind": "Deployment",
    "metadata": {
        "name": "shop",
        "uid": "deployment",
        "generation": 1,
        "annotations": {"deployment.kubernetes.io/revision": "1"},
    },
    "spec": {"replicas": 2},
    "status": {"observedGeneration": 1},
}


def event(uid: str, reason: str, seconds: float) -> dict:
    """``seconds``: after the start of the wait."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(STARTED + seconds))
    about = {"involvedObject": {"uid": uid}, "metadata": {"uid": f"{uid}.{reason}", "creationTimestamp": stamp}}
    return {"reason": reason, "lastTimestamp": stamp, "message": reason, **about}


def pod(number: int) -> dict:
    return {
        "kind": "Pod",
        "metadata": {
            "name": f"shop-{number}",
            "uid": f"pod{number}",
            "ownerReferences": [{"uid": "rs", "controller": True}],
        },
        "spec": {"containers": [{"name": "api"}]},
        "status": {"phase": "Failed", "reason": "NobodyKnows", "message": "refused"},
    }


def reasons(snapshot: Snapshot, obj: dict) -> list[str]:
    return [entry["reason"] for entry in snapshot.events_of(obj)]


def test_events_of_an_object_come_in_the_order_of_time():
    events = [event("pod1", "Third", 30), event("pod1", "First", 10), event("pod2", "Other", 15)]
    snapshot = Snapshot(None, events=[*events, event("pod1", "Second", 20)])
    assert reasons(snapshot, pod(1)) == ["First", "Second", "Third"]
    assert reasons(snapshot, pod(3)) == []


def up(number: int, restarts: int = 0, state: str = "running") -> dict:
    found = pod(number)
    found["status"] = {
        "phase": "Running",
        "containerStatuses": [{"name": "api", "restartCount": restarts, "state": {state: {}}}],
    }
    return found


def test_of_a_pod_that_is_up_what_happened_before_is_history():
    before = Snapshot(None, pods=[up(1, restarts=2)], events=[{**event("pod1", "Killing", 10), "count": 2}])
    history = snapshot_module.history(before)
    again = {**before.events[0], "count": 3}
    assert Snapshot(None, before.pods, events=before.events, before=history).new_events_of(pod(1)) == []
    later = Snapshot(None, events=[again, event("pod1", "Unhealthy", 20)], before=history)
    assert [entry["reason"] for entry in later.new_events_of(pod(1))] == ["Killing", "Unhealthy"]
    assert later.times(again) == 1
    assert later.restarts(up(1), up(1, restarts=3)["status"]["containerStatuses"][0]) == 1


@pytest.mark.parametrize("state", ["waiting", "terminated"])
def test_of_a_pod_that_is_down_everything_counts(state):
    before = Snapshot(None, pods=[up(1, 4, state)], events=[event("pod1", "BackOff", 10)])
    later = Snapshot(None, events=before.events, before=snapshot_module.history(before))
    assert [entry["reason"] for entry in later.new_events_of(pod(1))] == ["BackOff"]
    assert later.restarts(pod(1), before.pods[0]["status"]["containerStatuses"][0]) == 4


def test_pods_that_ended_as_a_whole_are_not_new_pods():
    evicted, serving = pod(1), up(2)
    taken = Snapshot(DEPLOYMENT, replicasets=[REPLICASET], pods=[evicted, serving])
    assert (taken.new_pods, taken.dead_pods) == ([serving], [evicted])
    assert Snapshot(None, before=snapshot_module.history(taken)).died_before(evicted)


def test_a_thousand_refused_pods_are_judged_within_a_second():
    pods = [pod(number) for number in range(1000)]
    events = [
        event(f"pod{number}", reason, number / 10) for number in range(1000) for reason in ("Scheduled", "Refused")
    ]
    snapshot = Snapshot(DEPLOYMENT, replicasets=[REPLICASET], pods=pods, events=events)
    began = time.process_time()
    verdict = rollout_verdict.judge(snapshot, 0.0)
    assert time.process_time() - began < 1
    assert verdict.progress["desired"] == 2
    assert len(snapshot.dead_pods) == 1000

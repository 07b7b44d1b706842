# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a snapshot says of events, also where a kubelet refuses every pod and Kubernetes makes hundreds."""

from __future__ import annotations

import time

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
    about = {"involvedObject": {"uid": uid}, "metadata": {"creationTimestamp": stamp}}
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
    snapshot = Snapshot(None, events=[*events, event("pod1", "Second", 20)], started=STARTED)
    assert reasons(snapshot, pod(1)) == ["First", "Second", "Third"]
    assert reasons(snapshot, pod(3)) == []


def test_earlier_events_count_for_a_pod_and_not_for_what_lives_longer():
    events = [event("pod1", "Earlier", -60), event("rs", "Earlier", -60), event("rs", "JustBefore", -3)]
    snapshot = Snapshot(None, events=events, started=STARTED)
    assert reasons(snapshot, pod(1)) == ["Earlier"]
    assert reasons(snapshot, REPLICASET) == ["JustBefore"]


def test_a_thousand_refused_pods_are_judged_within_a_second():
    pods = [pod(number) for number in range(1000)]
    events = [
        event(f"pod{number}", reason, number / 10) for number in range(1000) for reason in ("Scheduled", "Refused")
    ]
    snapshot = Snapshot(DEPLOYMENT, replicasets=[REPLICASET], pods=pods, events=events, started=STARTED)
    began = time.process_time()
    verdict = rollout_verdict.judge(snapshot, 0.0)
    assert time.process_time() - began < 1
    assert verdict.progress["desired"] == 2
    assert len(snapshot.new_pods) == 1000

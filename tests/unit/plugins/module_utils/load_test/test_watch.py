# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watch: points while there is load, and until the replicas are back."""

from __future__ import annotations

import time

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.load_test import watch
from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts
from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard

UID = "deployment-uid"


def owner(uid: str) -> list:
    return [{"uid": uid}]


def snapshot(desired: int, ready: int, restarts: int = 0, rollout: int = 1) -> ScalingSnapshot:
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
    }
    current = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 42}}}
    hpa = {
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "api"}, "maxReplicas": 10, "metrics": [metric]},
        "status": {"desiredReplicas": desired, "currentMetrics": [current]},
    }
    pods = [
        {
            "metadata": {
                "uid": f"pod-{number}",
                "name": f"pod-{number}",
                "labels": {"app": "api"},
                "ownerReferences": owner("set-uid"),
            },
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"name": "server", "restartCount": restarts}],
            },
        }
        for number in range(ready)
    ]
    replicaset = {
        "metadata": {
            "uid": "set-uid",
            "ownerReferences": owner(UID),
            "annotations": {"deployment.kubernetes.io/revision": str(rollout)},
        }
    }
    target = {"metadata": {"uid": UID}, "spec": {}}
    return ScalingSnapshot(
        hpa, target=target, scale={"status": {"selector": "app=api"}}, replicasets=[replicaset], pods=pods
    )


class Reader:
    """Gives one snapshot after the other, the last one for ever."""

    def __init__(self, *snapshots: ScalingSnapshot):
        self.snapshots = list(snapshots)

    def read_changing(self, _before: ScalingSnapshot) -> ScalingSnapshot:
        return self.snapshots.pop(0) if len(self.snapshots) > 1 else self.snapshots[0]


class Generators:
    """Ends after so many polls."""

    def __init__(self, polls: int):
        self.polls, self.start = polls, time.time()

    def began(self) -> float:
        return self.start

    def poll(self) -> list[Heard]:
        self.polls -= 1
        return [Heard()]

    def ended(self) -> bool:
        return self.polls <= 0

    def result(self) -> list[Heard]:
        return [Heard(total=Counts.of({"requests": 7}))]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(watch, "EVERY", 0.01)
    monkeypatch.setattr(watch, "EVERY_FALLING", 0.01)


def watched(reader: Reader, polls: int, fall_timeout: float):
    return watch.Watch(reader, snapshot(3, 3), Generators(polls), 10.0, Progress("")).run(fall_timeout)


def test_until_the_replicas_are_back():
    reader = Reader(snapshot(3, 3), snapshot(6, 3), snapshot(6, 6), snapshot(6, 6), snapshot(3, 4), snapshot(3, 3))
    seen = watched(reader, 3, 20.0)
    assert [(point.desired, point.ready) for point in seen.points] == [(3, 3), (6, 3), (6, 6), (6, 6), (3, 4), (3, 3)]
    assert (seen.before, seen.full, seen.total.requests) == (3, 10.0, 7)
    assert seen.points[0].utilization == 42


def test_no_longer_than_it_is_asked_to():
    seen = watched(Reader(snapshot(6, 6)), 1, 0.1)
    assert seen.points[-1].desired == 6
    assert seen.points[-1].at < 5


def test_restarts_and_rollouts_are_noticed():
    reader = Reader(
        snapshot(3, 3), snapshot(3, 3, restarts=1), snapshot(3, 2, restarts=1), snapshot(3, 3, restarts=1, rollout=2)
    )
    seen = watched(reader, 3, 0.0)
    assert [point.restarts for point in seen.points] == [0, 3, 3, 3]
    assert [point.rollout for point in seen.points] == [1, 1, 1, 2]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that ended as a whole, while a rollout is not complete."""

from __future__ import annotations

import pytest
from rollout_objects import deployment, pod, snapshot, waits

from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict

NOT_YET = deployment(availableReplicas=0)
OVER = 'Usage of EmptyDir volume "models" exceeds the limit "2Gi". '


def dead(name: str, reason: str, message: str = "", created: str = "2026-01-01T00:00:01Z") -> dict:
    found = pod(name, ready=False)
    found["metadata"]["creationTimestamp"] = created
    found["status"] = {"phase": "Failed", "reason": reason, "message": message}
    return found


def alive(name: str, created: str, ready: bool = False) -> dict:
    found = pod(name, ready=ready)
    found["metadata"]["creationTimestamp"] = created
    found["status"]["startTime"] = created
    return found


def verdict_of(*pods: dict, seconds: float = 0, **fields):
    return waits(snapshot(list(pods), deployment=NOT_YET, **fields), seconds)


@pytest.mark.parametrize("reason", ["OutOfcpu", "OutOfpods", "NodeAffinity", "UnexpectedAdmissionError", "NodePorts"])
def test_a_kubelet_that_refuses_pod_after_pod(reason):
    """Each of the three that may exist at once has been refused twice."""
    pods = [dead(name, reason, "Node didn't have enough resource") for name in "abcdef"]
    assert verdict_of(*pods[1:]).state == "waiting"
    verdict = verdict_of(*pods)
    assert (verdict.state, verdict.findings[0].reason) == ("failed", "RefusedByNode")
    assert verdict.findings[0].message.endswith("(6 pods)")


def test_refused_once_and_then_accepted_is_no_fault():
    """The scheduler knew an older state of the node."""
    accepted = alive("b", "2026-01-01T00:00:02Z")
    verdict = verdict_of(dead("a", "OutOfcpu"), accepted, seconds=200)
    assert (verdict.state, verdict.findings) == ("waiting", [])


def test_refused_once_and_nothing_since():
    assert verdict_of(dead("a", "OutOfcpu"), seconds=5).state == "waiting"
    verdict = verdict_of(dead("a", "OutOfcpu"), seconds=11)
    assert (verdict.state, verdict.findings[0].reason) == ("failed", "RefusedByNode")


@pytest.mark.parametrize("reason", ["Evicted", "Preempting", "Terminated", "NodeShutdown"])
def test_a_pod_that_had_to_go_is_replaced(reason):
    verdict = verdict_of(dead("a", reason, "The node was low on resource: memory."), seconds=200)
    assert (verdict.state, verdict.findings[0].reason) == ("waiting", "Evicted")


@pytest.mark.parametrize(
    ("message", "reason", "variable"),
    [
        (OVER, "VolumeOverLimit", "model_serving_models_size_limit"),
        ('Usage of EmptyDir volume "tmp" exceeds the limit "256Mi". ', "VolumeOverLimit", "sizeLimit"),
        (
            "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ",
            "StorageOverLimit",
            "ephemeral",
        ),
        ('Container api exceeded its local ephemeral storage limit "1Gi". ', "StorageOverLimit", "ephemeral"),
    ],
)
def test_a_limit_of_its_own_is_named_with_its_variable(message, reason, variable):
    verdict = verdict_of(dead("a", "Evicted", message), alive("b", "2026-01-01T00:00:02Z"))
    assert (verdict.state, verdict.findings[0].reason) == ("failed", reason)
    assert variable in verdict.findings[0].remedy


def test_over_its_limit_while_others_are_ready_may_be_an_accident():
    pods = [dead("a", "Evicted", OVER), alive("b", "2026-01-01T00:00:02Z", ready=True), pod("c", ready=False)]
    assert verdict_of(*pods, seconds=30).state == "waiting"
    assert verdict_of(*pods, seconds=61).state == "failed"


def test_dead_pods_from_before_are_no_fault():
    verdict = verdict_of(dead("a", "Evicted", OVER), pod("b", ready=False), seconds=200, before={"dead": ["a"]})
    assert (verdict.state, verdict.findings) == ("waiting", [])


def test_dead_pods_of_a_complete_rollout_are_no_fault():
    taken = snapshot([dead("x", "OutOfcpu"), pod("a"), pod("b")])
    assert rollout_verdict.judge(taken, 0).state == "done"
    assert [entry["metadata"]["name"] for entry in taken.dead_pods] == ["x"]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that are well, and that a load balancer holds back."""

from __future__ import annotations

import pytest
from rollout_objects import POD_SPEC, deployment, pod, snapshot

from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors import gates

AWS = gates.AWS + "k8s-ml-modelapi-0123456789"
NOT_HEALTHY = {
    "reason": "LoadBalancerNegNotReady",
    "message": "Waiting for pod to become healthy in at least one of the NEG(s): [k8s1-ml-model-api-80-1]",
}


def gated(gate: str, status: str | None, containers: str = "True", **words: str) -> dict:
    """A pod that is not ready. ``status``: of the gate's condition, None where nobody has set it."""
    found = [{"type": "ContainersReady", "status": containers}]
    found += [{"type": gate, "status": status, **words}] if status else []
    spec = {**POD_SPEC, "readinessGates": [{"conditionType": gate}]}
    held = pod("a", ready=False, spec=spec, conditions=found)
    held["status"]["containerStatuses"][0]["ready"] = containers == "True"
    return held


def found(*pods: dict) -> list[tuple[str, str]]:
    status = deployment(updatedReplicas=len(pods), availableReplicas=0)
    verdict = rollout_verdict.judge(snapshot(list(pods), deployment=status), 30)
    assert verdict.state == rollout_verdict.WAITING
    return [(entry.reason, entry.message) for entry in verdict.findings]


def test_a_pod_that_googles_load_balancer_does_not_see_healthy_yet():
    reason, message = found(gated(gates.GKE, "False", **NOT_HEALTHY))[0]
    assert reason == "LoadBalancerHoldsBack"
    assert message.startswith(f"its containers are ready, and the condition {gates.GKE} is not True")
    assert message.endswith(f"LoadBalancerNegNotReady: {NOT_HEALTHY['message']}")


def test_a_gate_that_nobody_has_set():
    assert found(gated(gates.GKE, None))[0][1].endswith("nobody has set it yet")
    assert found(gated("example.org/checked", None))[0][0] == "GateHoldsBack"


def test_a_target_group_of_aws():
    assert found(gated(AWS, "False", reason="Elb.InitialHealthChecking"))[0][0] == "LoadBalancerHoldsBack"


@pytest.mark.parametrize("held", [gated(gates.GKE, "True"), gated(gates.GKE, "False", containers="False")])
def test_a_gate_that_is_open_or_containers_that_are_not_ready_are_no_matter_of_gates(held):
    assert [*gates.held(snapshot([held]))] == []


def test_the_remedies_are_the_clouds_own():
    by_reason = {
        cloud: rollout_verdict.judge(snapshot([gated(gate, "False")], deployment=deployment(availableReplicas=0)), 5)
        for cloud, gate in (("gke", gates.GKE), ("aws", AWS))
    }
    remedies = {cloud: verdict.findings[0].remedy for cloud, verdict in by_reason.items()}
    assert "35.191.0.0/16" in remedies["gke"]
    assert "alb.ingress.kubernetes.io" in remedies["aws"]

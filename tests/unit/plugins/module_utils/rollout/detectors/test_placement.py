# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that want of a node what only one of them can have."""

from __future__ import annotations

import copy

import pytest
from rollout_objects import POD_SPEC, STARTED, deployment, pod, snapshot, waits

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import epoch

PORTS = "0/{} nodes are available: {} node(s) didn't have free ports for the requested pod ports."
APART = "0/{} nodes are available: {} node(s) didn't match pod anti-affinity rules."
SPEC = copy.deepcopy(POD_SPEC)
SPEC["containers"][0]["ports"] = [{"containerPort": 5000, "hostPort": 5999}]
TERM = {"labelSelector": {"matchLabels": {"app": "api"}}, "topologyKey": "kubernetes.io/hostname"}
SPEC["affinity"] = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [TERM]}}


def node(name: str, taints: tuple = ()) -> dict:
    return {
        "metadata": {"name": name, "labels": {}},
        "spec": {"taints": list(taints)},
        "status": {"allocatable": {"cpu": "8"}},
    }


def on(name: str, where: str, owner: str = "new", **fields) -> dict:
    found = pod(name, owner=owner, spec=dict(SPEC, nodeName=where), **fields)
    found["metadata"]["labels"] = {"app": "api"}
    return found


def stuck(message: str) -> dict:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    found = pod("new", ready=False, spec=SPEC, conditions=[condition])
    found["metadata"]["labels"] = {"app": "api"}
    return found


def verdict_of(message: str, nodes: list, others: list, unavailable: int = 0, seconds: float = 5, **fields):
    wanted = deployment(availableReplicas=0)
    wanted["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": unavailable}}
    text = message.format(len(nodes), len(nodes))
    pods = [stuck(text), *others]
    taken = snapshot(pods, deployment=wanted, nodes=nodes, **{"autoscaler": "absent", **fields})
    return waits(taken, seconds)


@pytest.mark.parametrize(("message", "reason"), [(PORTS, "HostPortTaken"), (APART, "NodesTooFew")])
class TestOneOfThemANode:
    def test_more_pods_than_nodes_cannot_be(self, message, reason):
        verdict = verdict_of(message, [node("n1")], [on("first", "n1")])
        assert (verdict.state, verdict.findings[0].reason) == ("failed", reason)
        assert "2 pods are wanted, and 1 node can take one each" in verdict.findings[0].message

    def test_old_pods_that_stay_until_the_new_one_is_ready_cannot_be(self, message, reason):
        old = [on("old1", "n1", "old"), on("old2", "n2", "old")]
        verdict = verdict_of(message, [node("n1"), node("n2")], old)
        assert (verdict.state, verdict.findings[0].reason) == ("failed", reason)
        assert "maxUnavailable is 0" in verdict.findings[0].message

    def test_old_pods_that_go_first_are_waited_for(self, message, reason):
        old = [on("old1", "n1", "old"), on("old2", "n2", "old")]
        assert verdict_of(message, [node("n1"), node("n2")], old, unavailable=1, seconds=200).state == "waiting"

    def test_an_old_pod_that_terminates_is_waited_for(self, message, reason):
        old = [on("old1", "n1", "old"), on("old2", "n2", "old")]
        old[0]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:10Z"
        assert verdict_of(message, [node("n1"), node("n2")], old, seconds=200).state == "waiting"

    def test_a_node_without_one_of_them_is_waited_for(self, message, reason):
        """Another workload holds it there, and may let go."""
        old = [on("old1", "n1", "old")]
        assert verdict_of(message, [node("n1"), node("n2")], old, seconds=200).state == "waiting"

    def test_nodes_that_may_not_be_read_are_unknown(self, message, reason):
        verdict = verdict_of(message, [], [on("first", "n1")], seconds=200)
        assert verdict.state == "waiting"

    def test_a_node_that_may_come_is_waited_for(self, message, reason):
        others = [on("first", "n1")]
        assert verdict_of(message, [node("n1")], others, seconds=60, autoscaler="present").state == "waiting"
        assert verdict_of(message, [node("n1")], others, seconds=95, autoscaler="present").state == "failed"

    def test_a_node_that_is_not_for_them_does_not_count(self, message, reason):
        nodes = [node("n1"), node("control", ({"key": "gpu", "effect": "NoSchedule"},))]
        assert verdict_of(message, nodes, [on("first", "n1")]).findings[0].reason == reason


def test_the_port_is_named_while_it_is_waited_for():
    verdict = verdict_of(PORTS, [node("n1"), node("n2")], [], seconds=200)
    assert (verdict.state, verdict.findings[0].reason) == ("waiting", "HostPortTaken")
    assert "5999" in verdict.findings[0].message


def undecided(conditions: tuple = (), **spec) -> dict:
    found = pod("new", ready=False, spec={**POD_SPEC, **spec}, conditions=list(conditions))
    found["metadata"]["creationTimestamp"] = STARTED
    found["status"] = {"phase": "Pending", "conditions": list(conditions)}
    return found


GATED = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}


@pytest.mark.parametrize(
    ("stands", "reason", "says"),
    [
        (undecided((GATED,), schedulingGates=[{"name": "a.org/quota"}]), "SchedulingGated", "gate a.org/quota"),
        (undecided(schedulerName="mine"), "NotScheduled", "the scheduler mine has not looked at it"),
        (
            undecided(resourceClaims=[{"name": "gpu", "resourceClaimName": "nope"}]),
            "NotScheduled",
            "it needs ResourceClaim/nope",
        ),
        (undecided(nodeName="n9"), "NotTakenByNode", "the node n9 has not begun with it"),
    ],
)
def test_what_nobody_has_taken_is_named_and_fails_nothing(stands, reason, says):
    taken = snapshot([stands], deployment=deployment(availableReplicas=0), taken=epoch(STARTED) + 30)
    verdict = waits(taken, 500)
    assert (verdict.state, verdict.findings[0].reason) == ("waiting", reason)
    assert says in verdict.findings[0].message


def test_a_pod_that_was_made_just_now_is_no_finding():
    taken = snapshot([undecided()], deployment=deployment(availableReplicas=0), taken=epoch(STARTED) + 1)
    assert waits(taken, 0).findings == []


SPREAD = "0/{} nodes are available: {} node(s) didn't match pod topology spread constraints (missing required label)."


def test_a_label_to_spread_by_that_no_node_has():
    verdict = verdict_of(SPREAD, [node("n1")], [])
    assert (verdict.state, verdict.findings[0].reason) == ("failed", "NoNodeForSelector")
    assert "topologyKey" in verdict.findings[0].message + verdict.findings[0].remedy

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that heal by themselves: the release waits and succeeds."""

from __future__ import annotations

import copy
import time

import past
import pytest
import sets
from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

SLOT = "example.com/slot"


def succeeds(cluster: Cluster, objects: list, **arguments) -> dict:
    result = cluster.release(objects, **arguments)
    assert not result.get("failed"), result
    assert result["findings"] == []
    assert cluster.request()["content"].strip()
    return result


def with_memory_of_crash(objects: list) -> list:
    """Each pod crashes at its first start only; a file in a volume marks that it did."""
    script = f"test -e /memory/crashed || {{ touch /memory/crashed; echo fatal: not yet; exit 1; }}; {sets.SERVE}"
    changed = sets.changed(
        objects, command=["sh", "-c", script], volumeMounts=[{"name": "memory", "mountPath": "/memory"}]
    )
    sets.pod_of(changed)["volumes"] = [{"name": "memory", "emptyDir": {}}]
    return changed


@pytest.mark.timeout(180)
def test_one_crash_at_the_start(cluster: Cluster):
    succeeds(cluster, with_memory_of_crash(sets.healthy()))


@pytest.mark.thorough
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "startup", [{"startupProbe": sets.probe(failureThreshold=90)}, {}], ids=["startup probe", "none"]
)
def test_a_model_that_takes_a_minute_to_load(cluster: Cluster, startup: dict):
    slow = sets.changed(sets.healthy(replicas=1), command=["sh", "-c", f"sleep 60; {sets.SERVE}"], **startup)
    assert succeeds(cluster, slow, timeout=200)["rollout"]["seconds"] >= 60


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_a_model_that_takes_longer_than_anyone_would_guess(cluster: Cluster):
    """Two minutes, no startup probe: the progress deadline of ten minutes allows it."""
    slow = sets.changed(sets.healthy(replicas=1), command=["sh", "-c", f"sleep 110; {sets.SERVE}"])
    assert succeeds(cluster, slow, timeout=200)["rollout"]["seconds"] >= 110


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_six_pods_one_after_another_take_longer_than_the_timeout(cluster: Cluster):
    slow = sets.changed(sets.healthy(replicas=6), command=["sh", "-c", f"sleep 12; {sets.SERVE}"])
    succeeds(cluster, sets.healthy(replicas=6))
    assert succeeds(cluster, slow, timeout=40)["rollout"]["seconds"] >= 72


@pytest.mark.longer
@pytest.mark.timeout(240)
def test_pods_that_were_restarted_before(cluster: Cluster):
    objects = past.killed_once(sets.healthy())
    succeeds(cluster, objects)
    past.wait_until_killed(cluster)
    again = succeeds(cluster, past.beside_the_pods(objects))
    assert again["changed"]
    assert again["rollout"]["seconds"] < 10


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("reason", "message"), past.ENDS[:2], ids=[reason for reason, _message in past.ENDS[:2]])
def test_pods_that_ended_and_were_replaced(cluster: Cluster, reason: str, message: str):
    objects = sets.healthy()
    succeeds(cluster, objects)
    past.end_one(cluster, reason, message)
    again = succeeds(cluster, past.beside_the_pods(objects))
    assert again["rollout"]["ready"] == 2
    assert again["rollout"]["seconds"] < 10


@pytest.mark.thorough
@pytest.mark.timeout(180)
def test_a_node_that_has_room_after_twenty_seconds(cluster: Cluster):
    """The resource is one that no other workload requests, so nothing else is disturbed."""
    node = cluster.list("Node")[0]["metadata"]["name"]
    slot(cluster, node, "0")
    objects = sets.changed(sets.healthy(replicas=1), resources={"requests": {SLOT: "1"}, "limits": {SLOT: "1"}})
    run = cluster.start("release", name="shop", objects=objects, timeout=120)
    run.feed()
    time.sleep(20)
    slot(cluster, node, "4")
    result = run.finish(120)
    slot(cluster, node, None)
    assert not result.get("failed"), result
    assert cluster.request()["content"].strip() == "hello"


def slot(cluster: Cluster, node: str, number: str | None) -> None:
    change = {"status": {"capacity": {SLOT: number}, "allocatable": {SLOT: number}}}
    path = find("Node").path(None, node) + "/status"
    cluster.kube.request("PATCH", path, None, change, "application/merge-patch+json")


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_twenty_healthy_rollouts_in_a_row(cluster: Cluster):
    for number in range(1, 21):
        assert succeeds(cluster, sets.healthy(f"hello {number}"))["revision"] == number
    info = cluster.run("release_info", name="shop")
    assert info["serving"] == 20
    assert len(info["revisions"]) == 10


@pytest.mark.timeout(240)
def test_the_autoscaler_scales_during_the_rollout(cluster: Cluster):
    """Metrics come late too: new pods have none for a while."""
    objects = scaled(sets.healthy("one"))
    succeeds(cluster, objects)
    changed = sets.changed(scaled(sets.healthy("two")), command=["sh", "-c", f"sleep 4; {sets.SERVE}"])
    changed[-1]["spec"]["minReplicas"] = 4
    run = cluster.start("release", name="shop", objects=changed, timeout=150)
    run.feed()
    result = run.finish(200)
    assert not result.get("failed"), result
    cluster.wait_for(lambda: cluster.get("Deployment", "shop")["spec"]["replicas"] == 4, 60)

    again = succeeds(cluster, changed)
    assert again["changed"] is False
    assert cluster.get("Deployment", "shop")["spec"]["replicas"] == 4
    without = [obj for obj in copy.deepcopy(changed) if obj["kind"] != "HorizontalPodAutoscaler"]
    sets.find(without, "Deployment")["spec"]["replicas"] = 2
    succeeds(cluster, without)
    assert cluster.get("Deployment", "shop")["spec"]["replicas"] == 2, "without an autoscaler the set's number holds"
    assert cluster.get("HorizontalPodAutoscaler", "shop") is None


def scaled(objects: list) -> list:
    result = [*copy.deepcopy(objects), sets.autoscaler()]
    sets.find(result, "Deployment")["spec"].pop("replicas")
    return result

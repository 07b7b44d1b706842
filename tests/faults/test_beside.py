# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A StatefulSet beside the Deployment: what served of it serves again after a failure, with as many pods."""

from __future__ import annotations

import copy

import pytest
import sets
from cluster import Cluster
from image import REFERENCE

LABELS = {"app": "db"}


def stateful_set(ready: bool = True) -> dict:
    container = {
        "name": "db",
        "image": REFERENCE,
        "command": ["sh", "-c", "exec sleep 3600"],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}},
        "readinessProbe": {"exec": {"command": ["true" if ready else "false"]}, "periodSeconds": 1},
    }
    pod = {"terminationGracePeriodSeconds": 0, "containers": [container]}
    spec = {
        "serviceName": "db",
        "selector": {"matchLabels": LABELS},
        "replicas": 1,
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
    }
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": spec}


def autoscaler() -> dict:
    found = copy.deepcopy(sets.autoscaler(1, 4))
    found["metadata"]["name"] = "db"
    found["spec"]["scaleTargetRef"] |= {"kind": "StatefulSet", "name": "db"}
    return found


def ready_pods(cluster: Cluster) -> int:
    return (cluster.get("StatefulSet", "db").get("status") or {}).get("readyReplicas", 0)


def broken(objects: list) -> list:
    found = copy.deepcopy(objects)
    sets.pod_of(found)["containers"][0]["command"] = ["false"]
    return found


@pytest.mark.timeout(240)
def test_pods_that_a_stateful_set_would_wait_for_go(cluster: Cluster):
    good = sets.healthy("one")
    assert not cluster.release([*good, stateful_set()]).get("failed")
    cluster.wait_for(lambda: ready_pods(cluster) == 1, 60)

    result = cluster.release([*broken(good), stateful_set(ready=False)])

    assert result["failed"] and "restored whole" in result["restored"], result
    assert ready_pods(cluster) == 1, result


@pytest.mark.timeout(240)
@pytest.mark.parametrize("way", ["rollback", "release"])
def test_a_stateful_set_is_not_held_up_by_the_pods_of_a_broken_one(cluster: Cluster, way):
    good = [*sets.healthy("one"), stateful_set()]
    assert not cluster.release(good).get("failed")
    cluster.wait_for(lambda: ready_pods(cluster) == 1, 60)
    crashing = stateful_set()
    crashing["spec"]["template"]["spec"]["containers"][0]["command"] = ["false"]
    assert not cluster.release([*sets.healthy("two"), crashing]).get("failed")
    cluster.wait_for(lambda: restarts(cluster) > 0, 60)

    result = (
        cluster.run("release", name="shop", state="rolled_back", timeout=120)
        if way == "rollback"
        else cluster.release(good)
    )

    assert not result.get("failed"), result
    assert ready_pods(cluster) == 1, result


def restarts(cluster: Cluster) -> int:
    statuses = [pod["status"].get("containerStatuses") or [] for pod in cluster.list("Pod", "app=db")]
    return sum(status["restartCount"] for found in statuses for status in found)


def job(name: str, command: str, **spec) -> dict:
    container = {"name": "run", "image": REFERENCE, "command": [command]}
    container["resources"] = {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}}
    pod = {"restartPolicy": "Never", "containers": [container]}
    whole = {"backoffLimit": 0, "template": {"spec": pod}, **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": whole}


@pytest.mark.timeout(240)
def test_a_job_that_goes_when_it_has_finished_runs_once(cluster: Cluster):
    good = [*sets.healthy("one"), job("migrate", "true", ttlSecondsAfterFinished=0)]
    assert not cluster.release(good).get("failed")
    cluster.wait_for(lambda: cluster.get("Job", "migrate") is None, 60)

    again = cluster.release(good)
    failed = cluster.release([*broken(sets.healthy("two")), good[-1]])

    assert not again.get("changed"), again
    assert failed["failed"] and "restored whole" in failed["restored"], failed
    assert cluster.get("Job", "migrate") is None
    (stands,) = [obj for obj in cluster.run("release_info", name="shop")["objects"] if obj["kind"] == "Job"]
    assert "goes by itself" in stands["reason"], stands


@pytest.mark.timeout(240)
def test_a_job_that_failed_is_said(cluster: Cluster):
    assert not cluster.release([*sets.healthy("one"), job("migrate", "false")]).get("failed")
    cluster.wait_for(lambda: (cluster.get("Job", "migrate").get("status") or {}).get("failed"), 60)
    cluster.wait_for(lambda: "Job/migrate failed" in str(cluster.run("release_info", name="shop")["summary"]), 30)


@pytest.mark.timeout(240)
def test_what_is_not_ready_beside_it_is_said(cluster: Cluster):
    result = cluster.release([*sets.healthy("one"), stateful_set(ready=False)])
    assert not result.get("failed")
    assert "StatefulSet/db has 0 of 1 pods ready, and is not waited for" in str(result["warnings"]), result


@pytest.mark.timeout(240)
@pytest.mark.parametrize("by", ["hand", "autoscaler"])
def test_its_replicas_are_not_lowered(cluster: Cluster, by):
    good = [*sets.healthy("one"), stateful_set(), *([autoscaler()] if by == "autoscaler" else [])]
    assert not cluster.release(good).get("failed")
    scale = {"spec": {"replicas": 3}}
    path = f"/apis/apps/v1/namespaces/{cluster.namespace}/statefulsets/db/scale"
    manager = "kubectl" if by == "hand" else "kube-controller-manager"
    cluster.kube.request("PATCH", path, {"fieldManager": manager}, scale, "application/merge-patch+json")

    result = cluster.release(
        [*broken(good[:-1] if by == "hand" else good), *([stateful_set()] if by == "hand" else [])]
    )

    assert result["failed"] and "restored" in result["restored"], result
    assert cluster.get("StatefulSet", "db")["spec"]["replicas"] == 3, result

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

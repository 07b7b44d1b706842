# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the whole cluster: its API server, its node, its metrics. Nothing else may use the cluster meanwhile."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sets
from cluster import STATE, Cluster
from test_faults import revisions
from test_interrupted import midway, slow
from test_must_pass import scaled, succeeds

pytestmark = pytest.mark.exclusive
SUPERVISORCTL = (Path(sys.executable).parent / "supervisorctl", "--configuration", STATE / "etc/supervisord.conf")


@contextmanager
def node_is(cluster: Cluster, spec: dict, afterwards: dict) -> Iterator[None]:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": cluster.list("Node")[0]["metadata"]["name"]}}
    cluster.kube.patch(node, None, {"spec": spec})
    try:
        yield
    finally:
        cluster.kube.patch(node, None, {"spec": afterwards})


@pytest.mark.timeout(240)
def test_the_api_server_is_restarted_in_the_middle(cluster: Cluster):
    assert not cluster.release(sets.healthy()).get("failed")
    run = midway(cluster, slow("second", 20), "second", timeout=180)
    subprocess.run([*SUPERVISORCTL, "restart", "kube-apiserver"], check=True, capture_output=True)
    result = run.finish(200)
    assert not result.get("failed"), result
    assert revisions(cluster) == {1: "superseded", 2: "serving"}


@pytest.mark.timeout(180)
def test_a_node_that_is_uncordoned_after_twenty_seconds(cluster: Cluster):
    with node_is(cluster, {"unschedulable": True}, {"unschedulable": None}):
        run = cluster.start("release", name="shop", objects=sets.healthy(replicas=1), timeout=120)
        run.feed()
        time.sleep(20)
    result = run.finish(120)
    assert not result.get("failed"), result


@pytest.mark.timeout(180)
def test_a_taint_that_the_pods_do_not_tolerate(cluster: Cluster):
    assert not cluster.release(sets.healthy()).get("failed")
    with node_is(cluster, {"taints": [{"key": "gpu", "value": "only", "effect": "NoSchedule"}]}, {"taints": None}):
        result = cluster.release(sets.healthy("second"))
    found = result["findings"][0]
    assert found["reason"] == "TaintNotTolerated"
    assert "gpu=only" in found["message"]
    assert found["decided"] - found["since"] <= 5
    assert result["restored_revision"] == 1
    assert cluster.request()["content"].strip() == "hello"


@pytest.mark.timeout(300)
def test_metrics_that_come_late_fail_neither_the_release_nor_the_autoscaler(cluster: Cluster):
    kube_system = Cluster("kube-system")
    server = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "metrics-server"}}
    kube_system.kube.patch(server, "kube-system", {"spec": {"replicas": 0}})
    try:
        kube_system.wait_for(lambda: not kube_system.list("Pod", "k8s-app=metrics-server"), 60)
        succeeds(cluster, scaled(sets.healthy()))
        check = cluster.start("hpa_verify", name="shop", depth="runtime", grace=150)
        check.feed()
        time.sleep(15)
        assert check.process.poll() is None, check.finish()
    finally:
        kube_system.kube.patch(server, "kube-system", {"spec": {"replicas": 1}})
    result = check.finish(200)
    assert not result.get("failed"), result

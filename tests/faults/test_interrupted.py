# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed, cut off, or run at the same time as another one."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
import sets
from cluster import KUBECONFIG, Cluster, Run
from proxy import Relay
from test_faults import revisions


def slow(greeting: str, seconds: int) -> list:
    """A set whose pods take ``seconds`` to become ready."""
    return sets.changed(sets.healthy(greeting), command=["sh", "-c", f"sleep {seconds}; {sets.SERVE}"])


def started(cluster: Cluster, greeting: str):
    """A function that lists the pods of the set with this greeting."""
    config = sets.config_map({"GREETING": greeting})["metadata"]["name"]
    return lambda: [
        pod
        for pod in cluster.list("Pod")
        if pod["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"] == config
    ]


def midway(cluster: Cluster, objects: list, greeting: str, timeout: int = 60) -> Run:
    """A running release of these objects whose pods have been created."""
    run = cluster.start("release", name="shop", objects=objects, timeout=timeout)
    run.feed()
    cluster.wait_for(started(cluster, greeting), 30)
    return run


def kill(run: Run) -> None:
    assert run.process.poll() is None, f"it ended before it could be killed: {run.finish(1)}"
    run.process.send_signal(signal.SIGKILL)
    run.process.wait()


@pytest.mark.timeout(180)
def test_a_killed_run_is_continued_by_the_next(cluster: Cluster):
    assert not cluster.release(sets.healthy()).get("failed")
    kill(midway(cluster, slow("second", 15), "second"))
    assert cluster.list("Lease"), "the killed run must have held the lock"
    assert revisions(cluster) == {1: "serving", 2: "pending"}

    began = time.monotonic()
    result = cluster.release(slow("second", 15))

    assert not result.get("failed"), result
    assert result["revision"] == 2
    assert time.monotonic() - began < 60
    assert revisions(cluster) == {1: "superseded", 2: "serving"}
    assert cluster.request()["content"].strip() == "second"
    assert cluster.list("Lease") == []


@pytest.mark.timeout(180)
def test_a_killed_run_can_be_followed_by_another_set(cluster: Cluster):
    assert not cluster.release(sets.healthy()).get("failed")
    kill(midway(cluster, slow("second", 30), "second"))

    result = cluster.release(sets.healthy("third"))

    assert not result.get("failed"), result
    assert revisions(cluster) == {1: "superseded", 2: "failed", 3: "serving"}
    assert cluster.request()["content"].strip() == "third"
    config = [item["metadata"]["name"] for item in cluster.list("ConfigMap", "app.kubernetes.io/instance=shop")]
    assert config == [sets.config_map({"GREETING": "third"})["metadata"]["name"]]


@pytest.mark.timeout(180)
def test_a_terminated_run_releases_its_lock(cluster: Cluster):
    stopped = midway(cluster, slow("first", 30), "first")
    stopped.process.send_signal(signal.SIGTERM)
    assert "the lock was released" in stopped.finish(30)["msg"]
    assert cluster.list("Lease") == []


@pytest.mark.thorough
@pytest.mark.timeout(180)
def test_two_runs_at_once_go_one_after_the_other(cluster: Cluster):
    assert not cluster.release(sets.healthy()).get("failed")
    one = midway(cluster, slow("one", 4), "one", timeout=90)

    two = cluster.release(sets.healthy("two"))

    assert not one.finish(90).get("failed")
    assert not two.get("failed"), two["summary"]
    assert revisions(cluster) == {1: "superseded", 2: "superseded", 3: "serving"}
    assert cluster.request()["content"].strip() == "two"


@pytest.mark.timeout(180)
def test_an_outage_of_the_api_server_is_waited_out(cluster: Cluster, tmp_path: Path):
    assert not cluster.release(sets.healthy()).get("failed")
    with Relay(KUBECONFIG, tmp_path) as relay:
        behind = Cluster(cluster.namespace, relay.kubeconfig)
        run = midway(behind, slow("second", 8), "second", timeout=90)
        relay.cut()
        time.sleep(8)
        relay.restore()
        result = run.finish(90)
    assert not result.get("failed"), result
    assert revisions(cluster) == {1: "superseded", 2: "serving"}
    assert cluster.request()["content"].strip() == "second"

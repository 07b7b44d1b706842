# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nodes that go away and come back, on a cluster of two nodes beside the usual one."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from playbook_runs import Run, command

pytestmark = [
    pytest.mark.skipif(os.environ.get("MODEL_SERVING_NODES") != "all", reason="make nodes: a cluster of its own"),
    pytest.mark.timeout(420),
]

NAME = "nodes"
STATE = Path("/var/lib/modelops-serving") / NAME
VARIABLES = {
    "local_cluster_name": NAME,
    "local_cluster_nodes": 2,
    "local_cluster_node_network": "10.215.0.0/24",
    "local_cluster_pod_network": "10.215.64.0/18",
    "local_cluster_service_network": "10.215.128.0/20",
}
KUBELET = ("10.215.0.12", 10250)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A function that runs playbooks/cluster.yml on it."""
    kubeconfig = tmp_path_factory.mktemp("nodes") / "kubeconfig"

    def run(**more: str) -> Run:
        variables = {**VARIABLES, "local_cluster_kubeconfig": str(kubeconfig), **more}
        return command(
            "ansible-playbook", "playbooks/cluster.yml", "-i", "inventories/local", "-e", json.dumps(variables)
        )

    made = run()
    assert made.status == 0, made.output
    yield run
    assert run(local_cluster_state="down").status == 0


def kubectl(*arguments: str) -> str:
    config = STATE / "credentials" / "admin.kubeconfig"
    program = shutil.which("kubectl", path=os.environ["PATH"])
    assert program
    return subprocess.run(
        [program, "--kubeconfig", str(config), *arguments], check=True, capture_output=True, text=True, timeout=30
    ).stdout


def is_ready(node: str = "node2") -> bool:
    query = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
    return kubectl("get", "node", node, "-o", query) == "True"


def wait_until(found, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, found
        time.sleep(1)


def connects() -> bool:
    """Whether the node's kernel takes a connection for its kubelet."""
    try:
        socket.create_connection(KUBELET, timeout=2).close()
    except OSError:
        return False
    return True


def first_process() -> str:
    return (STATE / "run" / "pid").read_text()


@pytest.mark.parametrize("state", ["stopped", "frozen", "cut_off"])
def test_a_node_goes_and_comes_back(cluster, state):
    before = first_process()
    gone = cluster(local_cluster_node="node2", local_cluster_node_state=state)
    assert gone.status == 0 and "changed=1" in gone.output, gone.output
    assert connects() == (state == "frozen")
    again = cluster(local_cluster_node="node2", local_cluster_node_state=state)
    assert "changed=0" in again.output, again.output
    wait_until(lambda: not is_ready(), 90)

    back = cluster()  # without a name: every node
    assert back.status == 0, back.output
    assert is_ready() and connects()
    assert first_process() == before  # nothing else was started again


def test_a_slow_node_gets_a_tenth_of_a_processor(cluster):
    def limits() -> set[str]:
        paths = [*Path("/sys/fs/cgroup").glob(f"cpu/modelops-{NAME}-node2/cpu.cfs_quota_us")]
        paths += Path("/sys/fs/cgroup").glob(f"modelops-{NAME}-node2/cpu.max")
        return {path.read_text().split()[0] for path in paths}

    assert cluster(local_cluster_node="node2", local_cluster_node_state="slow").status == 0
    assert limits() == {"10000"}
    assert cluster(local_cluster_node="node2", local_cluster_node_state="running").status == 0
    assert limits() <= {"-1", "max"}


def test_the_control_plane_s_node_stays(cluster):
    refused = cluster(local_cluster_node="node1", local_cluster_node_state="stopped")
    assert refused.status != 0
    assert "It has to be one of: node2. The control plane runs on node1." in " ".join(refused.output.split())
    assert is_ready("node1")

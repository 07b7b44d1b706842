# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and stops the engine that enforces NetworkPolicies on the local cluster, by the role's own tasks. Whatever
else the role would change stays as it is, so that the cluster never restarts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from cluster import STATE, Cluster
from playbook_runs import command

PLANNED = ("name", "nodes", "node_network", "pod_network", "service_network", "state_dir")
TASKS = [
    {
        "modelops.serving.local_cluster_plan": {
            **{name: f"{{{{ local_cluster_{name} }}}}" for name in PLANNED},
            "memory_gib": 0,
            "disk_gib": 0,
        },
        "register": "local_cluster_planned",
    },
    {"include_role": {"name": "modelops.serving.local_cluster", "tasks_from": "network_policies"}},
]
PLAY = {
    "hosts": "localhost",
    "connection": "local",
    "gather_facts": False,
    "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
    "tasks": TASKS,
}


def policies(value: str, folder: Path) -> None:
    """``enforced`` or ``ignored``, as the variable local_cluster_network_policies says it."""
    node, pod, service = (STATE / "ranges").read_text().split()
    play = folder / "policies.yml"
    play.write_text(yaml.safe_dump([PLAY]))
    variables = {
        "local_cluster_name": STATE.name,
        "local_cluster_state_dir": str(STATE),
        "local_cluster_nodes": len(list(STATE.glob("node*/kubelet.yml"))),
        "local_cluster_node_network": node,
        "local_cluster_pod_network": pod,
        "local_cluster_service_network": service,
        "local_cluster_network_policies": value,
    }
    run = command("ansible-playbook", str(play), "-i", "localhost,", "-e", json.dumps(variables))
    assert run.status == 0, run.output


@contextmanager
def put_back(folder: Path) -> Iterator[None]:
    """Afterwards policies are enforced, or ignored, as they were."""
    engine = Cluster("kube-system").get("DaemonSet", "kube-network-policies")
    try:
        yield
    finally:
        policies("enforced" if engine else "ignored", folder)

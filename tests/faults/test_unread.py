# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user may not read is unknown: a rollout neither passes nor fails because of it, and the result says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sets
import yaml
from cluster import KUBECONFIG, Cluster

READABLE = {
    "deployments": "apps",
    "replicasets": "apps",
    "pods": "",
    "pods/log": "",
    "events": "",
    "services": "",
    "endpointslices": "discovery.k8s.io",
}
READING = ["get", "list", "watch"]
CRASHING = ["sh", "-c", "echo \"KeyError: 'MODEL_SCHEMA'\"; exit 3"]


def rules(without: str, verbs: list) -> list:
    """The rules of a role that may read all but ``without``, of which only ``verbs`` are allowed."""
    return [
        {"apiGroups": [group], "resources": [name], "verbs": verbs if name == without else READING}
        for name, group in READABLE.items()
        if name != without or verbs
    ]


def reader(cluster: Cluster, folder: Path, without: str, verbs: list) -> Cluster:
    """The same namespace, as a user who may read all but that."""
    name = {"name": "reader"}
    group = "rbac.authorization.k8s.io"
    cluster.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": name})
    for obj in (
        {"kind": "Role", "metadata": name, "rules": rules(without, verbs)},
        {
            "kind": "RoleBinding",
            "metadata": name,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": cluster.namespace}],
        },
    ):
        cluster.create({"apiVersion": f"{group}/v1", **obj})
    path = f"/api/v1/namespaces/{cluster.namespace}/serviceaccounts/reader/token"
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    token = cluster.kube.request("POST", path, None, asked)["status"]["token"]
    config = yaml.safe_load(KUBECONFIG.read_text())
    config["users"] = [{"name": user["name"], "user": {"token": token}} for user in config["users"]]
    written = folder / "kubeconfig"
    written.write_text(json.dumps(config))
    return Cluster(cluster.namespace, written)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("without", ["events", "replicasets", "endpointslices"])
def test_a_healthy_rollout_is_complete(cluster: Cluster, tmp_path: Path, without: str):
    restricted = reader(cluster, tmp_path, without, [])
    cluster.release(sets.healthy(), wait=False)
    result = restricted.run("rollout_wait", name="shop", timeout=60)
    assert not result.get("failed"), result
    assert (result["rollout"]["ready"], result["unread"], result["findings"]) == (2, [without], [])
    assert without in result["summary"][-1]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("without", ["events", "replicasets", "endpointslices", "pods/log"])
def test_a_fault_is_named(cluster: Cluster, tmp_path: Path, without: str):
    restricted = reader(cluster, tmp_path, without, [])
    cluster.release(sets.changed(sets.healthy(), command=CRASHING), wait=False)
    result = restricted.run("rollout_wait", name="shop", timeout=60)
    assert result["failed"]
    assert result["findings"][0]["reason"] == "CrashLoop"
    assert result["unread"] == [without]
    assert any(without in line for line in result["findings"][0]["evidence"]), result["findings"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("without", ["pods", "deployments"])
def test_a_permission_that_is_needed_is_named(cluster: Cluster, tmp_path: Path, without: str):
    restricted = reader(cluster, tmp_path, without, ["get"])
    cluster.release(sets.healthy(), wait=False)
    result = restricted.run("rollout_wait", name="shop", timeout=60)
    assert result["failed"]
    assert f"grant list and watch on {without}" in result["msg"]


@pytest.mark.timeout(180)
def test_pods_that_may_be_listed_and_not_watched(cluster: Cluster, tmp_path: Path):
    restricted = reader(cluster, tmp_path, "pods", ["get", "list"])
    slow = sets.changed(sets.healthy(), command=["sh", "-c", f"sleep 5; {sets.SERVE}"])
    cluster.release(slow, wait=False)
    result = restricted.run("rollout_wait", name="shop", timeout=60)
    assert not result.get("failed"), result
    assert (result["rollout"]["ready"], result["unread"]) == (2, [])

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Roles that playbooks/render.yml writes are enough. That no verb of them is one too many: tests/adversary."""

from __future__ import annotations

import pytest
import sets
from cluster import Cluster
from test_faults import revisions

from ansible_collections.modelops.serving.plugins.module_utils.preflight.roles import roles

GROUP = "rbac.authorization.k8s.io"


@pytest.fixture
def accounts(cluster: Cluster):
    """Credentials of a ServiceAccount with each of the Roles, and not with the ClusterRoles."""
    made = {}
    for role in roles("shop", cluster.namespace, sets.healthy()):
        if role["kind"] != "Role":
            continue
        name = role["metadata"]["name"]
        cluster.create(role)
        cluster.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
        binding = {
            "apiVersion": f"{GROUP}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": cluster.namespace}],
        }
        cluster.create(binding)
        path = f"/api/v1/namespaces/{cluster.namespace}/serviceaccounts/{name}/token"
        token = cluster.kube.request("POST", path, None, {"spec": {}})["status"]["token"]
        host = cluster.kube.connection.host
        made[name] = {"kubeconfig": None, "host": host, "api_key": token, "validate_certs": False}
    return made


@pytest.mark.timeout(240)
def test_a_deployer_deploys_and_goes_back_and_removes(cluster: Cluster, accounts):
    mine = {**accounts["shop-deployer"], "preflight": True, "timeout": 60}
    for greeting in ("one", "two"):
        done = cluster.release(sets.predicting("7", greeting), verify=sets.VERIFY, **mine)
        assert not done.get("failed") and done["prediction"]["service"] == {"predictions": [7]}, done
    crashing = sets.changed(sets.predicting("7", "bad"), command=["sh", "-c", "exit 3"])
    failed = cluster.release(crashing, **mine)
    assert failed["findings"][0]["reason"] == "CrashLoop" and failed["restored"].startswith("r2 restored whole")
    assert not any("not judged" in line for line in failed["findings"][0]["evidence"]), failed["findings"]
    back = cluster.run("release", name="shop", state="rolled_back", **mine)
    assert not back.get("failed") and revisions(cluster)[back["revision"]] == "serving", back
    gone = cluster.run("release", name="shop", state="absent", **mine)
    assert not gone.get("failed") and cluster.get("Deployment", "shop") is None, gone


@pytest.mark.timeout(120)
def test_a_viewer_sees_and_changes_nothing(cluster: Cluster, accounts):
    cluster.release(sets.healthy("one"))
    mine = accounts["shop-viewer"]
    seen = cluster.run("release_info", name="shop", **mine)
    assert seen["serving"] == 1 and {entry["state"] for entry in seen["objects"]} == {"present"}, seen
    followed = cluster.run("rollout_wait", name="shop", timeout=30, **mine)
    assert not followed.get("failed") and followed["unread"] == [], followed
    diagnosed = cluster.run("diagnose", name="shop", **mine)
    assert not diagnosed.get("failed"), diagnosed
    logs = cluster.run("pod_logs", name="shop", **mine)
    assert not logs.get("failed"), logs
    refused = cluster.release(sets.healthy("two"), **mine)
    assert refused["failed"] and "Nothing" not in refused.get("restored", "") and revisions(cluster) == {1: "serving"}

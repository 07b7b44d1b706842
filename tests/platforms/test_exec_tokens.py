# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubeconfigs of EKS and AKS, whose tokens a command gets. The commands are a stand-in
(stand_ins/token_command.py); the tokens are those of a ServiceAccount of the local cluster, which checks them."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cluster import KUBECONFIG, Cluster

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.exec_plugin import CommandError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

NAMESPACE = "t-exec-tokens"
# As `aws eks update-kubeconfig` and `kubelogin convert-kubeconfig` write them.
COMMANDS = {
    "eks": ["aws", "--region", "eu-west-1", "eks", "get-token", "--cluster-name", "models", "--output", "json"],
    "aks": [
        "kubelogin",
        "get-token",
        "--environment",
        "AzurePublicCloud",
        "--login",
        "azurecli",
        "--server-id",
        "6dae42f8-4368-4678-94ff-3960e28e3630",
    ],
}


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    found = Cluster(NAMESPACE)
    found.make_namespace()
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "default-views"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": NAMESPACE}],
    }
    found.create(binding)
    try:
        yield found
    finally:
        found.remove_namespace()


def token(cluster: Cluster) -> str:
    path = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}}
    return cluster.kube.request("POST", path, body=request)["status"]["token"]


class Cloud:
    """A machine that has the command of a cloud, and a kubeconfig that names it."""

    def __init__(self, folder: Path, monkeypatch, *tokens: str):
        self.folder, self.calls = folder, folder / "calls"
        (folder / "tokens").write_text("\n".join(tokens))
        program = Path(__file__).parent / "stand_ins" / "token_command.py"
        for name in ("aws", "kubelogin"):
            path = folder / name
            path.write_text(f"#!{sys.executable}\n{program.read_text()}")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        monkeypatch.setenv("STAND_IN_TOKENS", str(folder / "tokens"))
        monkeypatch.setenv("STAND_IN_CALLS", str(self.calls))

    def kubeconfig(self, command: list[str]) -> dict:
        document = yaml.safe_load(KUBECONFIG.read_text())
        by_command = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": command[0], "args": command[1:]}
        context = {"cluster": document["clusters"][0]["name"], "user": "by-command"}
        document["users"] = [{"name": "by-command", "user": {"exec": {**by_command, "interactiveMode": "Never"}}}]
        document["contexts"] = [{"name": "cloud", "context": context}]
        path = self.folder / "kubeconfig"
        path.write_text(yaml.safe_dump(document))
        return {"kubeconfig": str(path), "context": "cloud"}


@pytest.mark.parametrize("cloud", COMMANDS)
def test_a_command_gets_the_token(cluster: Cluster, tmp_path: Path, monkeypatch, cloud: str):
    there = Cloud(tmp_path, monkeypatch, token(cluster))
    kube = Kube.from_params(there.kubeconfig(COMMANDS[cloud]))
    assert kube.list(find("Pod"), NAMESPACE)["items"] == []
    assert there.calls.read_text().splitlines() == [" ".join(COMMANDS[cloud])]


def test_a_token_that_is_no_longer_taken_is_got_anew(cluster: Cluster, tmp_path: Path, monkeypatch):
    there = Cloud(tmp_path, monkeypatch, "k8s-aws-v1.old", token(cluster))
    kube = Kube.from_params(there.kubeconfig(COMMANDS["eks"]))
    assert kube.list(find("Pod"), NAMESPACE)["items"] == []
    assert len(there.calls.read_text().splitlines()) == 2


def test_a_token_that_the_cluster_refuses_is_said(cluster: Cluster, tmp_path: Path, monkeypatch):
    there = Cloud(tmp_path, monkeypatch, "k8s-aws-v1.of-somebody-else")
    with pytest.raises(KubeError, match="rejected our credentials"):
        Kube.from_params(there.kubeconfig(COMMANDS["eks"])).list(find("Pod"), NAMESPACE)


@pytest.mark.parametrize("command", [["aws", "eks", "get-token"], ["there-is-no-such-command"]])
def test_a_command_that_fails_is_no_traceback(tmp_path: Path, monkeypatch, command: list[str]):
    there = Cloud(tmp_path, monkeypatch, "none")
    with pytest.raises(CommandError, match=f"the command {command[0]} gave nothing to log in with"):
        Kube.from_params(there.kubeconfig(command)).list(find("Pod"), NAMESPACE)

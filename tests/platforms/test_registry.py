# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image that is built, pushed with a login that expires, pinned by its digest, and pulled by the cluster."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from artifact_registry import REPOSITORY, Logins, Registry, packaged, process_of_containerd, reachable_from
from cluster import KUBECONFIG, ROOT, STATE, Cluster
from go_programs import CACHE as PROGRAMS
from playbook_runs import Run, command
from small import ONE_SMALL_POD, namespace
from stand_ins import google

NAMESPACE, NAME, SECRET = "t-registry", "model-api-of-a-registry", "registry-login"
CACHE = PROGRAMS.parent
# As gcloud auth configure-docker has it: a program that gives an access token to who asks for that registry.
HELPER = """#!/bin/sh
token=$(curl -s -H Metadata-Flavor:Google http://{address}/computeMetadata/v1/instance/service-accounts/default/token |
    sed 's/.*"access_token": "\\([^"]*\\)".*/\\1/')
printf '{{"ServerURL": "%s", "Username": "_dcgcloud_token", "Secret": "%s"}}' "$(cat)" "$token"
"""


class Machine:
    """A machine that builds, with gcloud's login."""

    def __init__(self, home: Path):
        self.tokens = google.Tokens(3600)
        self.logins = Logins(google, self.tokens)
        self.registry = Registry(home, self.logins)
        (home / "bin").mkdir()
        if shutil.which("skopeo") is None:  # which a machine that builds has
            (home / "bin/skopeo").symlink_to(packaged("skopeo"))
        helper = home / "bin/docker-credential-gcloud"
        helper.write_text(HELPER.format(address=self.tokens.address))
        helper.chmod(0o755)
        login = home / ".docker/config.json"
        login.parent.mkdir()
        login.write_text(json.dumps({"credHelpers": {self.registry.host: "gcloud"}}))
        # This registry has no TLS.
        plain = home / ".config/containers/registries.conf"
        plain.parent.mkdir(parents=True)
        plain.write_text(f'[[registry]]\nlocation = "{self.registry.host}"\ninsecure = true\n')
        self.source = home / "source"
        shutil.copytree(ROOT / "server", self.source / "server", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("Dockerfile", ".dockerignore"):
            shutil.copy(ROOT / name, self.source)
        # The kubelet keeps an image that it pulled with credentials from pods without them, whatever its name. This one
        # must not be the one that other tests load.
        with (self.source / "server/model_server/__init__.py").open("a") as file:
            file.write("# Of a registry.\n")
        self.environment = {"PATH": f"{home}/bin{os.pathsep}{os.environ['PATH']}", "HOME": str(home)}

    def deploy(self, *arguments: str, **variables) -> Run:
        given = {
            "model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)},
            "model_serving_namespace": NAMESPACE,
            "model_serving_image_pull_secrets": [SECRET],
            "model_image_base_from": "debian",
            "model_image_registry": f"{self.registry.host}/{REPOSITORY}",
            "model_image_name": NAME,
            "model_image_deliver": "push",
            # Where the base image is, and what was built before.
            "model_image_cache_dir": str(CACHE),
            "model_image_source": str(self.source),
            **ONE_SMALL_POD,
            **variables,
        }
        inventory = ("-i", "inventories/local", "-e", json.dumps(given))
        return command("ansible-playbook", "playbooks/deploy.yml", *inventory, *arguments, **self.environment)

    def pull_secret(self) -> dict:
        """A node of Google's has a login of its own; here it is a Secret."""
        token = self.tokens.new()["access_token"]
        login = base64.b64encode(f"oauth2accesstoken:{token}".encode()).decode()
        document = json.dumps({"auths": {self.registry.host: {"auth": login}}})
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": SECRET},
            "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": document},
        }

    def stop(self) -> None:
        self.registry.stop()
        for server in (self.tokens.server, self.logins.server):
            server.shutdown()
            server.server_close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    found = Machine(tmp_path)
    yield found
    found.stop()


@pytest.fixture
def cluster(machine: Machine) -> Iterator[Cluster]:
    with namespace(NAMESPACE) as own:
        own.kube.create(machine.pull_secret(), NAMESPACE)
        yield own


@pytest.fixture
def node_without_it() -> Iterator[None]:
    """The node does not keep what this registry gave it."""
    yield
    ctr = ["ctr", "--address", str(STATE / "node1/containerd.sock"), "--namespace", "k8s.io", "images"]
    listed = subprocess.run([*ctr, "ls", "-q"], check=True, capture_output=True, text=True).stdout.split()
    for name in [name for name in listed if f"/{REPOSITORY}/{NAME}" in name]:
        subprocess.run([*ctr, "rm", name], check=True, capture_output=True)


def image_of(cluster: Cluster) -> str:
    return cluster.get("Deployment", "model-api")["spec"]["template"]["spec"]["containers"][0]["image"]


@pytest.mark.timeout(600)
def test_an_image_is_pushed_pinned_and_pulled(machine: Machine, node_without_it, cluster: Cluster):
    ports = (machine.registry.port, machine.logins.server.server_address[1])
    with reachable_from(process_of_containerd(STATE / "node1"), *ports):
        run = machine.deploy()
        assert run.status == 0, run.output
        assert "prediction" in run.output, run.output
        reference, _at, digest = image_of(cluster).partition("@")
        tag = reference.rpartition(":")[2]
        assert reference == f"{machine.registry.host}/{REPOSITORY}/{NAME}:{tag}"
        assert digest == machine.registry.digest(NAME, tag)
        (pod,) = cluster.list("Pod", "app=model-api")
        assert pod["status"]["containerStatuses"][0]["imageID"].endswith(digest)

        # Nothing is built or pushed again, from another machine's login too.
        for arguments in ([], ["--check", "--diff"]):
            again = machine.deploy(*arguments)
            assert again.status == 0, again.output
            assert "nothing to change" in again.output, again.output
        assert len(machine.registry.pushed) == 1


def test_a_login_that_is_not_taken_is_named_before_anything_is_built(machine: Machine):
    machine.tokens.seconds = 0
    run = machine.deploy(model_image_model_name="other")
    said = " ".join(run.output.split())
    assert run.status != 0
    assert f"{machine.registry.host} does not take the login: log in to it anew" in said, run.output
    assert machine.logins.refused and not machine.registry.pushed
    assert "Build and deliver" not in run.output


def test_a_repository_that_may_not_be_written_is_named(machine: Machine):
    run = machine.deploy(model_image_registry=f"{machine.registry.host}/another-project/models")
    assert run.status != 0
    assert f"{machine.registry.host} did not take the image: log in to it" in " ".join(run.output.split()), run.output

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chapter "Minikube" of docs/targets.md, command by command. The minikube command is a stand-in that checks what it
is asked; beneath it is the local cluster, so that what is deployed are pods that predict."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cluster import KUBECONFIG, Cluster
from playbook_runs import Run, command
from small import ONE_SMALL_POD

HERE = Path(__file__).resolve().parent
NODE = Path("/var/lib/modelops-serving/local/node1")
IP = "10.213.0.11"
NAMESPACE = "t-minikube"
HOST = "minikube.example"
SIZE = {"minikube_cluster_driver": "kvm2", "minikube_cluster_cpus": 2, "minikube_cluster_memory": 2048}
# The image from Debian packages, for no registry can be reached.
SMALL = {
    "model_image_base_from": "debian",
    "model_image_name": "model-api-of-minikube",
    "model_serving_namespace": NAMESPACE,
    **ONE_SMALL_POD,
    "model_serving_ingress_host": HOST,
    "model_serving_verify_url": f"http://{IP}",
}


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


class Machine:
    """A person's machine with Minikube on it."""

    def __init__(self, home: Path):
        self.home = home
        (home / "bin").mkdir()
        program(home / "bin/minikube", f'exec {sys.executable} {HERE}/stand_ins/minikube.py "$@"')
        program(home / "bin/virsh", "")
        self.environment = {
            "PATH": f"{home}/bin{os.pathsep}{os.environ['PATH']}",
            "MINIKUBE_HOME": str(home / "minikube"),
            "KUBECONFIG": str(home / "kubeconfig"),
            "STAND_IN_KUBECONFIG": str(KUBECONFIG),
            "STAND_IN_IP": IP,
            "STAND_IN_SOCKET": str(NODE / "containerd.sock"),
            "STAND_IN_CTR": "ctr",
        }

    def playbook(self, name: str, **variables) -> Run:
        given = ["-i", "inventories/minikube", "-e", json.dumps({**SIZE, **variables})]
        return command("ansible-playbook", f"playbooks/{name}.yml", *given, **self.environment)

    @property
    def calls(self) -> list[str]:
        """What the minikube command was called with, without the questions."""
        asked = ("status", "profile list", "addons list", "ip ", "image ls")
        made = (self.home / "minikube/calls").read_text().splitlines()
        return [line for line in made if not any(word in line for word in asked)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def ctr(*arguments: str) -> str:
    given = ["ctr", "--address", str(NODE / "containerd.sock"), "--namespace", "k8s.io", "images", *arguments]
    return subprocess.run(given, check=True, capture_output=True, text=True).stdout


def remove_images() -> None:
    """So that a deployment has one to load."""
    for name in ctr("ls", "-q").split():
        if SMALL["model_image_name"] in name:
            ctr("rm", name)


@pytest.fixture
def namespace() -> Iterator[Cluster]:
    remove_images()
    own = Cluster(NAMESPACE)
    yield own
    own.remove_namespace()
    remove_images()


@pytest.mark.timeout(300)
def test_from_nothing_to_a_prediction_and_away(machine: Machine, namespace: Cluster):
    run = machine.playbook("cluster")
    assert run.status == 0, run.output
    assert f"ingress http://{IP}, for every host name" in run.output, run.output
    assert machine.calls == [
        "start -p minikube --cpus=2 --memory=2048mb --driver=kvm2",
        "addons enable metrics-server -p minikube",
        "addons enable ingress -p minikube",
    ]

    again = machine.playbook("cluster")
    assert again.status == 0, again.output
    assert "changed=0" in again.output, again.output
    assert len(machine.calls) == 3

    deployed = machine.playbook("deploy", **SMALL)
    assert deployed.status == 0, deployed.output
    assert machine.calls[3].startswith("-p minikube image load "), machine.calls
    assert "prediction" in deployed.output, deployed.output

    gone = machine.playbook("cluster", minikube_cluster_state="absent")
    assert gone.status == 0, gone.output
    assert machine.calls[-1] == "delete -p minikube"


def test_a_cluster_that_is_down_comes_up_as_it_was(machine: Machine):
    # As a survey sends a list.
    up = machine.playbook("cluster", minikube_cluster_addons="metrics-server\ningress\n")
    assert up.status == 0, up.output
    assert machine.calls[1:] == [f"addons enable {name} -p minikube" for name in ("metrics-server", "ingress")]
    stopped = machine.playbook("cluster", minikube_cluster_state="stopped")
    assert stopped.status == 0, stopped.output
    up = machine.playbook("cluster", minikube_cluster_memory=4096)
    assert up.status == 0, up.output
    assert machine.calls[-2:] == ["stop -p minikube", "start -p minikube"]
    assert "minikube_cluster_memory is 4096, the profile has 2048" in " ".join(up.output.split()), up.output


def test_two_targets_of_one_cluster_start_and_delete_it_once(machine: Machine):
    inventory = machine.home / "hosts.yml"
    host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "cluster_platform": "minikube"}
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"one": host, "two": host}}}))
    for state in ("up", "absent"):
        given = json.dumps({**SIZE, "minikube_cluster_state": state})
        arguments = ["playbooks/cluster.yml", "-i", str(inventory), "-e", given]
        run = command("ansible-playbook", *arguments, **machine.environment)
        assert run.status == 0, run.output
        assert "the cluster is that of one, too, whose variables count" in run.output, run.output
    assert [line.split()[0] for line in machine.calls] == ["start", "addons", "addons", "delete"]


def test_the_command_of_the_cluster_is_that_of_the_delivery(machine: Machine):
    here = {"model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)}}
    run = machine.playbook("deploy", **SMALL, **here, minikube_cluster_program="minikube-of-nobody")
    assert run.status != 0
    assert "minikube-of-nobody is not installed" in " ".join(run.output.split()), run.output
    assert "with buildah" not in run.output and "with podman" not in run.output


def test_what_cannot_be_is_told_before_anything_is_started(machine: Machine):
    run = machine.playbook("cluster", minikube_cluster_memory=10_000_000, minikube_cluster_driver="virtualbox")
    assert run.status != 0
    said = " ".join(run.output.split())
    assert "minikube_cluster_memory is 10000000: set a lower one" in said, run.output
    assert "VBoxManage is not installed" in said, run.output
    assert machine.calls == []


def test_without_minikube_its_page_is_named(machine: Machine):
    run = machine.playbook("cluster", minikube_cluster_program="minikube-of-nobody")
    assert run.status != 0
    assert "minikube-of-nobody is not installed: see https://minikube.sigs.k8s.io" in " ".join(run.output.split())


def test_check_mode_starts_nothing(machine: Machine):
    given = ["-i", "inventories/minikube", "--check", "-e", json.dumps(SIZE)]
    run = command("ansible-playbook", "playbooks/cluster.yml", *given, **machine.environment)
    assert run.status == 0, run.output
    assert machine.calls == []
    assert re.search(r"changed=[1-9]", run.output), run.output

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real cluster that the suite runs on. Each test has a namespace; modules are run as Ansible runs them."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import connect
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

ROOT = Path(__file__).resolve().parents[2]
# To test on another cluster than the one named local, set both of these.
KUBECONFIG = Path(os.environ.get("MODEL_SERVING_TEST_KUBECONFIG", ROOT / ".state/local/kubeconfig"))
STATE = Path(os.environ.get("MODEL_SERVING_TEST_STATE", "/var/lib/modelops-serving/local"))
MODULES = "ansible_collections.modelops.serving.plugins.modules"


@functools.cache
def remove_dead_api_services() -> None:
    """Once a run: those whose Service is gone, as a test that was killed leaves them. While there is one, no namespace
    of the cluster is removed."""
    kube = Kube(connect({"kubeconfig": str(KUBECONFIG)}))
    kind = kube.kind("apiregistration.k8s.io/v1", "APIService")
    for service in kube.list(kind, None)["items"]:
        reasons = [each.get("reason") for each in service.get("status", {}).get("conditions", [])]
        if "ServiceNotFound" in reasons:
            kube.delete({"apiVersion": kind.api_version, "kind": kind.kind, **service}, None)


@dataclass
class Run:
    """A module that is running or has run."""

    process: subprocess.Popen
    arguments: dict
    began: float

    def result(self, timeout: float = 400) -> dict:
        self.feed()
        return self.finish(timeout)

    def feed(self) -> None:
        """Passes the arguments to the module without waiting for it."""
        self.process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": self.arguments}))
        self.process.stdin.close()
        self.process.stdin = None

    def finish(self, timeout: float = 200) -> dict:
        """The result, after ``feed``."""
        output, errors = self.process.communicate(timeout=timeout)
        if not output.strip():
            raise AssertionError(f"the module ended with {self.process.returncode} and no output: {errors[-2000:]}")
        return json.loads(output)


def command(*arguments: str | Path) -> tuple[int, str]:
    """Exit status and output of a command, run as in a user's checkout."""
    given = dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), KUBECONFIG=str(KUBECONFIG))
    # Without bytecode every start of Ansible compiles its libraries anew.
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    parts = [str(part) for part in arguments]
    done = subprocess.run(parts, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def playbook(name: str, **variables) -> list[str | Path]:
    """The command that runs one of the collection's playbooks on this cluster."""
    variables |= {"model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)}}
    program = Path(sys.executable).parent / "ansible-playbook"
    return [program, f"playbooks/{name}.yml", "-i", "inventories/local", "-e", json.dumps(variables)]


def serving_image() -> str:
    """The image that make deploy built and deployed in ml-serving; deploys where nobody did."""
    serving = Cluster("ml-serving")
    found = serving.get("Deployment", "model-api")
    if found is None:
        status, output = command(*playbook("deploy"))
        if status:
            raise RuntimeError(f"the model could not be deployed:\n{output[-3000:]}")
        found = serving.get("Deployment", "model-api")
    return found["spec"]["template"]["spec"]["containers"][0]["image"]


class Cluster:
    """One namespace of the cluster."""

    def __init__(self, namespace: str, kubeconfig: Path = KUBECONFIG):
        self.namespace, self.kubeconfig = namespace, kubeconfig
        self.kube = Kube(connect({"kubeconfig": str(KUBECONFIG)}))
        self.kube.request("GET", "/version")

    def start(self, module: str, **arguments) -> Run:
        environment = dict(os.environ, PYTHONPATH=str(ROOT / "collections"))
        process = subprocess.Popen(
            [sys.executable, "-m", f"{MODULES}.{module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        given = {"kubeconfig": str(self.kubeconfig), "namespace": self.namespace, "_ansible_remote_tmp": "/tmp"}
        return Run(process, {**given, **arguments}, time.monotonic())

    def run(self, module: str, **arguments) -> dict:
        return self.start(module, **arguments).result()

    def release(self, objects: list, **arguments) -> dict:
        return self.run("release", name="shop", objects=objects, **{"timeout": 120, **arguments})

    def get(self, kind: str, name: str) -> dict | None:
        return self.kube.get(find(kind), self.namespace, name)

    def list(self, kind: str, labels: str | None = None) -> list:
        return self.kube.list(find(kind), self.namespace, labels)["items"]

    def create(self, obj: dict) -> dict:
        return self.kube.create(obj, self.namespace)

    def make_namespace(self, labels: dict | None = None) -> None:
        """A new one: what a run that was killed has left in it is removed first."""
        remove_dead_api_services()
        self.remove_namespace()
        self.wait_for(lambda: self.kube.get(find("Namespace"), None, self.namespace) is None, 90)
        meta = {"name": self.namespace, "labels": labels or {}}
        self.kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": meta}, self.namespace, None, "true")
        self.wait_for(lambda: self.get("ServiceAccount", "default"), 60)

    def label_namespace(self, labels: dict) -> None:
        obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self.kube.patch(obj, self.namespace, {"metadata": {"labels": labels}})

    def remove_namespace(self) -> None:
        obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self.kube.delete(obj, None)

    def request(self, path: str = "/health") -> dict:
        self.kube.deadline = time.monotonic() + 20
        answer = self.kube.proxy(self.namespace, "shop", "http", "GET", path, {}, None)
        self.kube.deadline = None
        return answer

    def wait_for(self, found, seconds: float):
        """The first true result of ``found``; fails the test if there is none within ``seconds``."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = found()
            if answer:
                return answer
            time.sleep(0.1)
        raise AssertionError(f"not seen within {seconds:.0f} s: {found}")

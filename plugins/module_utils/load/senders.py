# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and stops a load on this machine or in a pod, and reads its figures."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import threading
from contextlib import suppress

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.renewal import create_anew
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.load import loop as load_loop

NOTHING = {
    "seconds": 0.0,
    "requests": 0,
    "failed": 0,
    "first": None,
    "p50": None,
    "p95": None,
    "last_error": "",
    "ended": False,
}
STOP_PATIENCE = 15.0
# What Linux takes as one argument of a program.
MOST_ARGUMENT = 128 * 1024


class ControllerLoad:
    """A load from a child process. If this process is killed, it ends too: at its next line of output."""

    def __init__(self, plan: dict):
        self.plan = plan
        self._last = dict(NOTHING)
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        source = inspect.getsource(load_loop)
        # run_command waits for the end; this one is read while it runs.
        self._process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            [sys.executable, "-c", source, "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with suppress(BrokenPipeError), self._process.stdin as plan:
            json.dump(self.plan, plan)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._last = json.loads(line)

    def figures(self) -> dict:
        """The figures so far, as loop.Tally.line has them."""
        return dict(self._last, ended=self._last["ended"] or self._process.poll() is not None)

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(STOP_PATIENCE)


class ClusterLoad:
    """A load from a pod. If this process is killed, the kubelet ends the pod at its deadline."""

    def __init__(self, kube: Kube, plan: dict, namespace: str, name: str, image: str):
        self.kube, self.plan, self.namespace = kube, plan, namespace
        self.pod = load_pod(plan, namespace, name, image)
        self._last = dict(NOTHING)

    def start(self) -> None:
        create_anew(self.kube, [self.pod], self.namespace, STOP_PATIENCE)

    def figures(self) -> dict:
        """The figures so far, as loop.Tally.line has them. ``last_error`` says why the pod sends nothing."""
        name = self.pod["metadata"]["name"]
        lines = self.kube.log(self.namespace, name, "load", "false", 2).splitlines()
        for line in lines:
            if line.startswith("{"):
                self._last = json.loads(line)
            elif line.strip():
                self._last = dict(self._last, last_error=line.strip())
        if not lines:
            self._last = dict(self._last, last_error=self._state(name))
        return self._last

    def _state(self, name: str) -> str:
        """Why the pod has written nothing."""
        pod = self.kube.get(find("Pod"), self.namespace, name) or {}
        status = pod.get("status") or {}
        for entry in status.get("containerStatuses") or []:
            waiting = (entry.get("state") or {}).get("waiting")
            if waiting:
                reason = f"{waiting.get('reason')} {waiting.get('message', '')}".strip()
                return f"Pod/{name}, which sends the load, does not start: {reason}"
        return f"Pod/{name}, which sends the load, is {status.get('phase', 'missing')}"

    def stop(self) -> None:
        self.kube.delete(self.pod, self.namespace)


def load_pod(plan: dict, namespace: str, name: str, image: str) -> dict:
    """The Pod. Passes the Pod Security level restricted, and has no label that a Service or an autoscaler selects.
    Raises ServingError for a plan that no pod can be given."""
    argument = json.dumps(plan)
    if len(argument) >= MOST_ARGUMENT:
        raise ServingError(
            f"the load's body and CA have {len(argument)} characters, and a pod's argument holds {MOST_ARGUMENT - 1}: "
            "give the file of the one CA that is needed (load.ca_cert), ask for fewer rows, or send from load.source "
            "controller."
        )
    container = {
        "name": "load",
        "image": image,
        "command": ["python3", "-c", inspect.getsource(load_loop), argument],
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/component": "load", "app.kubernetes.io/managed-by": "modelops.serving"},
        },
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": plan["seconds"] + 60,
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
        },
    }

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs k6 as a Job in the cluster. It ends, and goes away, by itself even if we are killed."""

from __future__ import annotations

import json
import re
import time

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.load_test import run as load_test_run

PORT = 6565
USER = 65532
START_PATIENCE = 60.0
POLL_SECONDS = 1.0
# The longest profile, and some more for a start on a busy node.
LONGEST = 3600
SLACK = 300
KEPT = 600
LAST_LINES = 1000


class K6Job:
    """What load_test_run.K6 is on this machine, in a pod. ``program`` is the path of k6 in ``image``."""

    def __init__(self, kube: Kube, namespace: str, name: str, image: str, program: str, script: str, environment: dict):
        self.kube, self.namespace = kube, namespace
        self.objects = objects(name, image, program, script, environment)
        self.name = self.objects[-1]["metadata"]["name"]
        # Its API may be out of reach for a moment: that is a point without load, and nothing to wait for.
        self.fail_fast = Kube(kube.connection)
        self.meter = load_test_run.Meter()
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        for obj in self.objects:
            self.kube.delete(obj, self.namespace)
        until = time.monotonic() + START_PATIENCE
        for obj in self.objects:
            self._create(obj, until)
        while not self._phase() or self._phase() == "Pending":
            if time.monotonic() > until:
                raise ServingError(f"Job/{self.name} does not start in {self.namespace}: {self._why()}")
            time.sleep(POLL_SECONDS)

    def _create(self, obj: dict, until: float) -> None:
        """What is left of a run before may still be going."""
        while True:
            try:
                self.kube.create(obj, self.namespace)
                return
            except KubeError as error:
                if error.reason != "AlreadyExists" or time.monotonic() > until:
                    raise
            time.sleep(POLL_SECONDS)

    def _pod(self) -> dict:
        pods = self.kube.list(find("Pod"), self.namespace, f"job-name={self.name}")["items"]
        return next((pod for pod in pods if not pod["metadata"].get("deletionTimestamp")), {})

    def _phase(self) -> str:
        return (self._pod().get("status") or {}).get("phase", "")

    def _why(self) -> str:
        """Why its pod does not run: what its container waits for, else what a condition says, else the Job's events."""
        status = self._pod().get("status") or {}
        for entry in status.get("containerStatuses") or []:
            waiting = (entry.get("state") or {}).get("waiting")
            if waiting:
                return f"{waiting.get('reason')} {waiting.get('message', '')}".strip()
        said = [entry.get("message") for entry in status.get("conditions") or [] if entry.get("status") == "False"]
        fields = f"involvedObject.kind=Job,involvedObject.name={self.name}"
        said += [
            entry.get("message") for entry in self.kube.list(find("Event"), self.namespace, fields=fields)["items"]
        ]
        return next((text for text in said if text), "it has no pod")

    def since_before(self) -> tuple[float | None, float | None, int]:
        """Requests a second, mean latency in milliseconds, failed requests, since the last call."""
        pod = self._pod().get("metadata", {}).get("name")
        path = f"{find('Pod').path(self.namespace, f'{pod}:{PORT}')}/proxy/v1/metrics"
        self.fail_fast.deadline = time.monotonic()
        try:
            return self.meter.since_before(load_test_run.samples(self.fail_fast.text(path)))
        except KubeError:
            return self.meter.since_before({})

    def ended(self) -> bool:
        return self._phase() not in ("Running", "Pending")

    def result(self) -> tuple[int, dict, str]:
        """Exit status, the numbers, and what it said last. Raises ServingError when it came to no numbers."""
        pod = self._pod()
        if not pod:
            raise ServingError(
                f"the pod of Job/{self.name} in {self.namespace} was removed while it ran: {self._why()}"
            )
        states = [entry.get("state") or {} for entry in pod["status"].get("containerStatuses") or []]
        status = next((state["terminated"]["exitCode"] for state in states if "terminated" in state), None)
        path = find("Pod").path(self.namespace, pod["metadata"]["name"]) + "/log"
        numbers, words = parted(self.kube.text(path, {"tailLines": LAST_LINES}))
        if numbers is None or status not in load_test_run.PASSED_AND_CROSSED:
            raise ServingError(f"k6 in Job/{self.name} ended with status {status}: {words or 'without a word'}")
        return status, numbers, words

    def close(self) -> None:
        for obj in reversed(self.objects):
            self.kube.delete(obj, self.namespace)


def parted(log: str) -> tuple[dict | None, str]:
    """The summary that k6 wrote at its end into its log, None when there is none, and the rest's last words."""
    for start in re.finditer(r"^\{$", log, re.MULTILINE):
        try:
            numbers, end = json.JSONDecoder().raw_decode(log, start.start())
        except ValueError:
            continue
        return numbers, (log[: start.start()] + log[end:]).strip()[-800:]
    return None, log.strip()[-800:]


def objects(name: str, image: str, program: str, script: str, environment: dict) -> list[dict]:
    """The script's ConfigMap and the Job. Fits the Pod Security level restricted, and carries no label that a Service
    or an autoscaler selects by."""
    meta = {
        "name": f"{name}-load-test",
        "labels": {"app.kubernetes.io/component": "load", "app.kubernetes.io/managed-by": "modelops.serving"},
    }
    container = {
        "name": "k6",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": load_test_run.command(program, f"0.0.0.0:{PORT}", environment, "/script/predict.js"),
        "ports": [{"name": "api", "containerPort": PORT}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "script", "mountPath": "/script"}],
    }
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": USER, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [{"name": "script", "configMap": {"name": meta["name"]}}],
    }
    with open(script, encoding="utf-8") as stream:
        data = {"predict.js": stream.read()}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data},
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": meta,
            "spec": {
                "backoffLimit": 0,
                "activeDeadlineSeconds": int(environment.get("DURATION", LONGEST)) + SLACK,
                "ttlSecondsAfterFinished": KEPT,
                "template": {"metadata": {"labels": meta["labels"]}, "spec": pod},
            },
        },
    ]

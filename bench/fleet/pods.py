# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for the kubelets of a hundred clusters, which would not fit on one machine: says of pods that no scheduler
takes that they are ready, as soon as they are there, and of their Services that they lead to them."""

from __future__ import annotations

import threading
import time

from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

# No scheduler has this name, so that these pods come to no node.
SCHEDULER = "nobody"
CONDITIONS = ("PodScheduled", "Initialized", "ContainersReady", "Ready")
# A range for documentation, where nothing is.
ADDRESSES = "203.0.113."
PODS, SERVICES = find("Pod"), find("Service")


class Pods(threading.Thread):
    """Runs until ``stop``, for all namespaces."""

    def __init__(self):
        super().__init__(daemon=True)
        self.kube, self.stopped = Cluster("default").kube, threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(0.3):
            pending = f"spec.schedulerName={SCHEDULER},status.phase=Pending"
            found = [
                pod
                for pod in self.kube.list(PODS, None, fields=pending)["items"]
                if not pod["metadata"].get("deletionTimestamp")
            ]
            for pod in found:
                self._start(pod)
            for namespace in sorted({pod["metadata"]["namespace"] for pod in found}):
                pods = self.kube.list(PODS, namespace)["items"]
                for service in self.kube.list(SERVICES, namespace)["items"]:
                    self.kube.apply(slice_of(service, pods), namespace, None, "true")

    def stop(self) -> None:
        self.stopped.set()
        self.join(20)

    def _start(self, pod: dict) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        running = {"ready": True, "started": True, "restartCount": 0, "state": {"running": {"startedAt": now}}}
        containers = [
            {"name": each["name"], "image": each["image"], "imageID": each["image"], **running}
            for each in pod["spec"]["containers"]
        ]
        conditions = [{"type": name, "status": "True", "lastTransitionTime": now} for name in CONDITIONS]
        status = {"phase": "Running", "startTime": now, "conditions": conditions, "containerStatuses": containers}
        path = PODS.path(pod["metadata"]["namespace"], pod["metadata"]["name"]) + "/status"
        self.kube.request("PATCH", path, None, {"status": status}, "application/merge-patch+json")


def slice_of(service: dict, pods: list) -> dict:
    """The EndpointSlice of a Service, which is removed with it."""
    meta = service["metadata"]
    owner = {"apiVersion": "v1", "kind": "Service", "name": meta["name"], "uid": meta["uid"]}
    ports = [{"name": each.get("name", ""), "port": target_port(each, pods)} for each in service["spec"]["ports"]]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{meta['name']}-fleet",
            "labels": {"kubernetes.io/service-name": meta["name"]},
            "ownerReferences": [owner],
        },
        "addressType": "IPv4",
        "endpoints": [endpoint(pod, number) for number, pod in enumerate(pods, 1)],
        "ports": ports,
    }


def target_port(port: dict, pods: list) -> int:
    """The number behind a port of a Service. Of a rollout only endpoints at these count."""
    target = port.get("targetPort", port["port"])
    containers = [container for pod in pods for container in pod["spec"]["containers"]]
    named = [each["containerPort"] for at in containers for each in at.get("ports", ()) if each.get("name") == target]
    return next(iter(named), target if isinstance(target, int) else port["port"])


def endpoint(pod: dict, number: int) -> dict:
    meta = pod["metadata"]
    target = {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}
    return {"addresses": [f"{ADDRESSES}{number}"], "conditions": {"ready": True}, "targetRef": target}

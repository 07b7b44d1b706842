# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for a cloud's controller of load balancers: gives the Services of type LoadBalancer of one namespace an
address, some seconds after they were made. Nothing listens there."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import epoch


class LoadBalancers(threading.Thread):
    """Runs until ``stop``. ``given``: {"ip": …} as GKE and AKS give one, {"hostname": …} as EKS does. ``refuses``: the
    words of an event, in place of an address."""

    def __init__(self, cluster: Cluster, given: dict, seconds: float, refuses: str = ""):
        super().__init__(daemon=True)
        self.cluster, self.given, self.seconds, self.refuses = cluster, given, seconds, refuses
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(0.3):
            for service in self.cluster.list("Service"):
                if service["spec"]["type"] == "LoadBalancer" and not service["status"]["loadBalancer"]:
                    self._serve(service)

    def stop(self) -> None:
        self.stopped.set()
        self.join(10)

    def _serve(self, service: dict) -> None:
        if time.time() < epoch(service["metadata"]["creationTimestamp"]) + self.seconds:
            return
        if self.refuses:
            self._say(service)
            self.stopped.set()
            return
        path = find("Service").path(self.cluster.namespace, service["metadata"]["name"]) + "/status"
        change = {"status": {"loadBalancer": {"ingress": [self.given]}}}
        self.cluster.kube.request("PATCH", path, None, change, "application/merge-patch+json")

    def _say(self, service: dict) -> None:
        now, meta = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), service["metadata"]
        about = {"apiVersion": "v1", "kind": "Service", "name": meta["name"], "namespace": meta["namespace"]}
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": "load-balancer-"},
            "involvedObject": {**about, "uid": meta["uid"]},
            "type": "Warning",
            "reason": "SyncLoadBalancerFailed",
            "message": self.refuses,
            "source": {"component": "service-controller"},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        self.cluster.create(event)

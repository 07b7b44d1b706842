# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how soon a finished rollout is noticed, compared with a second, independent watch of the Deployment."""

from __future__ import annotations

import threading
import time

import image
import sets
from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import DONE

ROLLOUTS = 5


def complete(deployment: dict) -> bool:
    """Whether the rollout is complete by kubectl's rules. Independent of the collection's own code on purpose."""
    status, wanted = deployment.get("status") or {}, deployment["spec"]["replicas"]
    return (
        status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
        and status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
    )


class Witness(threading.Thread):
    """Records when the API first shows a generation of the Deployment as complete."""

    def __init__(self, kube: Kube, deployment: dict):
        super().__init__(daemon=True)
        self.kube, self.deployment = kube, deployment
        self.namespace, self.generation = deployment["metadata"]["namespace"], deployment["metadata"]["generation"]
        self.seen = time.monotonic() if complete(deployment) else None

    def run(self) -> None:
        version = self.deployment["metadata"]["resourceVersion"]
        query = {"fieldSelector": "metadata.name=shop", "resourceVersion": version}
        for event in self.kube.stream(find("Deployment").path(self.namespace), query, 60):
            held = event.get("object") or {}
            if event["type"] not in ("ADDED", "MODIFIED") or held["metadata"]["generation"] < self.generation:
                continue
            if complete(held):
                self.seen = self.seen or time.monotonic()
                return


def delays() -> list[float]:
    """Seconds from the API showing completion to our verdict, for each rollout."""
    image.load()
    cluster = Cluster("t-bench-notice")
    cluster.make_namespace()
    try:
        return [one(cluster, f"hello {number}") for number in range(ROLLOUTS)]
    finally:
        cluster.remove_namespace()


def one(cluster: Cluster, greeting: str) -> float:
    result = cluster.release(sets.healthy(greeting), wait=False)
    if result.get("failed"):
        raise SystemExit(f"the rollout could not be started: {result['msg']}")
    deployment = cluster.get("Deployment", "shop")
    witness = Witness(Kube(cluster.kube.connection), deployment)
    witness.start()
    services = [cluster.get("Service", "shop")]
    observer = Observer.of(cluster.kube, deployment, services)
    verdict, _snapshot = observer.follow(120, lambda _snapshot, _now: None, deployment["metadata"]["generation"])
    noticed = time.monotonic()
    observer.stop()
    cluster.kube.deadline = None
    witness.join(10)
    if verdict.state != DONE or witness.seen is None:
        raise SystemExit(f"the rollout ended {verdict.state}: {verdict.line}")
    return max(0.0, noticed - witness.seen)

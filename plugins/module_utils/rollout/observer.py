# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows one rollout: keeps the picture fresh and asks the judge until there is a verdict."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.node_autoscaler import node_autoscaler
from ansible_collections.modelops.serving.plugins.module_utils.client.watch import Picture, Watch
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import selector_parameter
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.images import pulling_fails
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.placement import unschedulable
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import Verdict

# Rules with a grace become due without any change in the cluster, so the judge is asked again after so long.
POLL_SECONDS = 0.5
NODES_FRESH = 3.0


class Observer:
    """The objects around one Deployment. ``labels`` is its pod selector as text, ``services`` those of the release."""

    def __init__(self, kube: Kube, namespace: str, name: str, labels: str, services: list):
        self.kube, self.namespace, self.name = kube, namespace, name
        self.services = services
        self.picture = Picture()
        self.started = time.time()
        self._nodes: tuple[float, list | None] = (0.0, None)
        self._autoscaler = "unknown"
        self._watches = [
            Watch(kube, self.picture, find("Deployment"), namespace, fields=f"metadata.name={name}"),
            Watch(kube, self.picture, find("ReplicaSet"), namespace, labels),
            Watch(kube, self.picture, find("Pod"), namespace, labels),
            Watch(kube, self.picture, find("EndpointSlice"), namespace, "kubernetes.io/service-name"),
            Watch(kube, self.picture, find("Event"), namespace),
        ]
        self._watching = False

    @classmethod
    def of(cls, kube: Kube, deployment: dict, services: list) -> Observer:
        meta = deployment["metadata"]
        return cls(
            kube,
            meta["namespace"],
            meta["name"],
            selector_parameter(deployment["spec"]["selector"]),
            services,
        )

    def list(self) -> None:
        """One look at everything, without watching."""
        with ThreadPoolExecutor(max_workers=len(self._watches)) as pool:
            for done in [pool.submit(watch.list) for watch in self._watches]:
                done.result()

    def watch(self) -> None:
        if not self._watching:
            self._watching = True
            for watch in self._watches:
                watch.start()

    def stop(self) -> None:
        for watch in self._watches:
            watch.stop()

    def restart(self) -> None:
        """Another rollout of the same Deployment begins: events from before are no longer of interest."""
        self.started = time.time()

    def snapshot(self) -> Snapshot:
        found = [entry for entry in self.picture.all("Deployment") if entry["metadata"]["name"] == self.name]
        taken = Snapshot(
            deployment=found[0] if found else None,
            replicasets=self.picture.all("ReplicaSet"),
            pods=self.picture.all("Pod"),
            events=self.picture.all("Event"),
            services=self.services,
            endpointslices=self.picture.all("EndpointSlice"),
            started=self.started,
            trouble=self.picture.trouble,
        )
        if any(unschedulable(taken)) or any(pulling_fails(taken)):
            taken.nodes, taken.autoscaler = self._ask_nodes()
        return taken

    def _ask_nodes(self) -> tuple[list | None, str]:
        """Nodes are asked for only when a pod finds none, and not more often than needed."""
        asked, nodes = self._nodes
        if nodes is None or time.monotonic() - asked > NODES_FRESH:
            try:
                nodes = self.kube.list(find("Node"), None)["items"]
                if self._autoscaler == "unknown":
                    self._autoscaler = node_autoscaler(self.kube)
            except KubeError:
                nodes = nodes or []
            self._nodes = (time.monotonic(), nodes)
        return nodes, self._autoscaler

    def follow(
        self,
        timeout: float,
        say: Callable[[Verdict, float], None],
        generation: int = 0,
        check: Callable[[], None] = lambda: None,
    ) -> tuple[Verdict, Snapshot]:
        """Wait for the verdict, at most ``timeout`` seconds; ``say`` hears every judgement.

        ``generation`` is the Deployment's after our own apply: an older picture of it is not judged.
        """
        began = time.monotonic()
        self.kube.deadline = began + timeout
        seen, version = {}, -1
        if not self.picture.objects:
            self.list()
        while True:
            check()
            taken = self.snapshot()
            now = time.monotonic() - began
            verdict = judge_at_least(taken, now, seen, generation)
            seen = verdict.seen
            say(verdict, now)
            if verdict.state != rollout_verdict.WAITING:
                return verdict, taken
            if now >= timeout:
                verdict.state = rollout_verdict.FAILED
                verdict.findings = [*verdict.findings, rollout_verdict.timed_out(taken, verdict, now)]
                return verdict, taken
            self.watch()
            version = self.picture.wait(version, min(POLL_SECONDS, max(timeout - now, 0.01)))


def judge_at_least(snapshot: Snapshot, now: float, seen: dict, generation: int) -> Verdict:
    """The judge's verdict, unless the picture of the Deployment is older than what we know to have applied."""
    held = (snapshot.deployment or {}).get("metadata", {}).get("generation", 0)
    if snapshot.deployment is not None and held < generation:
        return Verdict(
            rollout_verdict.WAITING, "waiting to see the new Deployment", rollout_verdict.counts(snapshot), [], seen
        )
    return rollout_verdict.judge(snapshot, now, seen)

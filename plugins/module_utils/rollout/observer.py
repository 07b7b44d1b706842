# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows one rollout: watches its objects and judges each change until there is a verdict."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.node_autoscaler import node_autoscaler
from ansible_collections.modelops.serving.plugins.module_utils.client.watch import Store, Watch
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import selector_parameter
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.images import pulling_fails
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.placement import unschedulable
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import Verdict

# A rule's grace ends without any change in the cluster, so the rollout is judged at least this often.
POLL_SECONDS = 0.5
NODES_MAX_AGE = 3.0


class Observer:
    """The objects around one Deployment. ``labels`` is its pod selector as text, ``services`` those of the release."""

    def __init__(self, kube: Kube, namespace: str, name: str, labels: str, services: list):
        self.kube, self.namespace, self.name = kube, namespace, name
        self.services = services
        self.store = Store()
        self.started = time.time()
        self._nodes: tuple[float, list | None] = (0.0, None)
        self._autoscaler = "unknown"
        self._watches = [
            Watch(kube, self.store, find("Deployment"), namespace, fields=f"metadata.name={name}"),
            Watch(kube, self.store, find("ReplicaSet"), namespace, labels),
            Watch(kube, self.store, find("Pod"), namespace, labels),
            Watch(kube, self.store, find("EndpointSlice"), namespace, "kubernetes.io/service-name"),
            Watch(kube, self.store, find("Event"), namespace),
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
        """Lists everything once, without watching."""
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
        """Another rollout of the same Deployment begins: ignores earlier events."""
        self.started = time.time()

    def snapshot(self) -> Snapshot:
        found = [entry for entry in self.store.all("Deployment") if entry["metadata"]["name"] == self.name]
        taken = Snapshot(
            deployment=found[0] if found else None,
            replicasets=self.store.all("ReplicaSet"),
            pods=self.store.all("Pod"),
            events=self.store.all("Event"),
            services=self.services,
            endpointslices=self.store.all("EndpointSlice"),
            started=self.started,
            trouble=self.store.trouble,
        )
        if any(unschedulable(taken)) or any(pulling_fails(taken)):
            taken.nodes, taken.autoscaler = self._read_nodes()
        return taken

    def _read_nodes(self) -> tuple[list | None, str]:
        """Read only when a pod finds no node or no image, and at most every NODES_MAX_AGE seconds."""
        read, nodes = self._nodes
        if nodes is None or time.monotonic() - read > NODES_MAX_AGE:
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
        """Waits for the verdict, at most ``timeout`` seconds; calls ``say(verdict, seconds)`` after each judgement.

        ``generation``: the Deployment's after our apply; an older state of it is not judged. ``check`` may raise to end
        the wait.
        """
        began = time.monotonic()
        self.kube.deadline = began + timeout
        seen, version = {}, -1
        if not self.store.objects:
            self.list()
        while True:
            check()
            taken = self.snapshot()
            now = time.monotonic() - began
            verdict = judge_from(taken, now, seen, generation)
            seen = verdict.seen
            say(verdict, now)
            if verdict.state != rollout_verdict.WAITING:
                return verdict, taken
            if now >= timeout:
                verdict.state = rollout_verdict.FAILED
                verdict.findings = [*verdict.findings, rollout_verdict.timed_out(taken, verdict, now)]
                return verdict, taken
            self.watch()
            version = self.store.wait(version, min(POLL_SECONDS, max(timeout - now, 0.01)))


def judge_from(snapshot: Snapshot, now: float, seen: dict, generation: int) -> Verdict:
    """The verdict; waiting, while the observed Deployment is older than ``generation``."""
    observed = (snapshot.deployment or {}).get("metadata", {}).get("generation", 0)
    if snapshot.deployment is not None and observed < generation:
        return Verdict(
            rollout_verdict.WAITING,
            "waiting for the new Deployment to show in the watch",
            rollout_verdict.counts(snapshot),
            [],
            seen,
        )
    return rollout_verdict.judge(snapshot, now, seen)

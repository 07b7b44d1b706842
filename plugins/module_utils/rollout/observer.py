# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows one rollout: watches its objects and judges each change until there is a verdict.

What may not be read is unknown: the rollout is judged by the rest, and the verdict says what was missing.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.node_autoscaler import node_autoscaler
from ansible_collections.modelops.serving.plugins.module_utils.client.watch import Store, Watch
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label, selector_parameter
from ansible_collections.modelops.serving.plugins.module_utils.rollout import patience as waiting
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.images import pulling_fails
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.placement import unschedulable
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.pods import crashed
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.routing import unserved
from ansible_collections.modelops.serving.plugins.module_utils.rollout.last_words import LastWords
from ansible_collections.modelops.serving.plugins.module_utils.rollout.patience import Reached, reached
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, history
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import Verdict

# A rule's grace ends without any change in the cluster, so the rollout is judged at least this often.
POLL_SECONDS = 0.5
NODES_MAX_AGE = 3.0
SERVICES_MAX_AGE = 3.0
# Seconds for what is read beside the watches; without it, it is unknown.
BESIDE_SECONDS = 2.0
# Without one of these a rollout can still be judged; what it would have said is unknown.
OPTIONAL = ("replicasets", "endpointslices", "events")


class Observer:
    """The objects around one Deployment. ``labels`` is its pod selector as text, ``services`` those of the release."""

    def __init__(self, kube: Kube, namespace: str, name: str, labels: str, services: list):
        self.kube, self.namespace, self.name = kube, namespace, name
        self.services = services
        self.store = Store()
        self.before: dict = {}
        # By the names of Secrets, the objects of the release that make them; known to who has applied a set.
        self.secret_makers: dict[str, str] = {}
        self.least: int | None = None
        self.unread: dict[str, str] = {}
        self._counted = 0
        self._existed = ""
        self._services: tuple[float, dict] = (0.0, {})
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
        """Lists everything once, without watching. Raises KubeError when Deployments or pods may not be listed."""
        with ThreadPoolExecutor(max_workers=len(self._watches)) as pool:
            for done in [pool.submit(self._list, watch) for watch in self._watches]:
                done.result()

    def _list(self, watch: Watch) -> None:
        plural = watch.kind.plural
        try:
            watch.list()
        except KubeError as error:
            if error.status != 403:
                raise
            if plural not in OPTIONAL:
                text = f"a rollout cannot be followed without {plural}: grant list and watch on {plural}"
                raise KubeError(f"{error}; {text} in {self.namespace}", 403, error.reason, error.details) from error
            self.unread[plural] = str(error)

    def standing(self) -> Snapshot:
        """What stands now, read once, for those who ask whether it serves: how it came to be is history."""
        self.list()
        self.before = history(self.snapshot())
        return self.snapshot()

    def watch(self) -> None:
        if not self._watching:
            self._watching = True
            for watch in self._watches:
                if watch.kind.plural not in self.unread:
                    watch.start()

    def stop(self) -> None:
        for watch in self._watches:
            watch.stop()

    def snapshot(self) -> Snapshot:
        found = [entry for entry in self.store.all("Deployment") if entry["metadata"]["name"] == self.name]
        self._existed = label(found[0]) if found else self._existed
        taken = Snapshot(
            deployment=found[0] if found else None,
            existed=self._existed,
            replicasets=self.store.all("ReplicaSet"),
            pods=self.store.all("Pod"),
            events=self.store.all("Event"),
            services=self.services,
            endpointslices=self.store.all("EndpointSlice"),
            taken=self.kube.server_time() or time.time(),
            trouble=self.store.trouble,
            before=self.before,
            unread=self.unread,
            secret_makers=self.secret_makers,
            least=self.least,
        )
        self._read_beside(taken)
        return taken

    @cached_property
    def _beside(self) -> Kube:
        """A client that gives up soon, for what is read beside the watches."""
        return self.kube.another()

    @cached_property
    def _words(self) -> LastWords:
        return LastWords(self._beside, self.namespace)

    def _read_beside(self, taken: Snapshot) -> None:
        """What only some findings need: nodes, when a pod finds no node or no image, the logs of crashes, and Services
        that ready pods wait for."""
        if taken.deployment and taken.ready_new >= taken.desired and unserved(taken):
            taken.services_now = self._read_services()
        if not (any(unschedulable(taken)) or any(pulling_fails(taken)) or any(crashed(taken))):
            return
        self._beside.deadline = time.monotonic() + BESIDE_SECONDS
        if any(unschedulable(taken)) or any(pulling_fails(taken)):
            taken.nodes, taken.autoscaler = self._read_nodes()
        taken.logs = self._words.of(taken)
        if self._words.forbidden:
            self.unread["pods/log"] = self._words.forbidden
        self._count_beside()

    def _read_services(self) -> dict:
        """The release's Services as they are now, None for one that is gone; one that may not be read is unknown. At
        most every SERVICES_MAX_AGE seconds."""
        read, services = self._services
        if time.monotonic() - read > SERVICES_MAX_AGE:
            services = {}
            self._beside.deadline = time.monotonic() + BESIDE_SECONDS
            for name in (service["metadata"]["name"] for service in self.services):
                with contextlib.suppress(KubeError):
                    services[name] = self._beside.get(find("Service"), self.namespace, name)
            self._services = (time.monotonic(), services)
            self._count_beside()
        return services

    def _count_beside(self) -> None:
        self.kube.count(self._beside.requests - self._counted)
        self._counted = self._beside.requests

    def _read_nodes(self) -> tuple[list | None, str]:
        """At most every NODES_MAX_AGE seconds. None: unknown."""
        read, nodes = self._nodes
        if read == 0.0 or time.monotonic() - read > NODES_MAX_AGE:
            try:
                nodes = self._beside.list(find("Node"), None)["items"]
                if self._autoscaler == "unknown":
                    self._autoscaler = node_autoscaler(self._beside)
            except KubeError as error:
                if error.status == 403:
                    self.unread["nodes"] = str(error)
            self._nodes = (time.monotonic(), nodes)
        return nodes, self._autoscaler

    def follow(
        self,
        patience: float,
        say: Callable[[Verdict, float], None],
        applied: dict | None = None,
        check: Callable[[], None] = lambda: None,
        total: float | None = None,
    ) -> tuple[Verdict, Snapshot]:
        """Waits for the verdict; calls ``say(verdict, seconds)`` after each judgement.

        ``patience``: the most seconds without progress (see ``patience.Reached``). ``total``: the most in all; without
        it, as many as ``patience.total`` derives from replicas and surge. ``applied``: the Deployment as our apply
        left it; an older state of it is not judged. ``check`` may raise to end the wait. Raises KubeError when
        Deployments or pods may not be read.
        """
        began = time.monotonic()
        self.kube.deadline = began + (patience if total is None else total)
        if not self.store.objects:
            self.list()
        self._existed = label(applied) if applied else ""
        self.before = history(self.snapshot())
        seen, version, furthest, advanced = {}, -1, Reached(), 0.0
        while True:
            check()
            taken = self.snapshot()
            now = time.monotonic() - began
            verdict = judge_from(taken, now, seen, applied)
            seen = verdict.seen
            say(verdict, now)
            if verdict.state != rollout_verdict.WAITING:
                return verdict, taken
            further = furthest.further(reached(taken))
            furthest, advanced = further, (advanced if further == furthest else now)
            limit = waiting.total(taken, patience) if total is None else total
            granted = waiting.granted(taken, patience)
            if now >= limit or now - advanced >= granted:
                late_at = rollout_verdict.over_derived if total is None else rollout_verdict.over_total
                late = late_at(taken, verdict, now)
                still = rollout_verdict.without_progress(taken, verdict, now, granted)
                return rollout_verdict.expired(verdict, late if now >= limit else still), taken
            self.kube.deadline = began + limit
            self.watch()
            version = self.store.wait(version, min(POLL_SECONDS, max(limit - now, 0.01)))


def judge_from(snapshot: Snapshot, now: float, seen: dict, applied: dict | None) -> Verdict:
    """The verdict; waiting, while the observed Deployment is older than ``applied``."""
    if snapshot.deployment is not None and applied is not None and _is_older(snapshot.deployment, applied):
        return Verdict(
            rollout_verdict.WAITING,
            "waiting for the new Deployment to show in the watch",
            rollout_verdict.counts(snapshot),
            [],
            seen,
        )
    return rollout_verdict.judge(snapshot, now, seen)


def _is_older(observed: dict, applied: dict) -> bool:
    """One that somebody has made anew counts its generations from 1 again."""
    one, other = observed["metadata"], applied["metadata"]
    return one.get("uid") == other.get("uid") and one.get("generation", 0) < other.get("generation", 0)

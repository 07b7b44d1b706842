# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that is disturbed under load: what is done to it is written down with its time, and waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import is_ready, selector_parameter
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.resilience.figures import Disturbance, lost
from ansible_collections.modelops.serving.plugins.module_utils.resilience.traffic import Traffic

EVERY = 0.5


@dataclass
class Scene:
    """``timeout``: seconds that the service may take to be whole again. ``pause``: of load after each disturbance, in
    which what it cost comes to light. ``places``: namespace and selector of the ingress controller's and the DNS's.
    """

    kube: Kube
    namespace: str
    name: str
    traffic: Traffic
    timeout: float = 180.0
    pause: float = 10.0
    places: dict = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)
    disturbances: list[Disturbance] = field(default_factory=list)

    @contextmanager
    def disturbance(self, fault: str, title: str, loss: float) -> Iterator[Disturbance]:
        """What is done inside it. Afterwards the load goes on for a while."""
        if self.traffic.ended():
            raise ServingError("the load has ended: no disturbance can be measured any more.")
        found = Disturbance(fault, title, self.traffic.now(), loss)
        self.disturbances.append(found)
        self.progress.say(title)
        before = self._lost()
        yield found
        found.ended = self.traffic.now()
        self.rest()
        self.progress.say(f"{title}: {self._lost() - before} requests lost until now")

    def _lost(self) -> int:
        return sum(lost(counts) for counts in self.traffic.seconds().values())

    def rest(self) -> None:
        time.sleep(self.pause)

    def deployment(self) -> dict:
        return self.kube.need(find("Deployment"), self.namespace, self.name, "deploy it first")

    def pods(self) -> list[dict]:
        """Those of the release, without the ones that are on their way out."""
        selector = selector_parameter(self.deployment()["spec"]["selector"])
        found = self.kube.list(find("Pod"), self.namespace, selector)["items"]
        return [pod for pod in found if not pod["metadata"].get("deletionTimestamp")]

    def ready_pod(self) -> dict:
        ready = [pod for pod in self.pods() if is_ready(pod)]
        if not ready:
            raise ServingError(
                f"no pod of {self.name} in namespace {self.namespace} is ready: there is nothing to try."
            )
        return min(ready, key=lambda pod: pod["metadata"]["name"])

    def wait_until_whole(self, found: Disturbance) -> None:
        """All replicas are new and ready. Notes how long that took. Raises ServingError after the timeout."""
        self.wait_until(lambda: is_whole(self.deployment(), self.pods()), f"all replicas of {self.name} are ready")
        found.whole = round(self.traffic.now() - found.began, 1)

    def wait_until(self, holds, words: str) -> None:
        end = time.monotonic() + self.timeout
        while not holds():
            if time.monotonic() > end:
                raise ServingError(f"not within {self.timeout:.0f} s (model_resilience_timeout): {words}.")
            time.sleep(EVERY)


def is_whole(deployment: dict, pods: list[dict]) -> bool:
    """``pods``: those that are not on their way out. The Deployment's status knows nothing yet of a pod that was just
    deleted."""
    spec, status = deployment["spec"], deployment.get("status") or {}
    wanted = spec.get("replicas", 1)
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")]
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    return seen and counts == [wanted] * 4 and sum(map(is_ready, pods)) == wanted


def stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

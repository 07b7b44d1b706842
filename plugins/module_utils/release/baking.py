# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches a new revision for some time before it is promoted."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client import pod_counters, prometheus
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import bounds
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import name_of
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.release import bake
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer, judge_from
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import FAILED

# Seconds between two looks, and that Prometheus and the API server may take for one.
EVERY = 5.0
PATIENCE = 15.0

OPTIONS = {
    "seconds": {"type": "int", "default": 0},
    "error_percent": {"type": "float", "default": 1.0},
    "prometheus": {
        "type": "dict",
        "options": {
            "namespace": {"type": "str", "required": True},
            "service": {"type": "str", "required": True},
            "port": {"type": "int", "default": prometheus.PORT},
        },
    },
}


BOUNDS = {"seconds": (0, None), "error_percent": (0, 100)}


def given(params: dict) -> dict:
    """A module's option ``bake``; {} where it was not set. Raises ServingError for what cannot be meant."""
    if params["bake"] is None:
        return {}
    bounds.refuse_impossible(params["bake"], BOUNDS, "bake")
    bounds.refuse_impossible(params["bake"]["prometheus"] or {}, {"port": (1, 65535)}, "bake.prometheus")
    return params["bake"]


class Baking:
    """``options``: see OPTIONS. ``check`` is called at every look, and may raise to end it. ``snapshot``: of the last
    look."""

    def __init__(self, kube: Kube, name: str, namespace: str, options: dict, progress: Progress):
        self.counted, self.kube = kube, kube.another()
        self.name, self.namespace, self.progress = name, namespace, progress
        self.seconds, self.percent = options["seconds"], options["error_percent"]
        self.prometheus = options["prometheus"] or {}
        self.seen = bake.Baked()
        self.snapshot: Snapshot | None = None
        self.warnings: list[str] = []

    def watch(self, observer: Observer, check: Callable[[], None]) -> list[Finding]:
        """Looks until the time is over or something is wrong."""
        try:
            return self._watch(observer, check)
        finally:
            self.counted.count(self.kube.requests)

    def _watch(self, observer: Observer, check: Callable[[], None]) -> list[Finding]:
        began = time.monotonic()
        self.counted.deadline = began + PATIENCE
        self.snapshot = observer.standing()
        self.kube.deadline = time.monotonic() + PATIENCE
        self.prometheus = self.prometheus or prometheus.search(self.kube)
        pods, alerts = self.snapshot.new_pods, self._alerts()
        self.seen = bake.begin(pods, self._counters(pods), None if alerts is None else set(alerts))
        grace: dict = {}
        while True:
            left = began + self.seconds - time.monotonic()
            time.sleep(max(min(EVERY, left), 0))
            check()
            now = time.monotonic() - began
            found, grace = self._look(observer, grace, now)
            if found or now >= self.seconds:
                return found
            self.progress.say(f"bakes: {bake.counts(self.seen)}")

    def _look(self, observer: Observer, grace: dict, now: float) -> tuple[list[Finding], dict]:
        self.counted.deadline = time.monotonic() + PATIENCE
        observer.list()
        self.snapshot = observer.snapshot()
        verdict = judge_from(self.snapshot, now, grace, None)
        if verdict.state == FAILED:
            return verdict.findings, verdict.seen
        pods = self.snapshot.new_pods
        bake.add(self.seen, pods, self._counters(pods))
        fewest = bake.FEWEST_AT_THE_END if now >= self.seconds else bake.FEWEST
        alerts = bake.with_alerts(self.seen, self._alerts())
        return bake.judge(self.name, self.seen, pods, alerts, self.percent, fewest), verdict.seen

    def _counters(self, pods: list[dict]) -> dict[str, bake.Counted]:
        """By pod; without those that do not answer, or count otherwise than our server does."""
        found = {}
        for pod in pods:
            metrics = pod_counters.metrics_of(self.kube, pod)
            answered = pod_counters.counted(metrics)
            if answered is not None:
                found[name_of(pod)] = bake.Counted(answered, pod_counters.failed(metrics))
        return found

    def _alerts(self) -> dict[str, str] | None:
        """Those that fire; None where no Prometheus is known, or this one does not answer."""
        if not self.prometheus:
            return None
        query = f'ALERTS{{alertstate="firing",namespace="{self.namespace}"}}'
        try:
            firing = prometheus.series(self.kube, self.prometheus, query, PATIENCE)
        except KubeError as error:
            text = f"the bake knows nothing of alerts: {error}. See model_serving_bake_prometheus"
            self.warnings += [] if self.warnings else [text]
            return None
        return bake.concerning([entry["metric"] for entry in firing], self.namespace, self.name)

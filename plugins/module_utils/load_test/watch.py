# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches the autoscaler, its pods and the load meanwhile."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    container_statuses,
    owned_by,
    revision,
)
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import Reader
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import (
    Observed,
    Point,
    back,
    lately,
    restarted,
)

EVERY = 2.0
EVERY_FALLING = 5.0


class Watch:
    """``generators``: a LocalGenerator or ClusterGenerators, which have been given their start. ``snapshot``: the
    service before. ``full``: seconds from the start until full load."""

    def __init__(self, reader: Reader, snapshot: ScalingSnapshot, generators, full: float, progress: Progress):
        self.reader, self.snapshot, self.generators, self.progress = reader, snapshot, generators, progress
        self.seen = Observed(before=snapshot.desired, full=full)
        self.counts = restart_counts(snapshot)

    def run(self, fall_timeout: float) -> Observed:
        """Until the load has ended, and then until the replicas are back, at most ``fall_timeout`` seconds (0: not at
        all)."""
        while not self.generators.ended():
            heard = self.generators.poll()
            self._take(lately(heard, self._now(), EVERY))
            time.sleep(EVERY)
        self.seen.add_load(self.generators.result())
        self._take("the load has ended")
        until = time.monotonic() + fall_timeout
        while time.monotonic() < until and not back(self.seen):
            time.sleep(EVERY_FALLING)
            self._take("no load")
        return self.seen

    def _now(self) -> float:
        """Seconds since the load began."""
        return time.time() - self.generators.began()

    def _take(self, load: str) -> None:
        """One point more."""
        self.snapshot = self.reader.read_changing(self.snapshot)
        counts = restart_counts(self.snapshot)
        point = point_of(self.snapshot, round(self._now(), 1))
        point.restarts = self.seen.restarts + restarted(self.counts, counts)
        self.counts |= counts
        self.seen.points.append(point)
        self.progress.say(f"{point.ready}/{point.desired} ready; {load}")


def point_of(snapshot: ScalingSnapshot, at: float) -> Point:
    cpu = [metric.current for metric in snapshot.metrics if (metric.name, metric.unit) == ("cpu", "%")]
    uid = (snapshot.target or {}).get("metadata", {}).get("uid")
    rollouts = [revision(entry) for entry in snapshot.replicasets if uid and owned_by(entry, uid)]
    utilization = next(iter(cpu), None)
    return Point(at, snapshot.desired, len(snapshot.ready_pods), utilization, max(rollouts, default=0))


def restart_counts(snapshot: ScalingSnapshot) -> dict:
    """By pod and container."""
    return {
        (pod["metadata"]["uid"], status["name"]): status.get("restartCount", 0)
        for pod in snapshot.owned_pods
        for status in container_statuses(pod)
    }

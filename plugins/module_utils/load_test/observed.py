# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen during a load test: points in time, and what the generators counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts, merged
from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard, seconds_of

NOT_SENT = "not sent"


@dataclass
class Point:
    """The service at one moment. ``at``: seconds since the load began. ``utilization``: CPU in percent of the request.
    ``rollout``: number of the newest set of pods. ``restarts``: of containers, since the load began."""

    at: float
    desired: int
    ready: int
    utilization: float | None = None
    rollout: int = 0
    restarts: int = 0


@dataclass
class Second:
    """The requests that were due in one second. Latencies in milliseconds."""

    second: int
    requests: int
    failed: int
    wrong: int
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass
class Observed:
    """What a load test saw. ``full``: seconds until full load. ``loaded``: seconds of load. ``before``: replicas.
    ``late``: milliseconds by which the latest request was sent late. ``total``: all requests, those that were due and
    could not be sent counted as failed."""

    points: list[Point] = field(default_factory=list)
    seconds: list[Second] = field(default_factory=list)
    total: Counts = field(default_factory=Counts)
    examples: list[dict] = field(default_factory=list)
    generators: int = 1
    late: float = 0.0
    full: float = 0.0
    loaded: float = 0.0
    before: int = 0

    @property
    def restarts(self) -> int:
        return self.points[-1].restarts if self.points else 0

    def as_dict(self) -> dict:
        return {
            **vars(self),
            "points": [asdict(point) for point in self.points],
            "seconds": [asdict(second) for second in self.seconds],
            "total": self.total.as_dict(),
        }

    def add_load(self, heard: list[Heard]) -> None:
        """What the generators counted, once all have ended."""
        self.total = merged([one.total for one in heard])
        unsent = sum(one.unsent for one in heard)
        if unsent:
            self.total.add(Counts(requests=unsent, failed=Counts.of({"failed": {NOT_SENT: unsent}}).failed))
        self.seconds = timeline(heard)
        self.examples = sorted((entry for one in heard for entry in one.examples), key=lambda entry: entry["at"])
        self.generators = len(heard)
        self.late = max(one.late for one in heard)
        self.loaded = round(max(one.length for one in heard), 1)


def timeline(heard: list[Heard]) -> list[Second]:
    return [
        Second(
            second,
            counts.requests,
            counts.failures,
            counts.wrong,
            counts.percentile(50),
            counts.percentile(95),
            counts.percentile(99),
        )
        for second, counts in seconds_of(heard).items()
    ]


def lately(heard: list[Heard], now: float, window: float) -> str:
    """The load of the last seconds in words. ``now``: seconds since the load began. The second that still runs, and
    what is still on its way, are not in it."""
    counts = [one for second, one in seconds_of(heard).items() if int(now - window) - 1 <= second < int(now) - 1]
    found = merged(counts)
    if not found.requests:
        return "no load"
    text = f"{found.requests / len(counts):.0f} requests a second, p95 {found.percentile(95):.1f} ms"
    if found.failures:
        text += f", {found.failures} failed ({found.failures_text()})"
    return text + (f", {found.wrong} answered wrongly" if found.wrong else "")


def restarted(before: dict, now: dict) -> int:
    """Restarts between two counts by container: pods that went away took theirs along."""
    return sum(max(count - before.get(container, 0), 0) for container, count in now.items())


def back(seen: Observed) -> bool:
    """Whether the replicas are where they were; never before one point without load."""
    last = seen.points[-1]
    return last.at > seen.loaded and last.desired <= seen.before and last.ready <= seen.before


def highest(points: Iterable[Point]) -> int:
    return max((point.desired for point in points), default=0)

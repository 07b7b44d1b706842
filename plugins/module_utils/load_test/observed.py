# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen during a load test: points in time, and what the load's sender counted. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass
class Point:
    """One moment of it. ``at``: seconds since the load began. ``rate`` (requests a second), ``latency`` (mean,
    milliseconds) and ``failed`` are of the time since the point before; None where nothing was sent."""

    at: float
    desired: int
    ready: int
    utilization: float | None
    rate: float | None = None
    latency: float | None = None
    failed: int = 0


@dataclass
class Observed:
    """What a load test saw. ``metrics``: k6's summary. ``status``: its exit status. ``loaded``: seconds of load."""

    points: list[Point] = field(default_factory=list)
    metrics: dict = field(default_factory=dict)
    status: int = 0
    words: str = ""
    restarts: int = 0
    loaded: float = 0.0
    before: int = 0

    def as_dict(self) -> dict:
        return asdict(self)


def back(seen: Observed) -> bool:
    """Whether the replicas are where they were; never before one point without load."""
    last = seen.points[-1]
    return last.rate is None and last.at > seen.loaded and last.desired <= seen.before and last.ready <= seen.before

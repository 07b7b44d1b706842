# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts of requests: they add up over seconds and over generators, and so do their percentiles. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Counts:
    """``wrong``: answered, but not as asked. ``failed``: requests by their status or kind of failure. ``latency``:
    requests by microseconds to three digits, from when each was due, failed ones included. ``failed_latency``: those of
    the failed ones alone."""

    requests: int = 0
    wrong: int = 0
    failed: Counter = field(default_factory=Counter)
    latency: Counter = field(default_factory=Counter)
    failed_latency: Counter = field(default_factory=Counter)

    @classmethod
    def of(cls, said: dict) -> Counts:
        """From what a generator writes. Raises TypeError, ValueError or AttributeError for anything else."""
        latency, failed_latency = (_histogram(said.get(name)) for name in ("latency", "failed_latency"))
        failed = Counter({str(kind): int(count) for kind, count in (said.get("failed") or {}).items()})
        return cls(int(said.get("requests", 0)), int(said.get("wrong", 0)), failed, latency, failed_latency)

    def as_dict(self) -> dict:
        counters = {name: dict(getattr(self, name)) for name in ("failed", "latency", "failed_latency")}
        return {**vars(self), **counters}

    def add(self, other: Counts) -> None:
        self.requests += other.requests
        self.wrong += other.wrong
        self.failed.update(other.failed)
        self.latency.update(other.latency)
        self.failed_latency.update(other.failed_latency)

    @property
    def failures(self) -> int:
        return sum(self.failed.values())

    def percentile(self, percent: float) -> float | None:
        """Milliseconds within which so many percent of the requests were answered; None without a request."""
        return _percentile(self.latency, percent)

    def percentile_answered(self, percent: float) -> float | None:
        """The same of the requests that did not fail."""
        return _percentile(self.latency - self.failed_latency, percent)

    def mean(self) -> float | None:
        """Milliseconds."""
        total = sum(self.latency.values())
        return sum(micros * count for micros, count in self.latency.items()) / total / 1000 if total else None

    def failures_text(self) -> str:
        """What failed requests failed with, the most frequent first, such as "503: 3, connection refused: 1"."""
        return ", ".join(f"{kind}: {count}" for kind, count in self.failed.most_common())


def _histogram(said: dict | None) -> Counter:
    return Counter({int(micros): int(count) for micros, count in (said or {}).items()})


def _percentile(latency: Counter, percent: float) -> float | None:
    rank = percent / 100 * sum(latency.values())
    passed = 0
    for micros, count in sorted(latency.items()):
        passed += count
        if passed >= rank:
            return micros / 1000
    return None


def merged(counts: list[Counts]) -> Counts:
    found = Counts()
    for one in counts:
        found.add(one)
    return found

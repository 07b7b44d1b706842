# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each disturbance cost the clients: requests by the second in which they were due. Pure."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts, merged

QUIET = "undisturbed"


@dataclass
class Disturbance:
    """``began``, ``ended``: seconds since the load began; what is lost until the next disturbance is this one's.
    ``whole``: seconds from its beginning until all replicas were ready again, None if they were not meanwhile.
    ``loss``: the share that may be lost."""

    fault: str
    title: str
    began: float
    loss: float = 0.0
    ended: float = 0.0
    whole: float | None = None


@dataclass(frozen=True)
class Row:
    """``lost``: failed or answered wrongly. ``recovered``: seconds from the beginning until the last lost one was due.
    Milliseconds are those of the requests that were answered."""

    fault: str
    title: str
    began: float
    seconds: float
    requests: int
    lost: int
    by: dict = field(default_factory=dict)
    p50: float | None = None
    p99: float | None = None
    longest: float | None = None
    recovered: float = 0.0
    whole: float | None = None
    loss: float = 0.0

    @property
    def share(self) -> float:
        return self.lost / self.requests if self.requests else 0.0

    @property
    def held(self) -> bool:
        """Without a request nothing is known, and that does not pass."""
        return self.requests > 0 and self.share <= self.loss

    def as_dict(self) -> dict:
        return {**asdict(self), "held": self.held}


def rows(disturbances: list[Disturbance], seconds: dict[int, Counts], ended: float) -> list[Row]:
    """The first is the load before any disturbance. ``seconds``: all generators' requests. ``ended``: when it did."""
    first = disturbances[0].began if disturbances else ended
    windows = [Disturbance(QUIET, "before anything was disturbed", 0.0, 0.0, first), *disturbances]
    ends = [math.floor(window.began) for window in windows[1:]] + [math.ceil(ended)]
    return [_row(window, end, seconds) for window, end in zip(windows, ends, strict=True)]


def _row(window: Disturbance, end: int, seconds: dict[int, Counts]) -> Row:
    begin = math.floor(window.began)
    inside = {second: counts for second, counts in seconds.items() if begin <= second < end}
    total = merged(list(inside.values()))
    bad = [second for second, counts in inside.items() if lost(counts)]
    by = dict(total.failed.most_common()) | ({"wrong answer": total.wrong} if total.wrong else {})
    return Row(
        window.fault,
        window.title,
        round(window.began, 1),
        round(window.ended - window.began, 1),
        total.requests,
        lost(total),
        by,
        total.percentile_answered(50),
        total.percentile_answered(99),
        total.percentile_answered(100),
        round(max(bad) + 1 - window.began, 1) if bad else 0.0,
        window.whole,
        window.loss,
    )


def lost(counts: Counts) -> int:
    return counts.failures + counts.wrong


def differences(now: list[dict], before: list[dict]) -> list[dict]:
    """What changed since the report before, by disturbance, as Row.as_dict has them. Only what was tried in both."""
    earlier = {(row["fault"], row["title"]): row for row in before}
    found = []
    for row in now:
        old = earlier.get((row["fault"], row["title"]))
        if old is None:
            continue
        changed = {name: [old.get(name), row[name]] for name in ("lost", "p99", "recovered", "whole")}
        found.append({"fault": row["fault"], "title": row["title"], **changed})
    return found


def changed_settings(now: dict, before: dict) -> dict:
    """By name, the value before and now; None where there was none."""
    names = sorted({*now, *before})
    return {name: [before.get(name), now.get(name)] for name in names if before.get(name) != now.get(name)}

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened to the service during a load test, as marks on its time line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Point


@dataclass(frozen=True)
class Mark:
    """``at``: seconds since the load began. ``kind``: scaled, released or restarted. ``text``: for the plot."""

    at: float
    kind: str
    text: str


def marks(points: list[Point]) -> list[Mark]:
    """In order of time."""
    return [mark for before, now in pairwise(points) for mark in _between(before, now)]


def _between(before: Point, now: Point) -> Iterator[Mark]:
    if now.desired != before.desired:
        yield Mark(now.at, "scaled", f"scaled {before.desired} → {now.desired}")
    if now.rollout != before.rollout:
        yield Mark(now.at, "released", f"released, rollout {now.rollout}")
    if now.restarts > before.restarts:
        count = now.restarts - before.restarts
        yield Mark(now.at, "restarted", "a container restarted" if count == 1 else f"{count} containers restarted")

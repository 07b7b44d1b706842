# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a pod behaves: its image's tag says it.

api:good-1       ready after 0.5 s        api:slow20-1    ready after 20 s
api:crash-1      ends a second after every start, exit 3
api:dies-1       the same, but it is ready for a second each time
api:fades-1      the same for seven seconds
api:sinks-1      the same for half a minute
api:late-1       ends once before it is ready, then stays
api:never-1      runs, and its readiness probe fails: 503
api:restarted-1  its liveness probe restarts it once, then it is well
api:flap-1       ready, unready for 5 s, ready again
api:missing-1    cannot be pulled
api:gone-1       the node ends the first such pod: Evicted
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NORMAL_START = 0.5


@dataclass(frozen=True)
class Behaviour:
    """Seconds are from a container's start. ``crashes``: how many starts end by themselves after ``lasts``."""

    ready_after: float | None = NORMAL_START
    crashes: float = 0
    lasts: float = 1.0
    exit_code: int = 3
    by_liveness: bool = False
    unready: tuple[float, float] | None = None
    pulls: bool = True
    evicted: bool = False


BEHAVIOURS = {
    "good": Behaviour(),
    "crash": Behaviour(ready_after=None, crashes=float("inf")),
    "dies": Behaviour(crashes=float("inf"), lasts=1.5),
    "fades": Behaviour(crashes=float("inf"), lasts=7.0),
    "sinks": Behaviour(crashes=float("inf"), lasts=30.0),
    "late": Behaviour(crashes=1, lasts=0.3),
    "never": Behaviour(ready_after=None),
    "restarted": Behaviour(ready_after=1.0, crashes=1, lasts=8.0, exit_code=137, by_liveness=True),
    "flap": Behaviour(unready=(2.0, 7.0)),
    "missing": Behaviour(pulls=False),
    "gone": Behaviour(evicted=True),
}


def behaviour(image: str) -> Behaviour:
    """Of an image with a tag as above; any other is good."""
    found = re.fullmatch(r"([a-z]+)(\d*)(?:-.*)?", image.rpartition(":")[2])
    if found and found[1] == "slow":
        return Behaviour(ready_after=float(found[2]))
    return BEHAVIOURS.get(found[1] if found else "", Behaviour())


def ends_well(image: str) -> float | None:
    """Seconds after which such a pod is ready for good at the latest; None when it never is."""
    found = behaviour(image)
    if found.ready_after is None or found.crashes == float("inf") or not found.pulls:
        return None
    return found.ready_after + found.crashes * (found.lasts + 12.0) + (found.unready[1] if found.unready else 0)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a cluster does by itself, in turns: after a change a moment later, and when something is due."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from adversary.direct import Direct
from adversary.kubelet import Kubelet
from adversary.services import Autoscalers, Endpoints, Garbage
from adversary.workloads import Deployments, ReplicaSets

# How long a controller takes until it sees a change.
LAG = (0.01, 0.08)


class Controllers:
    """``call(after, action)`` has something done later; ``clock()`` is the time in epoch seconds."""

    def __init__(
        self, api: Direct, clock: Callable[[], float], random: Random, call: Callable[[float, Callable], object]
    ):
        self.api, self.clock, self.random, self.call = api, clock, random, call
        self.kubelet = Kubelet(api, clock, random)
        self.autoscalers = Autoscalers(api)
        self.parts = (
            Garbage(api),
            Deployments(api, clock),
            ReplicaSets(api, clock),
            self.kubelet,
            Endpoints(api),
            self.autoscalers,
        )
        self._due: float | None = None

    def changed(self) -> None:
        """To be told of every change."""
        self._at(self.clock() + self.random.uniform(*LAG))

    def step(self) -> float | None:
        """One turn of each; returns when one of them has something to do again without a change."""
        return min(filter(None, (part.step() for part in self.parts)), default=None)

    def _at(self, when: float) -> None:
        if self._due is not None and self._due <= when:
            return
        self._due = when
        self.call(max(when - self.clock(), 0.0), lambda: self._turn(when))

    def _turn(self, when: float) -> None:
        if self._due != when:
            return
        self._due = None
        due = self.step()
        if due is not None:
            self._at(max(due, self.clock() + 0.001))

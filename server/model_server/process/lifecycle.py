# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the server is starting, ready, draining or done."""

from __future__ import annotations

import logging
import time

LOGGER = logging.getLogger("model_server")
# A draining server exits when nothing has arrived for so long.
QUIET_SECONDS = 0.5


class Lifecycle:
    """Set by the main thread and by signals, read by all.

    :param drain_seconds: how long after the call of `drain` accepted requests are still answered.
    """

    def __init__(self, drain_seconds: float):
        self.drain_seconds = drain_seconds
        self.loaded = False
        self.draining = False
        self.deadline = float("inf")
        self.last_arrival = time.monotonic()

    @property
    def ready(self) -> bool:
        return self.loaded and not self.draining

    @property
    def state(self) -> str:
        """starting, ready or draining."""
        if self.draining:
            return "draining"
        return "ready" if self.loaded else "starting"

    def drain(self) -> None:
        """Stop being ready; from now on every response ends its connection."""
        if not self.draining:
            self.last_arrival = time.monotonic()
            self.deadline = self.last_arrival + self.drain_seconds
            self.draining = True

    def arrived(self) -> None:
        """A connection or a request came in."""
        self.last_arrival = time.monotonic()

    def finished(self, busy: bool) -> bool:
        """Whether to exit now: drained, or out of time.

        :param busy: whether an accepted request is not answered yet.
        """
        now = time.monotonic()
        if now >= self.deadline:
            if busy:
                LOGGER.error("drain time is over and requests are unanswered; raise SERVER_DRAIN_SECONDS")
            return True
        return not busy and now - self.last_arrival >= QUIET_SECONDS

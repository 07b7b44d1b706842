# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may have a connection: each client a part of them, and a new one rather than one that has long been idle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

# A connection that was used so recently may have a request on its way, and is not closed for another.
IDLE_SECONDS = 1.0
# Idle connections that are closed at once when all are taken.
EVICTED = 32


class Open(Protocol):
    """What is asked of a connection."""

    last_activity: float

    @property
    def idle(self) -> bool:
        """Whether no request is under way on it."""


class Clients:
    """The open connections of each client, by its address. Behind an ingress controller its pods are the clients.

    :param limit: most of one client; 0 for no limit.
    """

    def __init__(self, limit: int):
        self.limit = limit
        self.open: Counter[str] = Counter()

    def admit(self, client: str) -> bool:
        """Whether the client may have one more, which counts from now on in any case."""
        self.open[client] += 1
        return not self.limit or self.open[client] <= self.limit

    def leave(self, client: str) -> None:
        self.open[client] -= 1
        if self.open[client] <= 0:
            del self.open[client]


def longest_idle(connections: Iterable[Open], now: float) -> list[Open]:
    """The connections that give way to new ones, those that have been idle longest.

    :param now: seconds of the epoch.
    """
    idle = [c for c in connections if c.idle and now - c.last_activity >= IDLE_SECONDS]
    return sorted(idle, key=lambda connection: connection.last_activity)[:EVICTED]

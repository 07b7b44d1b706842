# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many bytes of requests and responses are in memory, of all connections together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

# Memory that the JSON of a number of one digit takes for each of its two bytes, and a little more: of the usual JSON
# none takes more, so that every body that the limit of bodies allows can be parsed.
PARSED_FACTOR = 26


class TooLarge(Exception):
    """There will never be room."""


class NoRoom(Exception):
    """There is no room now."""


class BufferedBytes:
    """Reserved when a head announces a body that has not come whole with it, and released with the request; reserved
    for responses that the client has not taken yet, and while a body is parsed.

    :param limit: most bytes; 0 for no limit.
    :param largest_body: most bytes of one body. To parse one there is always room, once the others are gone.
    """

    def __init__(self, limit: int = 0, largest_body: int = 0):
        self.limit = limit
        self.most_parsed = max(limit, PARSED_FACTOR * largest_body)
        self.held = 0

    def reserve(self, size: int) -> bool:
        """Whether there is room for so many bytes more; they are then held."""
        if self.limit and self.held + size > self.limit:
            return False
        self.held += size
        return True

    def release(self, size: int) -> None:
        self.held -= size

    @contextmanager
    def parsing(self, size: int) -> Iterator[None]:
        """Holds the bytes that a body takes while it is parsed.

        :raises TooLarge: it takes more than there is for all.
        :raises NoRoom: it takes more than the others leave.
        """
        if self.limit and size > self.most_parsed:
            raise TooLarge
        if self.limit and self.held + size > self.most_parsed:
            raise NoRoom
        self.held += size
        try:
            yield
        finally:
            self.held -= size

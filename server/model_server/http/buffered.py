# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many bytes of bodies all connections together hold in memory while they are received and wait."""

from __future__ import annotations

from waitress.utilities import Error


class TooMuchBuffered(Error):
    code = 503
    reason = "Service Unavailable"


class BufferedBytes:
    """Reserved when a head announces a body that has not come whole with it, and released with the request.

    :param limit: most bytes; 0 for no limit.
    """

    def __init__(self, limit: int = 0):
        self.limit = limit
        self.held = 0

    def reserve(self, size: int) -> bool:
        """Whether there is room for so many bytes more; they are then held."""
        if self.limit and self.held + size > self.limit:
            return False
        self.held += size
        return True

    def release(self, size: int) -> None:
        self.held -= size

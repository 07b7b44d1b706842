# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ids of requests, by which answers and lines of the log belong together."""

from __future__ import annotations

import os
import re
from itertools import count

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class RequestIds:
    """Gives each request its id: the client's own if it is well-formed, else a new one."""

    def __init__(self) -> None:
        self._numbers = count()
        self._prefix = os.urandom(6).hex()

    def of(self, headers: dict[str, str]) -> str:
        """The id of a request with these headers."""
        given = headers.get("X_REQUEST_ID")
        if given is not None and REQUEST_ID.fullmatch(given):
            return given
        return f"{self._prefix}-{next(self._numbers):x}"

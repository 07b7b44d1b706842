# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The chunks of a body (RFC 9112, section 7.1).

waitress's own receiver takes a size before a bare LF and empty lines between chunks, and keeps lines of any length.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from waitress.buffers import OverflowableBuffer
from waitress.rfc7230 import HEADER_FIELD_RE, QUOTED_STRING, TOKEN
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

# A size has at most 16 digits, so that no number is longer than others count.
SIZE = re.compile(f"([0-9A-Fa-f]{{1,16}})(?:;{TOKEN}(?:=(?:{TOKEN}|{QUOTED_STRING}))?)*".encode("latin-1"))
MAX_LINE, MAX_TRAILERS = 1024, 8192


class Chunks:
    """Stands where waitress has its receiver; its names are waitress's.

    :param buffer: gets the body.
    :param limit: bytes of the body that are refused.
    :ivar completed: whether the last chunk and its trailers were received.
    :ivar error: why the body is refused, or None.
    """

    def __init__(self, buffer: OverflowableBuffer, limit: int):
        self.buffer = buffer
        self.limit = limit
        self.completed = False
        self.error: Error | None = None
        self.remaining = 0
        self.partial = b""
        self.trailers = 0
        self.next_line = self._size

    def __len__(self) -> int:
        return len(self.buffer)

    def getbuf(self) -> OverflowableBuffer:
        return self.buffer

    def getfile(self) -> BinaryIO:
        return self.buffer.getfile()

    def received(self, data: bytes) -> int:
        """Read bytes; returns how many of them belong to the body."""
        position = 0
        while position < len(data) and not (self.completed or self.error):
            if self.remaining:
                part = data[position : position + self.remaining]
                self.buffer.append(part)
                self.remaining -= len(part)
                position += len(part)
            else:
                position = self._read_line(data, position)
        return position

    def _read_line(self, data: bytes, position: int) -> int:
        """Read to the end of a line, or of the data; returns the position behind."""
        kept = len(self.partial)
        line = self.partial + data[position : position + MAX_LINE + 2 - kept]
        end = line.find(b"\r\n")
        if end >= 0:
            self.partial = b""
            self.next_line(line[:end])
            return position + end + 2 - kept
        if len(line) >= MAX_LINE + 2:
            self.error = BadRequest("a line between chunks is too long")
        self.partial = line
        return position + len(line) - kept

    def _size(self, line: bytes) -> None:
        found = SIZE.fullmatch(line)
        if not found:
            self.error = BadRequest("the size of a chunk, or its extension, is invalid")
            return
        self.remaining = int(found[1], 16)
        if len(self) + self.remaining >= self.limit:
            self.error = RequestEntityTooLarge(f"exceeds max_body of {self.limit}")
        self.next_line = self._end if self.remaining else self._trailer

    def _end(self, line: bytes) -> None:
        if line:
            self.error = BadRequest("a chunk is longer than its size")
        self.next_line = self._size

    def _trailer(self, line: bytes) -> None:
        self.trailers += len(line)
        if not line:
            self.completed = True
        elif self.trailers > MAX_TRAILERS or not HEADER_FIELD_RE.fullmatch(line):
            self.error = BadRequest("a trailer is invalid, or too long")

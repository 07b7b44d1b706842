# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parses requests: waitress's parser, with a cache of the heads that it has parsed before."""

from __future__ import annotations

import time
from io import BytesIO
from typing import BinaryIO

from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import FixedStreamReceiver
from waitress.utilities import BadRequest, Error

from ..process.buffered import BufferedBytes
from . import conformance
from .chunks import Chunks
from .head_cache import HeadCache


class TooMuchBuffered(Error):
    code = 503
    reason = "Service Unavailable"


class Parser(HTTPRequestParser):
    """A request being read.

    :cvar heads: shared by all connections.
    :cvar buffered: what all connections hold.
    :ivar reserved: bytes of it that this request holds.
    :ivar started: seconds of the epoch at which its first byte came, so that slow senders can be cut off.
    :ivar whole_body: the body, if it came with the head.
    """

    # Attributes that differ between requests with the same head.
    OWN = frozenset({"adj", "body_rcv", "completed", "header_plus", "headers", "reserved", "started", "whole_body"})
    heads = HeadCache()
    buffered = BufferedBytes()
    reserved = 0
    whole_body: bytes | None = None

    def __init__(self, adj: Adjustments):
        super().__init__(adj)
        self.started = time.time()

    def received(self, data: bytes) -> int:
        """Parse bytes; returns how many of them belong to this request."""
        if self.headers_finished or self.header_plus:
            return self._go_on(data)
        if data[0] in conformance.BLANKS and conformance.begins_with_blank(data):
            return self._refuse_blank(data)
        end = data.find(b"\r\n\r\n") + 4
        head = data[:end] if end > 3 else b""
        known = self.heads.find(head, self.adj.max_request_body_size)
        if known is None or end >= self.adj.max_request_header_size:
            count = super().received(data)
            self._hold()
            if self.error:
                self.expect_continue = False  # no more is wanted: the answer is a refusal
            if head and count == end:
                self._keep(head)
            return count
        fields, self.headers = known
        vars(self).update(fields)
        self.header_bytes_received = end
        whole = end + self.content_length
        if whole <= len(data):
            self.whole_body = data[end:whole]
            self.completed = True
            return whole
        self.body_rcv = FixedStreamReceiver(self.content_length, OverflowableBuffer(self.adj.inbuf_overflow))
        self._hold()
        return end

    def _keep(self, head: bytes) -> None:
        if self.error or self.empty or self.chunked or self.expect_continue:
            return
        fields = {name: value for name, value in vars(self).items() if name not in self.OWN}
        self.heads.keep(head, {**fields, "headers_finished": True}, self.headers.copy())

    def _go_on(self, data: bytes) -> int:
        """Parse more of a head that came in parts, or of a body."""
        if not self.headers_finished and conformance.begins_with_blank(self.header_plus + data[:1]):
            return self._refuse_blank(data)
        count = super().received(data)
        self._hold()
        if self.error:
            self.expect_continue = False
        return count

    def _refuse_blank(self, data: bytes) -> int:
        """waitress would skip any blanks before a request."""
        self.parse_header(b"GET / HTTP/1.0\r\n")  # for the version of the refusal
        self.error = BadRequest("blanks come before the request line")
        self.completed = self.headers_finished = True
        return len(data)

    def _hold(self) -> None:
        """Reserve the room of the body: all of it where its length is known, else what has come of its chunks."""
        if self.body_rcv is None or self.error:
            return
        more = (len(self.body_rcv) if self.chunked else self.content_length) - self.reserved
        if more <= 0:
            return
        if self.buffered.reserve(more):
            self.reserved += more
        else:
            self.error = TooMuchBuffered("too many bytes of requests are in memory; try again")
            self.completed = True

    def close(self) -> None:
        if self.body_rcv is not None or self.reserved:  # it came in parts
            self.buffered.release(self.reserved)
            self.reserved = 0
            super().close()

    def parse_header(self, header_plus: bytes) -> None:
        """Parse a head, and refuse what may mean one thing here and another to a proxy."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a length of thousands of digits
            raise ParsingError(f"Content-Length is invalid: {error}"[:100]) from error
        refused = conformance.refusal(header_plus, self.version, self.headers)
        if refused is not None:
            self.error, self.chunked, self.body_rcv, self.content_length = refused, False, None, 0
            self.version = "1.1"  # of the refusal
            self.connection_close = True
            return
        if self.chunked:
            self.body_rcv = Chunks(OverflowableBuffer(self.adj.inbuf_overflow), self.adj.max_request_body_size)
        # A request without a body is complete: there is nothing to ask for.
        self.expect_continue = self.expect_continue and self.body_rcv is not None
        options = conformance.options(self.headers.get("CONNECTION", ""))
        self.connection_close = "close" in options or (self.version == "1.0" and "keep-alive" not in options)

    def get_body_stream(self) -> BinaryIO:
        return super().get_body_stream() if self.whole_body is None else BytesIO(self.whole_body)

    @property
    def body(self) -> bytes:
        """The whole body of a request that is complete."""
        if self.whole_body is not None:
            return self.whole_body
        return self.body_rcv.getbuf().get(-1) if self.body_rcv is not None else b""

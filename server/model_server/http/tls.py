# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS on a connection of the event loop.

OpenSSL works on memory here, never on a socket: it is given what was read from the socket, and its output is sent like
every other response. So no handshake, record or closing alert can hold up the loop, and a client that is slow with one
of them is cut off like any other.
"""

from __future__ import annotations

import logging
import ssl
import time
from contextlib import suppress

from ..api import errors
from .connection import Connection

LOGGER = logging.getLogger("model_server")
# The most that one record of TLS holds.
RECORD_BYTES = 16384


class TlsConnection(Connection):
    """One connection that speaks TLS.

    :ivar established: whether the handshake is done.
    :ivar ended: whether the client has announced that it sends no more.
    :ivar unfinished_since: seconds of the epoch since when a part of a handshake or record is missing; None if none is.
    """

    established = False

    def __init__(self, server, sock, addr, adj, map=None):
        super().__init__(server, sock, addr, adj, map)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = server.certificate.context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.ended = False
        self.unfinished_since: float | None = self.creation_time

    def handle_read(self) -> None:
        try:
            data = self.recv(self.adj.recv_bytes)
        except OSError:
            self.handle_close()
            return
        if not data:  # recv has closed the connection
            return
        self.server.lifecycle.arrived()
        self.incoming.write(data)
        before = self.established
        try:
            plain = self._decrypt()
        except ssl.SSLError as error:
            self._end(error)
            return
        self._send_outgoing()
        if plain or self.established != before:
            self.last_activity, self.unfinished_since = time.time(), None
            self.received(plain)
        elif self.unfinished_since is None:
            self.unfinished_since = time.time()
        if self.ended and not self.requests:
            self.handle_close()

    def should_close(self) -> bool:
        return self.ended or super().should_close()

    def too_slow(self, cutoff: float) -> bool:
        unfinished = self.unfinished_since is not None and self.unfinished_since < cutoff
        return unfinished or super().too_slow(cutoff)

    def write_soon(self, data: bytes) -> int:
        if data:
            super().write_soon(self._encrypt(data))
        return len(data)

    def send_continue(self) -> None:
        """Like waitress's own, which would write to the socket without encryption."""
        self.request.expect_continue = False
        self.write_soon(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.sent_continue = True
        self.request.completed = False

    def handle_close(self) -> None:
        self._send_close_notify()
        super().handle_close()

    def close(self) -> None:
        self._send_close_notify()
        super().close()

    def _send(self, payload: bytes) -> None:
        super()._send(self._encrypt(payload))

    def _encrypt(self, data: bytes) -> bytes:
        rest = memoryview(data)
        while rest:
            rest = rest[self.tls.write(rest) :]
        return self.outgoing.read()

    def _decrypt(self) -> bytes:
        """The plain bytes from the client; none while a handshake or a record is incomplete."""
        parts = []
        try:
            if not self.established:
                self.tls.do_handshake()
                self.established = True
            while part := self.tls.read(RECORD_BYTES):
                parts.append(part)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        return b"".join(parts)

    def _send_outgoing(self) -> None:
        """Send TLS's own output: its part of a handshake, or an alert."""
        if (data := self.outgoing.read()) and self.connected:
            super().write_soon(data)

    def _end(self, error: ssl.SSLError) -> None:
        """End the connection: the client speaks no TLS, no version that is allowed, or sent a broken record."""
        LOGGER.debug("TLS with %s ended: %s", self.addr[0], error)
        self.server.metrics.count("model_server_tls_errors")
        if error.reason == "HTTP_REQUEST":
            body = errors.body(400, "this port speaks TLS: ask with https", "")
            head = f"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            super()._send(f"{head}Connection: close\r\n\r\n".encode() + body)
            self.server.count("other", "400")
        else:
            self._send_outgoing()
        self.established = False
        self.close_when_flushed = True

    def _send_close_notify(self) -> None:
        """Announce that no more is sent, if that can be written at once."""
        if self.established and self.socket is not None and not self.total_outbufs_len:
            self.established = False
            with suppress(ssl.SSLError):  # raised once it is written, for the client's own has not come
                self.tls.unwrap()
            with suppress(OSError):
                self.socket.send(self.outgoing.read())

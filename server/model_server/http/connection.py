# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One connection of the API port: reads requests, and writes their responses on the event loop's own thread."""

from __future__ import annotations

import time

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.task import Task

from .parser import Parser
from .tasks import IdentifiedTask, RefusalTask

# Most requests of one connection that are parsed before the first of them is answered: each takes some KiB.
PARSED_AHEAD = 8


class PlainTask(IdentifiedTask):
    """A request for the WSGI application (health, metadata, documents): few, so waitress's own code runs them."""

    def build_response_header(self) -> bytes:
        if self.request.connection_close or (self.channel.on_last_request and self.channel.should_close()):
            self.set_close_on_finish()
        return super().build_response_header()

    def finish(self) -> None:
        super().finish()
        route = self.environ.get("bottle.route") if self.environ else None
        self.channel.log(self, "other" if route is None else route.rule)


class CountedRefusal(RefusalTask):
    """A refusal that is counted, and logged if all answers are."""

    def execute(self) -> None:
        super().execute()
        if self.request.error.code == 503:
            self.channel.server.metrics.count("model_server_rejected", "memory")
        self.channel.log(self, "other")


class Connection(HTTPChannel):
    """One connection; waitress calls it a channel.

    :ivar waiting_since: monotonic seconds at which its request was complete.
    :ivar unparsed: what has come behind PARSED_AHEAD requests, which wait; else empty.
    :ivar held: bytes of responses that the client has not taken yet, as they are counted in the budget of bytes.
    """

    parser_class = Parser
    task_class = PlainTask
    error_task_class = CountedRefusal
    waiting_since = 0.0
    unparsed = b""
    held = 0

    def __init__(self, server, sock, addr, adj, map=None):
        super().__init__(server, sock, addr, adj, map)
        server.admit(self)

    @property
    def idle(self) -> bool:
        """Whether no request is being read or answered."""
        return not (self.requests or self.request or self.total_outbufs_len or self.will_close)

    @property
    def on_last_request(self) -> bool:
        """Whether nothing was pipelined behind the request that is being answered."""
        return len(self.requests) == 1 and self.request is None and not self.unparsed

    def log(self, task: Task, route: str) -> None:
        """Count an answer that the data plane did not make, and log it if all are logged."""
        self.server.count(route, task.status[:3])
        if self.server.access.everything:
            asked = task.request
            request_id = asked.headers.get("X_REQUEST_ID", "")
            method, path = getattr(asked, "command", ""), getattr(asked, "path", "")
            size = task.content_bytes_written
            self.server.access.add_other(self.addr[0], method, path, int(task.status[:3]), size, request_id)

    def should_close(self) -> bool:
        """Whether the connection ends after the next response."""
        return self.server.lifecycle.draining or time.time() - self.creation_time > self.server.max_age

    def too_slow(self, cutoff: float) -> bool:
        """Whether the client takes too long.

        :param cutoff: seconds of the epoch, before which a request must not have begun, and since when some of a
            response must have been read.
        """
        if self.total_outbufs_len and self.last_activity < cutoff:
            return True
        return self.request is not None and self.request.started < cutoff

    def received(self, data: bytes) -> bool:
        """Take bytes from the client; in waitress's place, which parses all requests in them at once."""
        if not data or self.will_close or self.close_when_flushed:
            return False
        self._parse(self.unparsed + data)
        return True

    def _parse(self, data: bytes) -> None:
        """Parse what has come, up to PARSED_AHEAD requests."""
        self.unparsed = b""
        while data and len(self.requests) < PARSED_AHEAD:
            request = self.request
            if request is None:
                request = self.request = self.parser_class(self.adj)
            count = request.received(data)
            if request.expect_continue:
                self._continue()
            if request.completed:
                self._add(request)
                if request.error:
                    return  # the connection ends with its answer
            data = data[count:]
        self.unparsed = data

    def _continue(self) -> None:
        """Ask for the body that a client holds back until it is asked for, once earlier requests are answered."""
        request = self.request
        if request.expect_continue and request.headers_finished and not (self.requests or self.sent_continue):
            self.send_continue()

    def _add(self, request: Parser) -> None:
        """Have a complete request answered after those before it."""
        self.request, self.sent_continue = None, False
        if not request.empty:
            self.requests.append(request)
            if len(self.requests) == 1:
                self.server.add_task(self)

    def finish(self, payload: bytes, close: bool) -> None:
        """Send one response; then wait for the next request, or end the connection."""
        request = self.requests[0]
        self.server.touch(self._fileno)
        if self.connected:
            try:
                self._send(payload)
            except OSError:
                close = True
        if close or not self.connected:
            self.close_when_flushed = True
            for pending in self.requests:
                pending.close()
            self.requests, self.unparsed = [], b""
            return
        request.close()
        if self.current_outbuf_count > 0:  # the next response starts a new buffer, so that this one can be freed
            self.current_outbuf_count = self.adj.outbuf_high_watermark
        self.requests.pop(0)
        if self.requests:
            self.server.add_task(self)
        elif self.request is not None:
            self._continue()
        if self.unparsed:
            self._parse(self.unparsed)
        self.last_activity = time.time()

    def _send(self, payload: bytes) -> None:
        """Write to the socket; what the kernel does not take is buffered until the socket is writable."""
        if not self.total_outbufs_len:
            payload = payload[self.send(payload) :]
        if payload and self.connected:  # not of a client that has just gone away
            super().write_soon(payload)
            self._hold()

    def write_soon(self, data: bytes) -> int:
        count = super().write_soon(data)
        self._hold()
        if not self.connected:
            raise ClientDisconnected
        return count

    def handle_write(self) -> None:
        super().handle_write()
        if self.held:
            self._hold()

    def _hold(self) -> None:
        """Count what the client has not taken yet in the budget of bytes; without room for it the connection ends."""
        more = self.total_outbufs_len - self.held
        if more <= 0:
            Parser.buffered.release(-more)
        elif not Parser.buffered.reserve(more):
            self.server.metrics.count("model_server_rejected", "memory")
            self.handle_close()
            return
        self.held += more

    def service(self) -> None:
        self.server.touch(self._fileno)
        super().service()
        if self.close_when_flushed or not self.connected:
            self.unparsed = b""
        elif self.unparsed:
            self._parse(self.unparsed)

    def add_channel(self, map: dict | None = None) -> None:
        super().add_channel(map)
        self.server.touch(self._fileno)

    def del_channel(self, map: dict | None = None) -> None:
        for request in (*self.requests, self.request):
            if request is not None:
                request.close()
        Parser.buffered.release(self.held)
        self.held, self.unparsed = 0, b""
        self.server.clients.leave(self.addr[0])
        self.server.forget(self._fileno)
        super().del_channel(map)

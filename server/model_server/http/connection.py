# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One connection of the API port: reads requests, and writes their responses on the event loop's own thread."""

from __future__ import annotations

import time

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask

from ..api import errors
from .parser import Parser


class PlainTask(WSGITask):
    """A request for the WSGI application (health, metadata, documents): few, so waitress's own code runs them."""

    def build_response_header(self) -> bytes:
        if self.request.connection_close or self.channel.should_close():
            self.set_close_on_finish()
        return super().build_response_header()

    def finish(self) -> None:
        super().finish()
        route = self.environ.get("bottle.route") if self.environ else None
        self.channel.server.count("other" if route is None else route.rule, self.status[:3])


class RefusalTask(ErrorTask):
    """A request that waitress itself refuses (malformed or too large), answered in the JSON shape of all refusals."""

    def execute(self) -> None:
        error = self.request.error
        text = f"{error.reason}: {error.body}".replace("\r", " ").replace("\n", " ")[:300]
        body = errors.body(error.code, text, "")
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        if error.code == 503:
            self.response_headers.append(("Retry-After", "1"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)
        if error.code == 503:
            self.channel.server.metrics.count("model_server_rejected", "memory")
        self.channel.server.count("other", str(error.code))


class Connection(HTTPChannel):
    """One connection; waitress calls it a channel.

    :ivar waiting_since: monotonic seconds at which its request was complete.
    """

    parser_class = Parser
    task_class = PlainTask
    error_task_class = RefusalTask
    waiting_since = 0.0

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
            self.requests = []
            return
        request.close()
        if self.current_outbuf_count > 0:  # the next response starts a new buffer, so that this one can be freed
            self.current_outbuf_count = self.adj.outbuf_high_watermark
        self.requests.pop(0)
        if self.requests:
            self.server.add_task(self)
        self.last_activity = time.time()

    def _send(self, payload: bytes) -> None:
        """Write to the socket; what the kernel does not take is buffered until the socket is writable."""
        if not self.total_outbufs_len:
            sent = self.send(payload)
            payload = payload[sent:]
        if payload:
            super().write_soon(payload)

    def service(self) -> None:
        self.server.touch(self._fileno)
        super().service()

    def add_channel(self, map: dict | None = None) -> None:
        super().add_channel(map)
        self.server.touch(self._fileno)

    def del_channel(self, map: dict | None = None) -> None:
        for request in (*self.requests, self.request):
            if request is not None:
                request.close()
        self.server.forget(self._fileno)
        super().del_channel(map)

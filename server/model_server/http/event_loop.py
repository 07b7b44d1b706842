# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The event loop of the API port.

It reads every socket that has something to say; what is then complete is answered together, on the loop's own thread.
So concurrent requests become one batch without locks, hand-overs or added waiting.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from types import SimpleNamespace

from waitress import wasyncore

from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..observe.logs import AccessLog
from ..observe.tracing import Spans
from ..process.lifecycle import Lifecycle
from ..service.dataplane import DataPlane
from .certificate import Certificate
from .connection import Channel
from .listener import ApiServer, Collector
from .poller import Poller

REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
LINES = {status: f"HTTP/1.1 {status} {reason}\r\n" for status, reason in REASONS.items()}
# How long the loop waits for sockets. It only bounds how soon timeouts are noticed; requests wake it at once.
POLL_SECONDS = 0.5
DRAIN_POLL_SECONDS = 0.05


class Loop:
    """Polls, then serves what the poll brought, until the server has drained.

    :param listener: a bound socket; it listens from now on.
    :param dataplane: answers inference requests.
    :param application: the WSGI application for all other paths.
    :param certificate: for TLS; None for plain HTTP.
    :raises ImportError: spans are wanted and OpenTelemetry is not installed.
    """

    def __init__(
        self,
        listener: socket.socket,
        dataplane: DataPlane,
        application,
        lifecycle: Lifecycle,
        settings: SimpleNamespace,
        certificate: Certificate | None = None,
    ):
        self.dataplane = dataplane
        self.lifecycle = lifecycle
        self.settings = settings
        self.metrics = dataplane.metrics
        self.access = AccessLog(settings.server_access_log and settings.log_level in ("DEBUG", "INFO"))
        self.spans = Spans() if settings.server_opentelemetry else None
        self.collector = Collector(lifecycle)
        self.server = ApiServer(listener, application, self.collector, self.metrics, settings, certificate)
        self.map = self.server._map
        self.poller = Poller(self.map)
        self.server.touch, self.server.forget = self.poller.touch, self.poller.forget
        self.port = int(self.server.effective_port)
        self.tick: Callable[[], None] = lambda: None
        self._second = 0
        self._head = ""

    def wake(self) -> None:
        """Make the loop look at its lifecycle; may be called from a signal handler."""
        self.server.trigger.pull_trigger()

    def run(self) -> None:
        """Serve until drained."""
        waiting = self.collector.waiting
        while not (self.lifecycle.draining and self.lifecycle.finished(bool(waiting) or self.server.busy())):
            self.metrics.last_turn = time.monotonic()
            timeout = DRAIN_POLL_SECONDS if self.lifecycle.draining else POLL_SECONDS
            self.poller.poll(0.0 if waiting else timeout)
            if waiting:
                self.turn()
            self.tick()
        wasyncore.close_all(self.map)

    def turn(self) -> None:
        """Answer what is waiting: first what needs no model, then one batch, then refusals if still too many wait."""
        waiting = self.collector.waiting
        gauges = self.metrics.gauges
        gauges["model_server_in_flight"] = len(waiting)
        for request, response in self.dataplane.handle(self._requests()):
            self._answer(request, response)
        if len(waiting) > self.settings.server_queue_limit:
            self._refuse_newest()
        self.access.flush()
        gauges["model_server_queue_depth"] = gauges["model_server_in_flight"] = len(waiting)

    def _requests(self) -> Iterator[Request]:
        """Requests for the data plane, taken from the queue as they are asked for; others are served on the way.

        Only what was waiting when the turn began is taken, so that pipelined requests do not make it endless.
        """
        waiting = self.collector.waiting
        for _unused in range(len(waiting)):
            channel = waiting.popleft()
            if channel.connected and channel.requests:
                request = self._read(channel)
                if request is None:
                    channel.service()
                else:
                    yield request

    def _read(self, channel: Channel) -> Request | None:
        """The channel's request for the data plane, or None if it is for the WSGI application or malformed."""
        raw = channel.requests[0]
        if raw.error or self.dataplane.template(raw.path) is None:
            return None
        request = Request(raw.command, raw.path, raw.query, raw.headers, raw.body, channel.addr[0])
        request.carrier = channel
        request.received = channel.waiting_since
        self.dataplane.identify(request)
        return request

    def _refuse_newest(self) -> None:
        """Answer the requests beyond the queue's limit with 503; the oldest keep their place."""
        waiting = self.collector.waiting
        error = RequestError(503, "too many requests are waiting; try again", (("Retry-After", "1"),))
        for _unused in range(len(waiting) - self.settings.server_queue_limit):
            channel = waiting.pop()
            if not (channel.connected and channel.requests):
                continue
            request = self._read(channel)
            if request is None:
                channel.service()
                continue
            self.metrics.count("model_server_rejected", "queue")
            self._answer(request, self.dataplane.refuse(request, error))

    def _answer(self, request: Request, response: Response) -> None:
        channel: Channel = request.carrier
        raw = channel.requests[0]
        # What a client pipelined behind this request was accepted too, so it is answered before the connection ends.
        last = len(channel.requests) == 1 and channel.request is None
        close = raw.connection_close or (last and channel.should_close())
        if self.spans:
            route = self.dataplane.template(request.path) or "other"
            self.spans.record(request, response, route, time.monotonic() - request.received)
        channel.finish(self._head_of(request, response, close, raw.version) + response.body, close)
        seconds = time.monotonic() - request.received
        self.dataplane.record(request, response, seconds)
        if self.access.enabled:
            self.access.add(request, response, time.time(), seconds)

    def _head_of(self, request: Request, response: Response, close: bool, version: str) -> bytes:
        now = int(time.time())
        if now != self._second:
            self._second = now
            self._head = f"Server: model-server\r\nDate: {formatdate(now, usegmt=True)}\r\n"
        more = "".join([f"{name}: {value}\r\n" for name, value in response.headers]) if response.headers else ""
        if request.traceparent:
            more += f"Traceparent: {request.traceparent}\r\n"
            if request.tracestate:
                more += f"Tracestate: {request.tracestate}\r\n"
        if close:
            more += "Connection: close\r\n"
        elif version == "1.0":
            more += "Connection: keep-alive\r\n"
        return (
            f"{LINES[response.status]}{self._head}Content-Type: {response.content_type}\r\n"
            f"Content-Length: {len(response.body)}\r\nX-Request-Id: {request.request_id}\r\n{more}\r\n"
        ).encode("latin-1")

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP for the API port: waitress's event loop, with a dispatcher that only collects.

The loop reads every socket that has something to say; what is then complete is answered together, on the loop's own
thread. So concurrent requests become one batch without locks, hand-overs or added waiting.
"""

from __future__ import annotations

import logging
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from email.utils import formatdate
from io import BytesIO
from types import SimpleNamespace
from typing import BinaryIO

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import FixedStreamReceiver
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask

from . import errors
from .dataplane import DataPlane
from .errors import RequestError
from .lifecycle import Lifecycle
from .logs import AccessLog
from .messages import Request, Response
from .metrics import Metrics
from .poller import Poller
from .tracing import Spans

LOGGER = logging.getLogger("model_server")
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
# Connections accepted in one turn; few where workers share the socket, so that none of them takes most of a burst.
ACCEPTS, SHARED_ACCEPTS = 256, 4


def adjustments(settings: SimpleNamespace) -> Adjustments:
    """waitress's own settings."""
    whole_body = settings.server_max_body_bytes + 1  # waitress refuses what reaches the limit, not what exceeds it
    return Adjustments(
        ident="model-server",
        backlog=4096,
        connection_limit=settings.server_connection_limit,
        channel_timeout=int(settings.server_keepalive_seconds),
        cleanup_interval=1,
        max_request_body_size=whole_body,
        max_request_header_size=settings.server_max_header_bytes,
        # Bodies stay in memory (their size is limited): the root file system may be read-only.
        inbuf_overflow=whole_body + 1,
        outbuf_overflow=2**31 - 1,
        outbuf_high_watermark=2**31 - 1,
        recv_bytes=65536,
        clear_untrusted_proxy_headers=True,
    )


class Heads:
    """What was parsed of request heads: a client repeats its head byte for byte on each request, or nearly so.

    Only heads that were accepted and announce no body, or one of a known length, are kept.
    """

    MAX_BYTES, MAX_HEADS = 2048, 256

    def __init__(self) -> None:
        self.known: dict[bytes, dict] = {}

    def keep(self, head: bytes, parser: Parser) -> None:
        if len(head) > self.MAX_BYTES or parser.error or parser.empty or parser.chunked or parser.expect_continue:
            return
        if len(self.known) >= self.MAX_HEADS:
            self.known.clear()
        parsed = {name: value for name, value in vars(parser).items() if name not in Parser.OWN}
        self.known[head] = {**parsed, "headers": dict(parser.headers), "headers_finished": True}


class Parser(HTTPRequestParser):
    """A request being read; remembers when its first byte came, so that slow senders can be cut.

    :cvar heads: shared by all connections.
    :ivar whole_body: the body, if it came with the head.
    """

    # What a request does not share with others of the same head.
    OWN = frozenset({"adj", "body_rcv", "completed", "header_plus", "started", "whole_body"})
    heads = Heads()
    whole_body: bytes | None = None

    def __init__(self, adj: Adjustments):
        super().__init__(adj)
        self.started = time.time()

    def received(self, data: bytes) -> int:
        """Take in bytes; returns how many of them belong to this request."""
        if self.headers_finished or self.header_plus:
            return super().received(data)
        end = data.find(b"\r\n\r\n") + 4
        head = data[:end] if end > 3 else b""
        known = self.heads.known.get(head)
        if known is None:
            count = super().received(data)
            if head and count == end:
                self.heads.keep(head, self)
            return count
        vars(self).update(known)
        self.headers = known["headers"].copy()
        if end + self.content_length <= len(data):
            self.whole_body = data[end : end + self.content_length]
            self.completed = True
            return end + self.content_length
        self.body_rcv = FixedStreamReceiver(self.content_length, OverflowableBuffer(self.adj.inbuf_overflow))
        return end

    def get_body_stream(self) -> BinaryIO:
        return super().get_body_stream() if self.whole_body is None else BytesIO(self.whole_body)

    @property
    def body(self) -> bytes:
        """The whole body of a request that is complete."""
        if self.whole_body is not None:
            return self.whole_body
        return self.body_rcv.getbuf().get(-1) if self.body_rcv is not None else b""


class PlainTask(WSGITask):
    """A request for the WSGI application (health, metadata, documents): few, so it takes waitress's own way."""

    def build_response_header(self) -> bytes:
        if self.channel.should_close():
            self.set_close_on_finish()
        return super().build_response_header()

    def finish(self) -> None:
        super().finish()
        route = self.environ.get("bottle.route") if self.environ else None
        self.channel.server.count("other" if route is None else route.rule, self.status[:3])


class RefusalTask(ErrorTask):
    """What waitress itself refuses (malformed or too large), in the one JSON shape."""

    def execute(self) -> None:
        error = self.request.error
        text = f"{error.reason}: {error.body}".replace("\r", " ").replace("\n", " ")[:300]
        body = errors.body(error.code, text, "")
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)
        self.channel.server.count("other", str(error.code))


class Channel(HTTPChannel):
    """One connection."""

    parser_class = Parser
    task_class = PlainTask
    error_task_class = RefusalTask
    waiting_since = 0.0

    def should_close(self) -> bool:
        """Whether the next answer is to be this connection's last."""
        return self.server.lifecycle.draining or time.time() - self.creation_time > self.server.max_age

    def finish(self, payload: bytes, close: bool) -> None:
        """Send one answer and make the connection ready for its next request, or for its end."""
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
        if self.current_outbuf_count > 0:  # the next answer starts a new buffer, so that this one can be freed
            self.current_outbuf_count = self.adj.outbuf_high_watermark
        self.requests.pop(0)
        if self.requests:
            self.server.add_task(self)
        self.last_activity = time.time()

    def _send(self, payload: bytes) -> None:
        """Hand it to the kernel; what the kernel does not take waits until the socket can be written."""
        if not self.total_outbufs_len:
            sent = self.send(payload)
            payload = payload[sent:]
        if payload:
            self.write_soon(payload)

    def service(self) -> None:
        self.server.touch(self._fileno)
        super().service()

    def add_channel(self, map: dict | None = None) -> None:
        super().add_channel(map)
        self.server.touch(self._fileno)

    def del_channel(self, map: dict | None = None) -> None:
        self.server.forget(self._fileno)
        super().del_channel(map)


class Collector:
    """A dispatcher that only collects: the server's turn serves what is in `waiting`."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.lifecycle = lifecycle
        self.waiting: deque[Channel] = deque()

    def add_task(self, channel: Channel) -> None:
        self.lifecycle.arrived()
        channel.waiting_since = self.lifecycle.last_arrival
        self.waiting.append(channel)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        return False


class ApiServer(TcpWSGIServer):
    """The listening socket and its connections."""

    channel_class = Channel

    def __init__(
        self,
        listener: socket.socket,
        application,
        collector: Collector,
        metrics: Metrics,
        settings: SimpleNamespace,
    ):
        self.lifecycle = collector.lifecycle
        self.metrics = metrics
        self.max_age = settings.server_connection_max_age_seconds
        self.accepts = ACCEPTS if settings.server_processes == 1 else SHARED_ACCEPTS
        self.read_timeout = settings.server_read_timeout_seconds
        sockinfo = (listener.family, listener.type, listener.proto, listener.getsockname())
        self.touch = self.forget = lambda fileno: None  # until the loop has a poller
        super().__init__(
            application,
            {},
            _sock=listener,
            dispatcher=collector,
            adj=adjustments(settings),
            sockinfo=sockinfo,
            bind_socket=False,
        )

    def pull_trigger(self) -> None:
        """Answers are written on the loop's own thread, so there is nobody to wake."""

    def handle_accept(self) -> None:
        """Accept what waits, so that no new connection stands behind many turns of the others' requests."""
        for _unused in range(self.accepts):
            before = len(self._map)
            super().handle_accept()
            if len(self._map) == before or before >= self.adj.connection_limit:
                return
            self.lifecycle.arrived()
            self.metrics.count("model_server_connections_accepted")

    def count(self, route: str, code: str) -> None:
        """Count an answer that was not the data plane's."""
        self.metrics.count("model_server_requests", "", "", route, code)

    def busy(self) -> bool:
        """Whether a request was received, or begun, and not answered to its last byte."""
        return any(c.requests or c.request or c.total_outbufs_len for c in self.active_channels.values())

    def maintenance(self, now: float) -> None:
        """Close idle connections, and those that take too long to send one request or to read one answer."""
        super().maintenance(now)
        cutoff = now - self.read_timeout
        for channel in list(self.active_channels.values()):
            slow_write = channel.total_outbufs_len and channel.last_activity < cutoff
            if slow_write or (channel.request and channel.request.started < cutoff):
                channel.will_close = True
            if channel.will_close:
                self.touch(channel._fileno)


class Loop:
    """Polls, then serves what the poll brought, until the server has drained.

    :param listener: a bound socket; it listens from now on.
    :param dataplane: answers inference requests.
    :param application: the WSGI application for all other paths.
    :raises ImportError: spans are wanted and OpenTelemetry is not installed.
    """

    def __init__(
        self,
        listener: socket.socket,
        dataplane: DataPlane,
        application,
        lifecycle: Lifecycle,
        settings: SimpleNamespace,
    ):
        self.dataplane = dataplane
        self.lifecycle = lifecycle
        self.settings = settings
        self.metrics = dataplane.metrics
        self.access = AccessLog(settings.server_access_log and settings.log_level in ("DEBUG", "INFO"))
        self.spans = Spans() if settings.server_opentelemetry else None
        self.collector = Collector(lifecycle)
        self.server = ApiServer(listener, application, self.collector, self.metrics, settings)
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
        gauges["model_server_connections"] = len(self.server.active_channels)
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

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The event loop of the API port.

A turn of the loop reads every socket that has data, then answers all complete requests together, on the loop's own
thread. So concurrent requests become one batch, without locks, without handing over to other threads, without waiting.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

from waitress import wasyncore

from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..observe.access_log import AccessLog
from ..observe.tracing import Spans
from ..process.lifecycle import Lifecycle
from ..service.dataplane import DataPlane
from .certificate import Certificate
from .connection import Connection
from .guarded import Guarded
from .head import HeadWriter
from .inbox import Caller, Inbox
from .listener import ApiServer, RequestQueue
from .parser import Parser
from .poller import Poller

# Longest wait for sockets. It only limits how soon timeouts are noticed; a request ends the wait at once.
POLL_SECONDS = 0.5
DRAIN_POLL_SECONDS = 0.05
# The loop ends, and the process with it, when so many turns in a row have failed: it would never recover.
MOST_FAILED_TURNS = 100


class EventLoop:
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
        self.template = dataplane.router.template
        self.lifecycle = lifecycle
        self.settings = settings
        self.metrics = dataplane.metrics
        self.access = AccessLog(
            settings.server_access_log and settings.log_level in ("DEBUG", "INFO"), settings.server_access_log_all
        )
        self.spans = Spans() if settings.server_opentelemetry else None
        self.queue = RequestQueue(lifecycle)
        self.failures = dataplane.failures
        Parser.buffered = dataplane.buffered
        guarded = Guarded(application, self.failures)
        self.server = ApiServer(listener, guarded, self.queue, self.metrics, settings, certificate, self.access)
        self.map = self.server._map
        self.poller = Poller(self.map)
        self.server.touch, self.server.forget = self.poller.touch, self.poller.forget
        self.port = int(self.server.effective_port)
        self.tick: Callable[[], None] = lambda: None
        self.head = HeadWriter()
        self.inbox = Inbox(self.wake)

    def wake(self) -> None:
        """End the wait for sockets, so that the loop checks its lifecycle; may be called from a signal handler."""
        self.server.trigger.pull_trigger()

    def run(self) -> None:
        """Serve until drained."""
        waiting, probes, called = self.queue.waiting, self.queue.probes, self.inbox.waiting
        failed = 0
        while not (self.lifecycle.draining and self.lifecycle.finished(self._busy())):
            self.metrics.last_turn = time.monotonic()
            timeout = DRAIN_POLL_SECONDS if self.lifecycle.draining else POLL_SECONDS
            try:
                self.poller.poll(0.0 if waiting or called else timeout)
                if waiting or probes or called:
                    self.turn()
                self.tick()
                failed = 0
            except BaseException as error:
                failed += 1
                self.failures.note("turn", error)
                if failed >= MOST_FAILED_TURNS:
                    raise
        wasyncore.close_all(self.map)

    def _busy(self) -> bool:
        return bool(self.queue.waiting or self.inbox.waiting or self.inbox.open) or self.server.busy()

    def turn(self) -> None:
        """Answer one batch of the waiting requests; refuse the newest ones if too many still wait."""
        waiting, probes = self.queue.waiting, self.queue.probes
        while probes:
            connection = probes.popleft()
            if connection.connected and connection.requests:
                self._take(connection)
        gauges = self.metrics.gauges
        gauges["model_server_in_flight"] = len(waiting)
        for request, response in self.dataplane.handle(self._requests()):
            self._answer(request, response)
        if len(waiting) > self.settings.server_queue_limit:
            self._refuse_newest()
        self.access.flush()
        gauges["model_server_queue_depth"] = gauges["model_server_in_flight"] = len(waiting)

    def _requests(self) -> Iterator[Request]:
        """Takes requests for the data plane from the queue; requests for other paths are served meanwhile.

        Only what was waiting when the turn began is taken, so that pipelined requests do not make it endless. Those of
        the inbox are few, and come first.
        """
        for _unused in range(len(self.inbox.waiting)):
            request = self.inbox.waiting.popleft()
            caller: Caller = request.carrier
            if caller.gone:
                continue
            self.lifecycle.arrived()
            self.dataplane.identify(request)
            if caller.document is None:
                yield request
            else:
                self._answer_document(caller, request)
        waiting = self.queue.waiting
        for _unused in range(len(waiting)):
            connection = waiting.popleft()
            if connection.connected and connection.requests:
                request = self._take(connection)
                if request is not None:
                    yield request

    def _answer_document(self, caller: Caller, request: Request) -> None:
        try:
            response = caller.document(request)
        except RequestError as error:
            response = self.dataplane.refuse(request, error)
        except BaseException as error:
            response = self.dataplane.fail("application", request, error)
        caller.reply(response)
        self.server.count(request.path, str(response.status))
        if self.access.everything:
            self.access.add(request, response, time.time(), time.monotonic() - request.received)

    def _take(self, connection: Connection) -> Request | None:
        """The connection's request for the data plane; any other is answered at once."""
        try:
            request = self._read(connection)
            if request is None:
                connection.service()
        except BaseException as error:
            self.failures.note("request", error)
            connection.handle_close()
            return None
        return request

    def _read(self, connection: Connection) -> Request | None:
        """The connection's request for the data plane, or None if it is for the WSGI application or malformed."""
        raw = connection.requests[0]
        if raw.error or self.template(raw.path) is None:
            raw.headers["X_REQUEST_ID"] = self.dataplane.ids.of(raw.headers)  # for its answer, and for the log
            return None
        request = Request(raw.command, raw.path, raw.query, raw.headers, raw.body, connection.addr[0])
        request.carrier = connection
        request.received = connection.waiting_since
        self.dataplane.identify(request)
        return request

    def _refuse_newest(self) -> None:
        """Answer the requests beyond the queue's limit with 503; the oldest keep their place."""
        waiting = self.queue.waiting
        error = RequestError(503, "too many requests are waiting; try again", (("Retry-After", "1"),))
        for _unused in range(len(waiting) - self.settings.server_queue_limit):
            connection = waiting.pop()
            if not (connection.connected and connection.requests):
                continue
            request = self._take(connection)
            if request is not None:
                self.metrics.count("model_server_rejected", "queue")
                self._answer(request, self.dataplane.refuse(request, error))

    def _answer(self, request: Request, response: Response) -> None:
        """Send one response; whatever raises then ends no other connection than its own."""
        carrier: Connection | Caller = request.carrier
        try:
            if isinstance(carrier, Caller):
                self._reply(carrier, request, response)
            else:
                self._send(carrier, request, response)
        except BaseException as error:
            self.failures.note("response", error, request.request_id)
            carrier.handle_close()

    def _reply(self, caller: Caller, request: Request, response: Response) -> None:
        """Hand a response to the port that the request came from."""
        if self.spans:
            self._span(self.spans, request, response)
        caller.reply(response)
        self._record(request, response)

    def _send(self, connection: Connection, request: Request, response: Response) -> None:
        raw = connection.requests[0]
        # Requests that were pipelined after this one were accepted too: they are answered before the connection ends.
        close = raw.connection_close or (connection.should_close() and connection.on_last_request)
        if self.spans:
            self._span(self.spans, request, response)
        body = b"" if raw.command == "HEAD" else response.body
        connection.finish(self.head.write(request, response, close, raw.version) + body, close)
        self._record(request, response)

    def _record(self, request: Request, response: Response) -> None:
        """Count and log an answer."""
        seconds = time.monotonic() - request.received
        self.dataplane.record(request, response, seconds)
        if self.access.enabled:
            self.access.add(request, response, time.time(), seconds)

    def _span(self, spans: Spans, request: Request, response: Response) -> None:
        route = self.template(request.path) or "other"
        try:
            spans.record(request, response, route, time.monotonic() - request.received)
        except BaseException as error:
            self.failures.note("span", error, request.request_id)

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operations port: metrics, liveness and readiness, on its own thread, so that a long predict cannot block it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import bottle
from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry, Counter
from prometheus_client.exposition import choose_encoder
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from ..api import errors
from ..api.request_ids import RequestIds
from ..observe.exposition import MetricsCollector
from ..observe.footprint import FootprintCollector
from .responses import error_body, header, json_response, refusal, request_id
from .tasks import IdentifiedTask, RefusalTask

LOGGER = logging.getLogger("model_server")


class Source(NamedTuple):
    """Where the operations port gets its answers: from this process, or from the parent of several.

    :ivar state: starting, ready or draining.
    :ivar stalled_seconds: how long ago the slowest event loop made its last turn.
    :ivar snapshots: what was counted, one snapshot a process.
    :ivar processes: the ids of all processes.
    """

    state: Callable[[], str]
    stalled_seconds: Callable[[], float]
    snapshots: Callable[[], list[dict]]
    processes: Callable[[], list[int]]


def build(source: Source, stall_seconds: float) -> bottle.Bottle:
    """The application of the operations port.

    :param stall_seconds: liveness fails when an event loop has made no turn for longer.
    """
    registry = CollectorRegistry()
    own = MetricsCollector(source.snapshots), FootprintCollector(source.processes)
    for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR, *own):
        registry.register(collector)
    counted = Counter(
        "model_server_operations_requests", "Requests of this port answered", ("route", "code"), registry=registry
    )
    app = bottle.Bottle(autojson=False)
    app.default_error_handler = error_body
    app.install(counting(counted))

    @app.get("/metrics")
    def show_metrics():
        encoder, content_type = choose_encoder(header("Accept"))
        return bottle.HTTPResponse(encoder(registry), 200, {"Content-Type": content_type})

    @app.get("/health")
    def live():
        stalled = source.stalled_seconds()
        if stalled > stall_seconds:
            return refusal(
                503, f"the event loop has made no turn for {stalled:.0f} s (SERVER_STALL_SECONDS={stall_seconds:g})"
            )
        return json_response({"status": "live"})

    @app.get("/ready")
    def ready():
        state = source.state()
        return json_response({"status": state}) if state == "ready" else refusal(503, state)

    return app


def counting(counted: Counter) -> Callable:
    """A plugin of bottle that counts each route's answers; 500 is one that failed, which is logged."""

    def plugin(callback: Callable) -> Callable:
        def answer(*arguments: Any, **named: Any) -> bottle.HTTPResponse:
            try:
                response = callback(*arguments, **named)
            except Exception as error:
                fields = {"where": "operations", "request_id": request_id()}
                LOGGER.error("failed: operations", exc_info=error, extra={"fields": fields})
                response = refusal(500, errors.FAILED)
            counted.labels(bottle.request.route.rule, str(response.status_code)).inc()
            return response

        return answer

    return plugin


class OperationsConnection(HTTPChannel):
    """A connection of the port: every answer has a request id, as on the API port."""

    task_class = IdentifiedTask
    error_task_class = RefusalTask
    ids = RequestIds()

    def service(self) -> None:
        headers = self.requests[0].headers
        headers["X_REQUEST_ID"] = self.ids.of(headers)
        super().service()


class OperationsPort:
    """The port, served by daemon threads of this process."""

    def __init__(self, server: BaseWSGIServer):
        self.server = server
        self.port = int(server.effective_port)

    def close(self) -> None:
        """Close its sockets in a forked process, which has them too: there are no threads that serve them."""
        wasyncore.close_all(self.server._map, ignore_all=True)


def start(application: bottle.Bottle, settings: SimpleNamespace) -> OperationsPort:
    """Serve the application from daemon threads."""
    server = create_server(
        application,
        host=settings.server_host,
        port=settings.server_operations_port,
        threads=1,
        ident="model-server",
        max_request_body_size=1024,
        max_request_header_size=16384,
        inbuf_overflow=2**20,
        outbuf_overflow=2**31,
        clear_untrusted_proxy_headers=True,
    )
    server.channel_class = OperationsConnection
    threading.Thread(target=server.run, name="operations", daemon=True).start()
    logging.getLogger("waitress").setLevel(logging.WARNING)
    return OperationsPort(server)

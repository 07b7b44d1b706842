# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operations port: metrics and liveness, by a thread of its own, so that a long predict does not hide them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import bottle
from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from waitress.server import create_server

from ..observe.footprint import Footprint
from ..observe.metrics import Collector
from .routes import error_body, json_answer, refuse


@dataclass(frozen=True)
class State:
    """How the operations port learns of the server, which may be this process or several others.

    :ivar word: starting, ready or draining.
    :ivar still: seconds for which a loop has not turned.
    :ivar snapshots: what was counted, one snapshot a process.
    :ivar processes: the ids of all processes.
    """

    word: Callable[[], str]
    still: Callable[[], float]
    snapshots: Callable[[], list[dict]]
    processes: Callable[[], list[int]]


def build(state: State, stall_seconds: float) -> bottle.Bottle:
    """The application of the operations port.

    :param stall_seconds: liveness fails once a loop has not turned for so long.
    """
    registry = CollectorRegistry()
    own = Collector(state.snapshots), Footprint(state.processes)
    for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR, *own):
        registry.register(collector)
    app = bottle.Bottle(autojson=False)
    app.default_error_handler = error_body

    @app.get("/metrics")
    def show_metrics():
        encoder, content_type = choose_encoder(bottle.request.get_header("Accept", ""))
        return bottle.HTTPResponse(encoder(registry), 200, {"Content-Type": content_type})

    @app.get("/health")
    def live():
        still = state.still()
        if still > stall_seconds:
            return refuse(503, f"a loop has stood still for {still:.0f} s (SERVER_STALL_SECONDS={stall_seconds:g})")
        return json_answer({"status": "live"})

    @app.get("/ready")
    def ready():
        word = state.word()
        return json_answer({"status": word}) if word == "ready" else refuse(503, word)

    return app


def start(application: bottle.Bottle, settings: SimpleNamespace) -> int:
    """Serve the application from daemon threads; returns the port it got."""
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
    threading.Thread(target=server.run, name="operations", daemon=True).start()
    logging.getLogger("waitress").setLevel(logging.WARNING)
    return int(server.effective_port)

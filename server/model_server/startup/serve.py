# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Puts the parts together, for one process or for several."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from types import SimpleNamespace

from ..http import operations, routes
from ..http.certificate import Certificate, CertificateError
from ..http.event_loop import Loop
from ..models import formats
from ..models.model import ModelError
from ..models.watcher import Watcher
from ..observe.metrics import Metrics
from ..process.lifecycle import Lifecycle
from ..service.dataplane import DataPlane
from .loading import load_all
from .workers import Reporter, Supervisor

LOGGER = logging.getLogger("model_server")


def serve(settings: SimpleNamespace) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    try:
        files = settings.server_tls_certificate_file, settings.server_tls_key_file
        certificate = Certificate(*files) if any(files) else None
    except CertificateError as error:
        LOGGER.error("%s", error)
        return 2
    try:
        listener = bind(settings.server_host, settings.server_port)
        return (one_process if settings.server_processes == 1 else several_processes)(settings, listener, certificate)
    except OSError as error:
        LOGGER.error("cannot listen on %s: %s", settings.server_host, error)
        return 4


def bind(host: str, port: int) -> socket.socket:
    """A socket that is bound and not listening yet: until a model is ready, connections are refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def one_process(settings: SimpleNamespace, listener: socket.socket, certificate: Certificate | None) -> int:
    """The loop in the main thread, the operations port in another."""
    metrics, lifecycle = Metrics(), Lifecycle(settings.server_drain_seconds)

    def snapshots() -> list[dict]:
        metrics.gauges["model_server_ready"] = float(lifecycle.ready)
        metrics.gauges["model_server_draining"] = float(lifecycle.draining)
        return [metrics.snapshot()]

    state = operations.State(
        word=lambda: lifecycle.word,
        still=lambda: time.monotonic() - metrics.last_turn if lifecycle.loaded else 0.0,
        snapshots=snapshots,
        processes=lambda: [os.getpid()],
    )
    port = operations.start(operations.build(state, settings.server_stall_seconds), settings)
    return work(settings, listener, certificate, metrics, lifecycle, lambda: None, {"operations_port": port})


def several_processes(settings: SimpleNamespace, listener: socket.socket, certificate: Certificate | None) -> int:
    """Workers that share the listening socket; the operations port in their parent."""
    formats.lean_sklearn()  # once, in memory that the workers then share

    def run(pipe: socket.socket) -> int:
        metrics, lifecycle = Metrics(), Lifecycle(settings.server_drain_seconds)
        return work(settings, listener, certificate, metrics, lifecycle, Reporter(pipe, metrics, lifecycle), {})

    supervisor = Supervisor(settings, run)
    state = operations.State(
        word=lambda: "draining" if supervisor.draining else "ready" if supervisor.ready else "starting",
        still=supervisor.silence,
        snapshots=supervisor.snapshots,
        processes=lambda: [os.getpid(), *supervisor.workers],
    )
    application = operations.build(state, settings.server_stall_seconds)
    return supervisor.supervise(lambda: operations.start(application, settings), listener.getsockname()[1])


def work(
    settings: SimpleNamespace,
    listener: socket.socket,
    certificate: Certificate | None,
    metrics: Metrics,
    lifecycle: Lifecycle,
    tick: Callable[[], None],
    fields: dict,
) -> int:
    """Load the models and serve them until SIGTERM; returns the exit code.

    :param tick: called at every turn of the loop.
    :param fields: more fields for the line that says the server is ready.
    """
    began = time.monotonic()
    try:
        watcher = Watcher(settings, load_all)  # remembers the store as it was before it was read
        registry = load_all(settings)
        dataplane = DataPlane(registry, settings, metrics)
    except ModelError as error:
        LOGGER.error("%s", error)
        return 3
    except (OSError, ValueError) as error:
        LOGGER.error("SERVER_API_KEYS_FILE: %s", error)
        return 2
    application = routes.build(registry, lifecycle, dataplane.gate, settings)
    try:
        loop = Loop(listener, dataplane, application, lifecycle, settings, certificate)
    except ImportError as error:
        LOGGER.error("SERVER_OPENTELEMETRY: %s; install opentelemetry-api, and an SDK that sends the spans", error)
        return 2

    def between_turns() -> None:
        if watcher.fresh is not None:
            fresh, watcher.fresh = watcher.fresh, None
            dataplane.replace(fresh)
        tick()

    loop.tick = between_turns
    watcher.start()

    def drain(number: int, _frame: object) -> None:
        lifecycle.drain()
        loop.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, drain)
    lifecycle.loaded = True
    models = [model.info for model in registry.all()]
    seconds = round(time.monotonic() - began, 3)
    LOGGER.info("ready", extra={"fields": {"models": models, "port": loop.port, "seconds": seconds, **fields}})
    loop.run()
    LOGGER.info("drained, exiting")
    return 0

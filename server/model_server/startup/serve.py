# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Puts the parts together, for one process or for several workers."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

from ..api.auth import ApiKeys
from ..http import operations, routes
from ..http.certificate import Certificate, CertificateError
from ..http.event_loop import EventLoop
from ..models.minimal_imports import import_sklearn
from ..models.model import ModelError
from ..models.watcher import Watcher
from ..observe.metrics import Metrics
from ..process.lifecycle import Lifecycle
from ..service.dataplane import DataPlane
from .loading import load_all
from .reports import Reporter
from .workers import Supervisor

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
        run = serve_in_one_process if settings.server_processes == 1 else serve_in_workers
        return run(settings, listener, certificate)
    except OSError as error:
        LOGGER.error("cannot listen on %s: %s", settings.server_host, error)
        return 4


def bind(host: str, port: int) -> socket.socket:
    """A socket that is bound but does not listen yet: until the models are ready, connections are refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def serve_in_one_process(settings: SimpleNamespace, listener: socket.socket, certificate: Certificate | None) -> int:
    """The event loop on the main thread, the operations port on another."""
    metrics, lifecycle = Metrics(), Lifecycle(settings.server_drain_seconds)

    def snapshots() -> list[dict]:
        metrics.gauges["model_server_ready"] = float(lifecycle.ready)
        metrics.gauges["model_server_draining"] = float(lifecycle.draining)
        return [metrics.snapshot()]

    source = operations.Source(
        state=lambda: lifecycle.state,
        stalled_seconds=lambda: time.monotonic() - metrics.last_turn if lifecycle.loaded else 0.0,
        snapshots=snapshots,
        processes=lambda: [os.getpid()],
    )
    port = operations.start(operations.build(source, settings.server_stall_seconds), settings)
    return load_and_serve(settings, listener, certificate, metrics, lifecycle, lambda: None, {"operations_port": port})


def serve_in_workers(settings: SimpleNamespace, listener: socket.socket, certificate: Certificate | None) -> int:
    """Workers that share the listening socket; the operations port in their parent."""
    import_sklearn()  # once, in memory that the workers share

    def run(pipe: socket.socket) -> int:
        metrics, lifecycle = Metrics(), Lifecycle(settings.server_drain_seconds)
        return load_and_serve(
            settings, listener, certificate, metrics, lifecycle, Reporter(pipe, metrics, lifecycle), {}
        )

    supervisor = Supervisor(settings, run)
    source = operations.Source(
        state=lambda: "draining" if supervisor.draining else "ready" if supervisor.ready else "starting",
        stalled_seconds=supervisor.longest_silence,
        snapshots=supervisor.snapshots,
        processes=lambda: [os.getpid(), *supervisor.workers],
    )
    application = operations.build(source, settings.server_stall_seconds)
    return supervisor.supervise(lambda: operations.start(application, settings), listener.getsockname()[1])


def load_and_serve(
    settings: SimpleNamespace,
    listener: socket.socket,
    certificate: Certificate | None,
    metrics: Metrics,
    lifecycle: Lifecycle,
    tick: Callable[[], None],
    fields: dict,
) -> int:
    """Load the models and serve them until SIGTERM; returns the exit code.

    :param tick: called at every turn of the event loop.
    :param fields: more fields for the log line that says the server is ready.
    """
    began = time.monotonic()
    try:
        keys = ApiKeys(settings.server_api_keys_file)
    except (OSError, ValueError) as error:
        LOGGER.error("SERVER_API_KEYS_FILE: %s", error)
        return 2
    try:
        failed = partial(metrics.count, "model_server_reload_failures")
        watcher = Watcher(settings, load_all, failed)  # notes the state of the store before it is read
        registry = load_all(settings)
    except ModelError as error:
        LOGGER.error("%s", error)
        return 3
    dataplane = DataPlane(registry, settings, metrics, keys)
    application = routes.build(registry, lifecycle, keys, settings)
    try:
        loop = EventLoop(listener, dataplane, application, lifecycle, settings, certificate)
    except ImportError as error:
        LOGGER.error("SERVER_OPENTELEMETRY: %s; install opentelemetry-api, and an SDK that sends the spans", error)
        return 2

    def between_turns() -> None:
        if watcher.fresh is not None:
            dataplane.replace(watcher.take())
        keys.refresh()
        tick()

    loop.tick = between_turns
    watcher.start()
    drain_on_signals(lifecycle, loop)
    lifecycle.loaded = True
    models = [model.info for model in registry.all()]
    seconds = round(time.monotonic() - began, 3)
    LOGGER.info("ready", extra={"fields": {"models": models, "port": loop.port, "seconds": seconds, **fields}})
    loop.run()
    LOGGER.info("drained, exiting")
    return 0


def drain_on_signals(lifecycle: Lifecycle, loop: EventLoop) -> None:
    def drain(number: int, _frame: object) -> None:
        lifecycle.drain()
        loop.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, drain)

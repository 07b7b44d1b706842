# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Puts the parts together, for one process or for several workers."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

from ..api.auth import ApiKeys
from ..http import operations, routes
from ..http.certificate import Certificate, CertificateError
from ..http.event_loop import EventLoop
from ..models.model import ModelError
from ..models.registry import Registry
from ..models.watcher import Watcher
from ..observe.metrics import Metrics
from ..process import cpu, descriptors
from ..process.lifecycle import Lifecycle
from ..service.dataplane import DataPlane
from .loading import Loaded, load_all, load_store
from .reports import Reporter
from .workers import Supervisor

if TYPE_CHECKING:
    from ..rpc.port import GrpcPort

LOGGER = logging.getLogger("model_server")


def serve(settings: SimpleNamespace) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    limit = descriptors.connections(settings.server_connection_limit)
    if limit < settings.server_connection_limit:
        LOGGER.warning("the limit of open files (ulimit -n) leaves room for %d connections", limit)
        settings.server_connection_limit = limit
    try:
        files = settings.server_tls_certificate_file, settings.server_tls_key_file
        certificate = Certificate(*files) if any(files) else None
        keys = ApiKeys(settings.server_api_keys_file)
    except OSError as error:
        LOGGER.error("SERVER_API_KEYS_FILE: %s", error)
        return 2
    except (CertificateError, ValueError) as error:  # each names its setting
        LOGGER.error("%s", error)
        return 2
    try:
        listener = bind(settings.server_host, settings.server_port)
        run = serve_in_one_process if settings.server_processes == 1 else serve_in_workers
        return run(settings, listener, certificate, keys)
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


def serve_in_one_process(
    settings: SimpleNamespace, listener: socket.socket, certificate: Certificate | None, keys: ApiKeys
) -> int:
    """The event loop on the main thread, the operations port on another."""
    began = time.monotonic()
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
    port = operations.start(operations.build(source, settings.server_stall_seconds), settings).port
    try:
        loaded = load_store(settings)
    except ModelError as error:
        LOGGER.error("%s", error)
        return 3
    process = ServingProcess(settings, listener, certificate, keys, metrics, lifecycle, lambda: None)
    return process.serve(loaded, {"seconds": round(time.monotonic() - began, 3), "operations_port": port})


def serve_in_workers(
    settings: SimpleNamespace, listener: socket.socket, certificate: Certificate | None, keys: ApiKeys
) -> int:
    """Workers that share the listening socket and the models' memory; the operations port in their parent."""
    cpu.allow_fork()

    def run(pipe: socket.socket) -> int:
        began = time.monotonic()
        port.close()
        cpu.set_openmp_threads(settings.server_threads)
        metrics, lifecycle = Metrics(), Lifecycle(settings.server_drain_seconds)
        process = ServingProcess(
            settings, listener, certificate, keys, metrics, lifecycle, Reporter(pipe, metrics, lifecycle)
        )
        return process.serve(loaded, {"seconds": round(time.monotonic() - began, 3)})

    supervisor = Supervisor(settings, run)
    source = operations.Source(
        state=lambda: "draining" if supervisor.draining else "ready" if supervisor.ready else "starting",
        stalled_seconds=supervisor.longest_silence,
        snapshots=supervisor.snapshots,
        processes=lambda: [os.getpid(), *supervisor.workers],
    )
    port = operations.start(operations.build(source, settings.server_stall_seconds), settings)
    try:
        loaded = load_store(settings)
    except ModelError as error:
        LOGGER.error("%s", error)
        return 3
    gc.collect()
    gc.freeze()  # what the workers share is theirs together only while nobody writes to it, as a collection does
    return supervisor.supervise({"port": listener.getsockname()[1], "operations_port": port.port})


class ServingProcess(NamedTuple):
    """A process that answers requests, and all that it does so with.

    :ivar tick: called at every turn of the event loop.
    """

    settings: SimpleNamespace
    listener: socket.socket
    certificate: Certificate | None
    keys: ApiKeys
    metrics: Metrics
    lifecycle: Lifecycle
    tick: Callable[[], None]

    def serve(self, loaded: Loaded, fields: dict) -> int:
        """Serve these models, and later ones of the store, until SIGTERM; returns the exit code.

        :param fields: more fields for the log line that says the server is ready.
        """
        settings, keys = self.settings, self.keys
        failed = partial(self.metrics.count, "model_server_reload_failures")
        watcher = Watcher(settings, load_all, failed, loaded.fingerprint, loaded.registry.default)
        # A worker may be forked long after its parent has read all of this.
        watcher.catch_up()
        registry = watcher.take() or loaded.registry
        keys.refresh()
        if self.certificate is not None:
            self.certificate.refresh()
        dataplane = DataPlane(registry, settings, self.metrics, keys)
        application = routes.build(registry, self.lifecycle, keys, settings)
        try:
            loop = EventLoop(self.listener, dataplane, application, self.lifecycle, settings, self.certificate)
        except ImportError as error:
            LOGGER.error("SERVER_OPENTELEMETRY: %s; install opentelemetry-api, and an SDK that sends the spans", error)
            return 2

        try:
            grpc_port = open_grpc_port(self, loop, registry) if settings.server_grpc_port else None
        except ImportError as error:
            LOGGER.error("SERVER_GRPC_PORT: %s; the image needs the extra grpc (server/extras.txt)", error)
            return 2
        except OSError as error:
            LOGGER.error("%s", error)
            return 4

        def between_turns() -> None:
            if watcher.fresh is not None:
                dataplane.replace(watcher.take())
            keys.refresh()
            self.tick()

        loop.tick = between_turns
        watcher.start()
        drain_on_signals(self.lifecycle, loop)
        self.lifecycle.loaded = True
        models = [model.info for model in registry.all()]
        LOGGER.info("ready", extra={"fields": {"models": models, "port": loop.port, **fields}})
        loop.run()
        if grpc_port is not None:
            grpc_port.close()
        LOGGER.info("drained, exiting")
        return 0


def open_grpc_port(process: ServingProcess, loop: EventLoop, registry: Registry) -> GrpcPort:
    """The gRPC port. It is opened in the process that serves: gRPC's threads do not live through a fork.

    :raises ImportError: gRPC is not installed.
    :raises OSError: the port cannot be opened.
    """
    from ..protocols import open_inference_grpc
    from ..rpc.documents import Documents
    from ..rpc.port import GrpcPort

    loop.dataplane.router.called = {open_inference_grpc.INFER: open_inference_grpc}
    documents = Documents(registry, process.lifecycle, process.keys)
    return GrpcPort(process.settings, loop.inbox, documents, process.certificate)


def drain_on_signals(lifecycle: Lifecycle, loop: EventLoop) -> None:
    def drain(number: int, _frame: object) -> None:
        lifecycle.drain()
        loop.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, drain)

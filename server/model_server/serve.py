# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Puts the parts together."""

from __future__ import annotations

import logging
import signal
import time
from types import SimpleNamespace

from . import app, operations
from .dataplane import DataPlane
from .http import Loop
from .lifecycle import Lifecycle
from .metrics import Metrics
from .models import ModelError, load_all

LOGGER = logging.getLogger("model_server")


def serve(settings: SimpleNamespace) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    began = time.monotonic()
    metrics, lifecycle = Metrics(), Lifecycle(settings.server_drain_seconds)
    try:
        operations_port = operations.start(
            operations.build(metrics, lifecycle, settings.server_stall_seconds), settings
        )
        registry = load_all(settings)
        loop = Loop(DataPlane(registry, settings, metrics), app.build(registry, lifecycle), lifecycle, settings)
    except ModelError as error:
        LOGGER.error("%s", error)
        return 3
    except OSError as error:
        LOGGER.error("cannot listen on %s: %s", settings.server_host, error)
        return 4

    def drain(number: int, _frame) -> None:
        lifecycle.drain()
        loop.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, drain)
    lifecycle.loaded = True
    LOGGER.info(
        "ready",
        extra={
            "fields": {
                "models": [model.info for model in registry.all()],
                "port": loop.port,
                "operations_port": operations_port,
                "seconds": round(time.monotonic() - began, 3),
            }
        },
    )
    loop.run()
    LOGGER.info("drained, exiting")
    return 0

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports of workers to their parent: what a worker has counted, about once a second, through a pipe."""

from __future__ import annotations

import json
import socket
import time

from ..observe.metrics import Metrics
from ..process.lifecycle import Lifecycle

REPORT_SECONDS = 1.0


class Worker:
    """A worker, as its parent knows it: its process, the parent's end of the pipe, and its last report."""

    def __init__(self, pid: int, pipe: socket.socket):
        self.pid = pid
        self.pipe = pipe
        self.buffer = b""
        self.snapshot: dict | None = None
        self.started = self.reported = time.monotonic()

    def read(self) -> bool:
        """Read the worker's reports; False at the end of the pipe."""
        try:
            data = self.pipe.recv(2**20)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        if lines:
            self.snapshot = json.loads(lines[-1])
            self.reported = time.monotonic()
        return bool(data)


class Reporter:
    """The worker's end of the pipe. Its event loop calls this at every turn."""

    def __init__(self, pipe: socket.socket, metrics: Metrics, lifecycle: Lifecycle):
        self.pipe = pipe
        self.metrics = metrics
        self.lifecycle = lifecycle
        self.next = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + REPORT_SECONDS
        self.metrics.gauges["model_server_ready"] = float(self.lifecycle.ready)
        self.metrics.gauges["model_server_draining"] = float(self.lifecycle.draining)
        try:
            self.pipe.sendall(json.dumps(self.metrics.snapshot()).encode() + b"\n")
        except OSError:  # the parent is gone: nobody else reads the numbers or ends this process
            self.lifecycle.drain()

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several worker processes on one listening socket, to use several cores.

The parent serves the operations port, replaces workers that die, and passes SIGTERM on. It keeps what a dead worker
counted.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

from ..observe.metrics import merge
from .reports import Worker

LOGGER = logging.getLogger("model_server")
# A worker that ended is replaced after so long, and twice as long each time that one ended soon after its start.
RESTART_SECONDS, MOST_RESTART_SECONDS = 1.0, 30.0
LASTING_SECONDS = 60.0
# A worker ends itself at the end of the drain time; one that does not, for a predict that never returns, is killed.
KILL_SECONDS = 1.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Exit codes for a setting, a model and a port: the next worker would end the same way.
FINAL_EXITS = (2, 3, 4)


class Supervisor:
    """Runs workers until SIGTERM.

    :param run: what a worker does with its end of the pipe; returns its exit code.
    :ivar deadline: monotonic seconds at which workers that still drain are killed.
    :ivar complete: whether all workers have been ready once.
    :ivar due: monotonic seconds at which workers that ended are replaced.
    """

    def __init__(self, settings: SimpleNamespace, run: Callable[[socket.socket], int]):
        self.count = settings.server_processes
        self.drain_seconds = settings.server_drain_seconds
        self.run = run
        self.workers: dict[int, Worker] = {}
        self.retired: list[dict] = []
        self.selector = selectors.DefaultSelector()
        self.draining = self.complete = False
        self.deadline = float("inf")
        self.due: list[float] = []
        self.restart_seconds = RESTART_SECONDS
        self.code = 0

    def snapshots(self) -> list[dict]:
        """What all workers counted, including those that ended."""
        return [*self.retired, *(worker.snapshot for worker in self._living() if worker.snapshot)]

    def _living(self) -> list[Worker]:
        """A copy: the operations port asks from its own thread."""
        return list(self.workers.values())

    @property
    def ready(self) -> bool:
        """Whether every worker answers predictions; once they all have, whether one does.

        A pod that lost a worker still serves: taken out of its Service it would leave its load to the other pods.
        """
        answering = sum(bool(w.snapshot and w.snapshot["gauges"]["model_server_ready"]) for w in self._living())
        return not self.draining and answering >= (1 if self.complete else self.count)

    def longest_silence(self) -> float:
        """Seconds since the last report of the worker that has been silent longest."""
        now = time.monotonic()
        return max((now - worker.reported for worker in self._living()), default=0.0)

    def supervise(self, fields: dict) -> int:
        """Start the workers and keep them running; returns the exit code.

        :param fields: for the log line that says all workers are ready.
        """
        for number in SIGNALS:
            signal.signal(number, self._drain)
        for _unused in range(self.count):
            self._start()
        fields = {**fields, "processes": self.count}
        while self.workers or (self.due and not self.draining):
            for key, _unused in self.selector.select(0.2):
                worker: Worker = key.data
                if not worker.read():
                    self._ended(worker)
            self._replace()
            self._kill_late()
            if self.ready and not self.complete:
                self.complete = True
                LOGGER.info("all workers ready", extra={"fields": fields})
        LOGGER.info("drained, exiting")
        return self.code

    def _replace(self) -> None:
        """Start the workers that are due."""
        now = time.monotonic()
        for due in [due for due in self.due if due <= now]:
            self.due.remove(due)
            self._start()

    def _kill_late(self) -> None:
        """Kill the workers that have not ended by the deadline."""
        if time.monotonic() >= self.deadline:
            self.deadline = float("inf")
            for pid in list(self.workers):
                LOGGER.error("worker did not end in the drain time, killed", extra={"fields": {"pid": pid}})
                os.kill(pid, signal.SIGKILL)

    def _start(self) -> None:
        """Fork a worker, unless a signal to drain came first.

        Signals wait meanwhile: none may come to a worker that has its parent's handlers, or that its parent does not
        know yet. A worker that still loads is ended by them.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            if not self.draining:
                self._fork()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _fork(self) -> None:
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            ours.close()
            for worker in self.workers.values():
                worker.pipe.close()
            code = 1
            try:
                code = self.run(theirs)
            finally:
                sys.stdout.flush()
                os._exit(code)
        theirs.close()
        ours.setblocking(False)
        worker = self.workers[pid] = Worker(pid, ours)
        self.selector.register(ours, selectors.EVENT_READ, worker)

    def _ended(self, worker: Worker) -> None:
        self.selector.unregister(worker.pipe)
        worker.pipe.close()
        _unused, status = os.waitpid(worker.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        now = time.monotonic()
        del self.workers[worker.pid]
        if worker.snapshot:
            self.retired = [{**merge([*self.retired, worker.snapshot]), "gauges": {}, "models": [], "windows": []}]
        if self.draining:
            self.code = self.code or max(code, 0)
        elif code in FINAL_EXITS:
            self.code = code
            self._drain()
        else:
            if now - worker.started > LASTING_SECONDS:
                self.restart_seconds = RESTART_SECONDS
            fields = {"pid": worker.pid, "exit_code": code, "seconds": self.restart_seconds}
            LOGGER.error("worker ended, starting another", extra={"fields": fields})
            self.due.append(now + self.restart_seconds)
            self.restart_seconds = min(2 * self.restart_seconds, MOST_RESTART_SECONDS)

    def _drain(self, *_unused: object) -> None:
        if not self.draining:
            self.draining = True
            self.deadline = time.monotonic() + self.drain_seconds + KILL_SECONDS
        for pid in list(self.workers):
            os.kill(pid, signal.SIGTERM)

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports through the pipe between a worker and its parent."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from model_server.observe.metrics import Metrics
from model_server.process.lifecycle import Lifecycle
from model_server.startup.reports import Reporter, Worker


@pytest.fixture
def pipe() -> Iterator[tuple[Worker, Reporter]]:
    """Both ends."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield Worker(1, ours), Reporter(theirs, Metrics(), Lifecycle(20))
    ours.close()
    theirs.close()


def test_a_report_says_what_was_counted(pipe) -> None:
    worker, reporter = pipe
    worker.reported -= 30
    assert worker.read()
    assert (worker.snapshot, time.monotonic() - worker.reported > 29) == (None, True)
    reporter.lifecycle.loaded = True
    reporter.metrics.count("model_server_rejected", "queue")
    reporter()
    assert worker.read()
    assert time.monotonic() - worker.reported < 20
    assert worker.snapshot["gauges"]["model_server_ready"] == 1.0
    assert ["model_server_rejected", ["queue"], 1] in worker.snapshot["counters"]


def test_about_once_a_second(pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    _worker, reporter = pipe
    times = [100.0, 100.5, 100.9, 101.0, 101.1]
    sent: list[bytes] = []
    reporter.pipe = SimpleNamespace(sendall=sent.append)
    for now in times:
        monkeypatch.setattr(time, "monotonic", lambda now=now: now)
        reporter()
    assert len(sent) == 2


def test_a_report_in_parts_is_put_together(pipe) -> None:
    worker, reporter = pipe
    reporter.pipe.sendall(b'{"n": 1}\n{"n": 2}\n{"n"')
    assert worker.read()
    assert worker.snapshot == {"n": 2}
    reporter.pipe.sendall(b": 3}\n")
    assert worker.read()
    assert worker.snapshot == {"n": 3}


def test_the_end_of_a_worker_is_the_end_of_the_pipe(pipe) -> None:
    worker, reporter = pipe
    reporter.pipe.close()
    assert not worker.read()


def test_a_worker_without_a_parent_drains(pipe) -> None:
    worker, reporter = pipe
    worker.pipe.close()
    reporter()
    assert reporter.lifecycle.draining

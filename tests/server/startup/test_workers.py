# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several processes on one socket."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

from support import Server, until

from model_server.startup.workers import FINAL_EXITS, Supervisor


def test_workers_share_the_socket_and_one_that_dies_is_replaced(iris_store: Path) -> None:
    row = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
    server = Server(iris_store, SERVER_PROCESSES="2")
    try:
        fields = wait_for(server, "all workers ready")
        server.port, server.operations_port = fields["port"], fields["operations_port"]
        assert server.get("/ready", port=server.operations_port).status == 200
        for _unused in range(40):
            assert server.post("/predict", row).status == 200
        label = '{code="200",model="iris",route="/predict",version="1"}'
        until(lambda: server.metrics().get(f"model_server_requests_total{label}") == 40)
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        assert len(children) == 2
        counted = server.metrics()
        assert counted["model_server_memory_bytes"] > counted["process_resident_memory_bytes"]  # not the parent alone
        os.kill(int(children[0]), signal.SIGKILL)
        wait_for(server, "worker ended, starting another")
        assert server.post("/predict", row).status == 200
        until(lambda: server.get("/ready", port=server.operations_port).status == 200)
        until(lambda: server.metrics().get(f"model_server_requests_total{label}") == 41)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_exit(30) == 0
    finally:
        if server.process.poll() is None:
            server.process.kill()


def wait_for(server: Server, message: str) -> dict:
    until(lambda: server.lines(message))
    return server.lines(message)[0]


def supervisor(*reports: dict | None) -> Supervisor:
    """With a worker for each report; None for one that has not reported yet."""
    made = Supervisor(SimpleNamespace(server_processes=2, server_drain_seconds=20), lambda _pipe: 0)
    made.workers = {
        pid: SimpleNamespace(snapshot=report, reported=time.monotonic()) for pid, report in enumerate(reports)
    }
    return made


READY, STARTING = ({"gauges": {"model_server_ready": value}} for value in (1.0, 0.0))


def test_ready_once_every_worker_is() -> None:
    assert supervisor(READY, READY).ready
    assert not supervisor(READY, STARTING).ready
    assert not supervisor(READY, None).ready
    assert not supervisor(READY).ready
    draining = supervisor(READY, READY)
    draining.draining = True
    assert not draining.ready


def test_what_ended_workers_counted_is_kept() -> None:
    made = supervisor(READY, None)
    made.retired = [{"counters": []}]
    assert made.snapshots() == [{"counters": []}, READY]


def test_the_longest_silence() -> None:
    made = supervisor(READY, READY)
    made.workers[1].reported -= 30
    assert 30 <= made.longest_silence() < 40
    assert supervisor().longest_silence() == 0.0


def test_a_setting_or_a_model_that_is_wrong_ends_all_workers(iris_store: Path) -> None:
    assert FINAL_EXITS == (2, 3)
    server = Server(iris_store, SERVER_PROCESSES="2", MODEL_NAME="roses")
    assert server.wait_exit() == 3
    assert not server.lines("worker ended, starting another")

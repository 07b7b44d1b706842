# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SIGTERM: every accepted request is answered, and the server ends inside its grace period."""

from __future__ import annotations

import signal
import socket
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

from support import REQUEST, ROW, Server, read_to_end, send

from model_server.process.lifecycle import Lifecycle


def test_ten_thousand_requests_in_flight_are_all_answered(iris_store: Path) -> None:
    connections, each = 1000, 10
    with Server(iris_store, SERVER_ACCESS_LOG="false", SERVER_DRAIN_SECONDS="60") as server:
        sockets = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _unused in range(connections)]
        with server.paused():  # so that all are in flight when the signal comes
            for connection in sockets:
                connection.sendall(REQUEST * each)
            server.process.send_signal(signal.SIGTERM)
        answered = [read_to_end(connection).count(b"HTTP/1.1 200 OK") for connection in sockets]
        assert sum(answered) == 10_000
        assert server.wait_exit(60) == 0


def test_draining_is_not_ready_and_ends_connections(iris_store: Path) -> None:
    with Server(iris_store) as server:
        kept = HTTPConnection("127.0.0.1", server.port, timeout=30)
        assert "Connection" not in send(kept, "POST", "/predict", ROW).headers
        stop = threading.Event()
        holder = threading.Thread(target=keep_busy, args=(server, stop))
        holder.start()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        health = server.get("/health")
        assert (health.status, health.json["error"]) == (503, "draining")
        assert server.get("/ready", port=server.operations_port).status == 503
        assert server.get("/health", port=server.operations_port).status == 200
        last = send(kept, "POST", "/predict", ROW)
        assert (last.status, last.headers["Connection"]) == (200, "close")
        stop.set()
        holder.join()
        assert server.wait_exit(10) == 0


def keep_busy(server: Server, stop: threading.Event) -> None:
    """New connections keep a draining server alive; without any it would exit after its quiet time."""
    while not stop.is_set():
        assert server.post("/predict", ROW).status == 200
        time.sleep(0.05)


def test_an_unfinished_request_does_not_hold_the_exit_past_the_drain_time(iris_store: Path) -> None:
    with Server(iris_store, SERVER_DRAIN_SECONDS="2") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as half:
            half.sendall(REQUEST[:-5])
            time.sleep(0.2)
            begin = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            assert server.wait_exit(10) == 0
            assert 1.5 < time.monotonic() - begin < 10
        assert any("SERVER_DRAIN_SECONDS" in line["message"] for line in server.lines())


def test_idle_server_exits_at_once(iris_store: Path) -> None:
    with Server(iris_store) as server:
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_exit(10) == 0
        assert time.monotonic() - begin < 8


def test_states() -> None:
    lifecycle = Lifecycle(20)
    assert (lifecycle.state, lifecycle.ready) == ("starting", False)
    lifecycle.loaded = True
    assert (lifecycle.state, lifecycle.ready) == ("ready", True)
    lifecycle.drain()
    assert (lifecycle.state, lifecycle.ready) == ("draining", False)


def test_it_is_finished_after_a_quiet_time_or_when_the_drain_time_is_over(monkeypatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    lifecycle = Lifecycle(20)
    lifecycle.drain()
    assert not lifecycle.finished(busy=False)
    now = 100.4
    lifecycle.arrived()
    now = 100.8
    assert not lifecycle.finished(busy=False)
    now = 100.9
    assert not lifecycle.finished(busy=True)
    assert lifecycle.finished(busy=False)
    now = 120.0
    assert lifecycle.finished(busy=True)

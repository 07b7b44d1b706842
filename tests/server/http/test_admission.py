# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One client cannot take all connections, and idle ones give way."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from certificates import Secret
from support import REQUEST, ROW, Server, until

from model_server.http.admission import EVICTED, Clients, longest_idle
from model_server.http.listener import RequestQueue
from model_server.process.lifecycle import Lifecycle


def test_a_client_has_its_limit_and_others_theirs() -> None:
    clients = Clients(2)
    assert [clients.admit("a"), clients.admit("a"), clients.admit("a"), clients.admit("b")] == [True, True, False, True]
    clients.leave("a")  # the one that was refused
    assert not clients.admit("a")
    for client in ("a", "a", "a", "b"):
        clients.leave(client)
    assert not clients.open
    assert all(Clients(0).admit("a") for _unused in range(10_000))


def test_those_that_have_been_idle_longest_give_way() -> None:
    now = 1000.0
    connections = [SimpleNamespace(idle=i % 2 == 0, last_activity=now - i) for i in range(200)]
    chosen = longest_idle(connections, now)
    assert [connection.last_activity for connection in chosen] == [now - i for i in range(198, 198 - 2 * EVICTED, -2)]
    assert longest_idle(connections[:1], now) == []


def connect(server: Server, address: str = "127.0.0.1") -> socket.socket:
    """A connection from this address of the loopback network."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=20, source_address=(address, 0))


def test_beyond_its_limit_a_clients_connections_are_closed(start: Callable[..., Server], iris_store: Path) -> None:
    server = start(iris_store, SERVER_CLIENT_CONNECTION_LIMIT="5").wait_ready()
    sockets = [connect(server) for _unused in range(20)]
    until(lambda: server.metrics().get('model_server_rejected_total{reason="connections"}') == 15)
    assert [client.recv(1) for client in sockets[5:]] == [b""] * 15
    with connect(server, "127.0.0.2") as other:
        other.sendall(REQUEST)
        assert other.recv(65536).startswith(b"HTTP/1.1 200 ")
    for client in sockets:
        client.close()
    until(lambda: server.metrics()["model_server_connections"] == 0)
    assert server.post("/predict", ROW).status == 200


def test_with_tls_they_are_closed_too(start: Callable[..., Server], iris_store: Path, tmp_path: Path) -> None:
    secret = Secret(tmp_path)
    server = start(iris_store, SERVER_CLIENT_CONNECTION_LIMIT="2", **secret.settings).wait_ready()
    sockets = [connect(server) for _unused in range(3)]
    assert sockets[2].recv(1) == b""
    assert server.metrics()['model_server_rejected_total{reason="connections"}'] == 1
    assert not server.lines("failed: turn")
    for client in sockets:
        client.close()


def test_idle_connections_give_way_to_new_ones(start: Callable[..., Server], iris_store: Path) -> None:
    server = start(iris_store, SERVER_CONNECTION_LIMIT="40").wait_ready()
    idle = [connect(server, f"127.0.0.{2 + i % 9}") for i in range(60)]
    time.sleep(1.1)  # as long as a connection must have been idle
    for _unused in range(5):
        assert server.post("/predict", ROW).status == 200
    assert server.metrics()["model_server_connections_evicted_total"] > 0
    for client in idle:
        client.close()


def test_probes_have_a_queue_of_their_own() -> None:
    queue = RequestQueue(Lifecycle(20))
    connections = [
        SimpleNamespace(requests=[SimpleNamespace(error=None, path=path)])
        for path in ("/predict", "/health", "/", "/v2")
    ]
    connections.append(SimpleNamespace(requests=[SimpleNamespace(error=ValueError())]))  # it has no path
    for connection in connections:
        queue.add_task(connection)
    assert list(queue.probes) == [connections[1]]
    assert list(queue.waiting) == [connections[0], *connections[2:]]


@pytest.mark.parametrize("path", ["/health", "/v2/health/ready"])
def test_a_probe_is_answered_before_the_predictions_that_wait(
    start: Callable[..., Server], iris_store: Path, path: str
) -> None:
    server = start(iris_store, SERVER_MAX_BATCH_ROWS="1", SERVER_QUEUE_LIMIT="20").wait_ready()
    waiting = [connect(server) for _unused in range(50)]
    until(lambda: server.metrics()["model_server_connections_accepted_total"] == 50)
    with connect(server) as probe:
        with server.paused():
            for client in waiting:
                client.sendall(REQUEST)
            probe.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert probe.recv(65536).startswith(b"HTTP/1.1 200 ")
    for client in waiting:
        client.close()

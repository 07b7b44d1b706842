# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS on the API port: as quick to answer, as patient and as strict as plain HTTP, with certificates that change."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPSConnection
from pathlib import Path

import numpy as np
import pytest
import train
from certificates import Secret, make
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression
from support import REPOSITORY, REQUEST, ROW, Server, read_to_end, send


@pytest.fixture
def secret(tmp_path: Path) -> Secret:
    (tmp_path / "secret").mkdir()
    return Secret(tmp_path / "secret")


def https(server: Server, secret: Secret) -> HTTPSConnection:
    return HTTPSConnection("127.0.0.1", server.port, timeout=30, context=secret.trusted)


def connect(server: Server, context: ssl.SSLContext) -> ssl.SSLSocket:
    """A connection whose end without TLS's farewell is an error."""
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    return context.wrap_socket(raw, server_hostname="127.0.0.1", suppress_ragged_eofs=False)


def test_one_connection_is_kept_for_many_requests(iris_store: Path, secret: Secret) -> None:
    with Server(iris_store, **secret.settings) as server:
        kept = https(server, secret)
        for path in ("/health", "/", "/openapi.json", "/v2/models/iris"):
            assert send(kept, "GET", path).status == 200
        local = kept.sock.getsockname()
        for _unused in range(3):
            assert send(kept, "POST", "/predict", ROW).json["predictions"] == ["setosa"]
        assert send(kept, "POST", "/predict", b"{").status == 400
        assert kept.sock.getsockname() == local
        assert kept.sock.version() == "TLSv1.3"
        kept.close()
        # Metrics and liveness stay plain: they hold no predictions, and the kubelet and Prometheus ask for them.
        assert server.get("/health", port=server.operations_port).status == 200
        assert server.metrics()["model_server_tls_errors_total"] == 0


def test_tritonclient(iris_store: Path, secret: Secret) -> None:
    from gevent import ssl as gevent_ssl
    from tritonclient import http

    rows = load_iris().data[[0, 50, 100]]
    with Server(iris_store, **secret.settings) as server:
        client = http.InferenceServerClient(
            f"127.0.0.1:{server.port}",
            ssl=True,
            ssl_options={"ca_certs": str(secret.folder / "ca.crt")},
            ssl_context_factory=gevent_ssl.create_default_context,
        )
        assert client.is_server_ready()
        tensor = http.InferInput("x", [3, 4], "FP64")
        tensor.set_data_from_numpy(rows)
        assert client.infer("iris", [tensor]).as_numpy("predict").tolist() == [b"setosa", b"versicolor", b"virginica"]
        client.close()


@pytest.mark.parametrize("version", ["TLSv1_1", "TLSv1_2", "TLSv1_3"])
def test_versions(iris_store: Path, secret: Secret, version: str) -> None:
    secret.trusted.set_ciphers("DEFAULT:@SECLEVEL=0")  # or the client itself would not speak the old one
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        secret.trusted.minimum_version = secret.trusted.maximum_version = ssl.TLSVersion[version]
    secret.trusted.set_alpn_protocols(["h2", "http/1.1"])
    with Server(iris_store, **secret.settings) as server:
        if version == "TLSv1_1":
            with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
                connect(server, secret.trusted)
            assert server.metrics()["model_server_tls_errors_total"] == 1
            return
        with connect(server, secret.trusted) as connection:
            assert connection.selected_alpn_protocol() == "http/1.1"
            connection.sendall(REQUEST)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_large_bodies_both_ways_and_a_reader_that_takes_its_time(tmp_path: Path, secret: Secret) -> None:
    rows = np.random.default_rng(1).normal(size=(100_000, 3))
    model = LinearRegression().fit(rows[:50], rows[:50, 0])
    train.write(model, {"example": rows[:5].tolist()}, tmp_path / "store" / "m" / "1")
    body = json.dumps({"instances": rows.tolist()}).encode()
    assert len(body) > 5_000_000
    with Server(tmp_path / "store", SERVER_MAX_ROWS="100000", **secret.settings) as server:
        with connect(server, secret.trusted) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            head = b"POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            connection.sendall(head % len(body) + body)
            time.sleep(1)  # the answer does not fit into the kernel's buffers
            answer = read_to_end(connection).partition(b"\r\n\r\n")[2]
        assert json.loads(answer)["predictions"] == model.predict(rows).tolist()


def test_a_client_may_wait_for_100_continue(iris_store: Path, secret: Secret) -> None:
    with Server(iris_store, **secret.settings) as server, connect(server, secret.trusted) as connection:
        head, _end, body = REQUEST.partition(b"\r\n\r\n")
        connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_says_it_sends_no_more_is_answered(iris_store: Path, secret: Secret) -> None:
    with Server(iris_store, **secret.settings) as server:
        raw = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = secret.trusted.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")

        def exchange(step: Callable[[], object]) -> object:
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    raw.sendall(outgoing.read())
                    incoming.write(raw.recv(65536))

        exchange(client.do_handshake)
        client.write(REQUEST)
        with pytest.raises(ssl.SSLWantReadError):
            client.unwrap()
        raw.sendall(outgoing.read())  # the request and the farewell in one
        answer = exchange(lambda: client.read(65536))
        assert answer.startswith(b"HTTP/1.1 200 OK") and b"Connection: close" in answer
        raw.close()


def test_requests_of_many_connections_are_one_batch(iris_store: Path, secret: Secret) -> None:
    with Server(iris_store, **secret.settings) as server:
        connections = [connect(server, secret.trusted) for _unused in range(50)]
        with server.paused():
            for connection in connections:
                connection.sendall(REQUEST)
        assert all(connection.recv(65536).startswith(b"HTTP/1.1 200 OK") for connection in connections)
        metrics = server.metrics()
        assert metrics['model_server_batch_requests_sum{model="iris",version="1"}'] == 50
        assert metrics['model_server_batch_requests_count{model="iris",version="1"}'] <= 5
        for connection in connections:
            connection.close()


def test_what_is_in_flight_at_sigterm_is_answered_and_the_end_is_said(iris_store: Path, secret: Secret) -> None:
    with Server(iris_store, SERVER_ACCESS_LOG="false", **secret.settings) as server:
        connections = [connect(server, secret.trusted) for _unused in range(200)]
        idle = connect(server, secret.trusted)
        with server.paused():
            for connection in connections:
                connection.sendall(REQUEST * 10)
            server.process.send_signal(signal.SIGTERM)
        assert sum(read_to_end(connection).count(b"HTTP/1.1 200 OK") for connection in connections) == 2000
        assert read_to_end(idle) == b""
        assert server.wait_exit(30) == 0


def test_slow_clients_are_cut_and_hold_nobody_up(iris_store: Path, secret: Secret) -> None:
    with Server(iris_store, SERVER_READ_TIMEOUT_SECONDS="1", **secret.settings) as server:
        silent = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        halting = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        halting.sendall(b"\x16\x03\x01\x02\x00\x01")  # the first bytes of a handshake
        partial = connect(server, secret.trusted)
        idle = connect(server, secret.trusted)
        raw = socket.socket(fileno=socket.dup(partial.fileno()))
        raw.settimeout(20)  # the copy is non-blocking like its original, and needs the time-out set too
        raw.sendall(b"\x17\x03\x03\x00\x20abc")  # the first bytes of a record
        unfinished = connect(server, secret.trusted)
        unfinished.sendall(REQUEST[:-5])
        for _unused in range(20):
            begin = time.monotonic()
            answer = https(server, secret)
            assert send(answer, "POST", "/predict", ROW).status == 200
            assert time.monotonic() - begin < 1
            answer.close()
        for slow in (silent, halting, raw, unfinished):
            begin = time.monotonic()
            while slow.recv(65536):  # what is there to say of TLS before the end
                pass
            assert time.monotonic() - begin < 10
            slow.close()
        idle.sendall(REQUEST)
        assert idle.recv(65536).startswith(b"HTTP/1.1 200 OK")
        idle.close()
        partial.detach()


def test_what_is_no_tls_is_refused(iris_store: Path, secret: Secret) -> None:
    with Server(iris_store, **secret.settings) as server:
        plain = server.post("/predict", ROW)
        assert (plain.status, plain.headers["Connection"]) == (400, "close")
        assert plain.json.keys() == {"error", "code", "status", "request_id"}
        assert "https" in plain.json["error"]
        for noise in (b"\x00" * 100, b"\x16\x03\x01\x00\x05hello", b"SSH-2.0-x\r\n", bytes(range(256)) * 40):
            with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
                raw.sendall(noise)
                with suppress(ConnectionResetError):
                    assert len(raw.recv(65536)) < 20  # an alert, or nothing
        with connect(server, secret.trusted) as broken, socket.socket(fileno=socket.dup(broken.fileno())) as raw:
            raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
            with pytest.raises(ssl.SSLError, match="BAD_RECORD_MAC"):
                broken.recv(65536)
        assert server.metrics()["model_server_tls_errors_total"] == 6
        assert send(https(server, secret), "POST", "/predict", ROW).status == 200


def test_the_collections_load_asks_with_https(iris_store: Path, secret: Secret) -> None:
    program = REPOSITORY / "plugins" / "module_utils" / "load" / "loop.py"
    with Server(iris_store, **secret.settings) as server:
        plan = {"url": f"https://127.0.0.1:{server.port}/predict", "body": ROW, "concurrency": 2, "seconds": 1}
        figures = {}
        for verify in (True, False):
            command = [sys.executable, str(program), json.dumps({**plan, "verify": verify})]
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
            figures[verify] = json.loads(done.stdout.splitlines()[-1])
    assert figures[True]["failed"] == figures[True]["requests"] > 0 and "the certificate" in figures[True]["last_error"]
    assert figures[False]["failed"] == 0 and figures[False]["requests"] > 0


def test_the_collections_load_asks_by_the_name_of_its_host(iris_store: Path, secret: Secret) -> None:
    """The address is then that of an Ingress, which no certificate names."""
    program = REPOSITORY / "plugins" / "module_utils" / "load" / "loop.py"
    secret.write(*make(host="shop.example"))
    trusting = {**os.environ, "SSL_CERT_FILE": str(secret.folder / "ca.crt")}
    with Server(iris_store, **secret.settings) as server:
        plan = {"url": f"https://127.0.0.1:{server.port}/predict", "body": ROW, "concurrency": 2, "seconds": 1}
        figures = {}
        for host in ("shop.example", "other.example"):
            command = [sys.executable, str(program), json.dumps({**plan, "host": host})]
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=trusting)
            figures[host] = json.loads(done.stdout.splitlines()[-1])
    assert figures["shop.example"]["failed"] == 0 and figures["shop.example"]["requests"] > 0
    wrong = figures["other.example"]
    assert wrong["failed"] == wrong["requests"] > 0 and "Hostname mismatch" in wrong["last_error"]

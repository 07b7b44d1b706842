# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates: renewed ones are used without a failed request, wrong ones end the start."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from certificates import Secret, make
from support import ROW, Server, send, until


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


def test_a_renewed_certificate_is_taken_up_without_a_request_lost(iris_store: Path, secret: Secret) -> None:
    with Server(iris_store, **secret.settings) as server:
        stop = threading.Event()
        answered: list[int] = []

        def ask() -> None:
            kept = https(server, secret)
            while not stop.is_set():
                for connection in (kept, https(server, secret)):
                    answered.append(send(connection, "POST", "/predict", ROW).status)
                    if connection is not kept:
                        connection.close()
            kept.close()

        def served() -> bytes:
            with connect(server, secret.trusted) as connection:
                return connection.getpeercert(binary_form=True)

        kept = https(server, secret)
        send(kept, "POST", "/predict", ROW)
        first, local = served(), kept.sock.getsockname()
        asking = threading.Thread(target=ask)
        asking.start()
        secret.write(make()[0], make()[1])  # they do not belong together
        until(lambda: any("is not used" in line.get("message", "") for line in server.lines()))
        assert served() == first
        certificate, key = make()
        secret.write(certificate, key)
        until(lambda: served() == ssl.PEM_cert_to_DER_cert(certificate.decode()))
        assert send(kept, "POST", "/predict", ROW).status == 200
        assert kept.sock.getsockname() == local
        stop.set()
        asking.join()
        assert len(answered) > 20 and set(answered) == {200}
        assert len(server.lines("certificate reloaded")) == 1


def test_several_processes(iris_store: Path, secret: Secret) -> None:
    server = Server(iris_store, SERVER_PROCESSES="2", **secret.settings)
    try:
        until(lambda: server.lines("all workers ready"))
        server.port = server.lines("all workers ready")[0]["port"]
        for _unused in range(40):
            connection = https(server, secret)
            assert send(connection, "POST", "/predict", ROW).status == 200
            connection.close()
        secret.write(*make())
        until(lambda: len(server.lines("certificate reloaded")) == 2)  # each worker
        for _unused in range(10):
            assert send(https(server, secret), "POST", "/predict", ROW).status == 200
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_exit(30) == 0
    finally:
        if server.process.poll() is None:
            server.process.kill()


@pytest.mark.parametrize(
    ("certificate", "key", "message"),
    [
        (None, "", "SERVER_TLS_CERTIFICATE_FILE and SERVER_TLS_KEY_FILE: set both"),
        (b"", None, "holds no certificate as PEM"),
        (None, b"no key", "holds no private key as PEM"),
        (None, make(b"secret")[1], "is encrypted"),
        (None, make()[1], "not the key of"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None, "OpenSSL cannot use it"),
        ("/nowhere", None, "SERVER_TLS_CERTIFICATE_FILE=/nowhere: No such file"),
    ],
)
def test_files_that_cannot_be_used_end_the_start(
    iris_store: Path, secret: Secret, tmp_path: Path, certificate, key, message: str
) -> None:
    settings = dict(secret.settings)
    for variable, given in zip(settings, (certificate, key), strict=True):
        if isinstance(given, bytes):
            (tmp_path / variable).write_bytes(given)
            settings[variable] = str(tmp_path / variable)
        elif given is not None:
            settings[variable] = given
    server = Server(iris_store, **settings)
    assert server.wait_exit() == 2
    assert message in server.lines()[-1]["message"]

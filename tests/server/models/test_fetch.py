# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models fetched into the store."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import socket
import ssl
import threading
from pathlib import Path

import pytest
from certificates import Secret
from support import ROW, Server, fetch


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_fetched_model_is_served(tmp_path: Path, iris_store: Path, scheme: str) -> None:
    file = iris_store / "iris" / "1" / "model.skops"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=file.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        uri = file.as_uri() if scheme == "file" else f"http://127.0.0.1:{web.server_port}/model.skops"
        wrong = fetch(tmp_path / "s", MODEL_SOURCES=f"iris/3={uri}", MODEL_SHA256=f"iris/3={'1' * 64}")
        assert wrong.returncode == 5
        assert "not put into the store" in wrong.stdout
        assert not list((tmp_path / "s").glob("*/*/model.*"))
        done = fetch(tmp_path / "s", MODEL_SOURCES=f"iris/3={uri}", MODEL_SHA256=f"iris/3={digest}")
        assert done.returncode == 0, done.stdout + done.stderr
        web.shutdown()
    with Server(tmp_path / "s", MODEL_SHA256=f"iris/3={digest}") as server:
        assert server.post("/predict", ROW).json["version"] == "3"


def test_a_store_that_is_not_there_is_named_with_the_cause(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{free.getsockname()[1]}/model.skops"
        done = fetch(tmp_path, MODEL_SOURCES=f"iris/1={uri}", MODEL_SHA256=f"iris/1={'1' * 64}")
    assert done.returncode == 5
    message = json.loads(done.stdout.splitlines()[-1])["message"]
    assert message.startswith(f"{uri}: ") and message.endswith("Connection refused")
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_that_is_not_trusted_is_named(tmp_path: Path, trusted: bool) -> None:
    """A file of the CA is enough; the model itself is another than was pinned."""
    Secret(tmp_path)
    (tmp_path / "model.skops").write_bytes(b"model")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
        web.socket = context.wrap_socket(web.socket, server_side=True)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        uri = f"https://127.0.0.1:{web.server_port}/model.skops"
        more = {"SSL_CERT_FILE": str(tmp_path / "ca.crt")} if trusted else {}
        done = fetch(tmp_path / "s", MODEL_SOURCES=f"iris/1={uri}", MODEL_SHA256=f"iris/1={'1' * 64}", **more)
        web.shutdown()
    assert done.returncode == 5
    message = json.loads(done.stdout.splitlines()[-1])["message"]
    assert message.endswith("not put into the store" if trusted else "invalid peer certificate: UnknownIssuer")


def test_fetch_goes_on_where_it_was_cut_off(tmp_path: Path, iris_store: Path) -> None:
    file = iris_store / "iris" / "1" / "model.skops"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    folder = tmp_path / "iris" / "1"
    folder.mkdir(parents=True)
    (folder / f".{digest}.part").write_bytes(file.read_bytes()[:100])
    done = fetch(tmp_path, MODEL_SOURCES=f"iris/1={file.as_uri()}", MODEL_SHA256=f"iris/1={digest}")
    assert done.returncode == 0, done.stdout
    assert (folder / "model.skops").read_bytes() == file.read_bytes()

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Limits of the API port: sizes, and clients that take too long."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

from support import ROW, Server, until


def test_limits(start: Callable[..., Server], iris_store: Path) -> None:
    server = start(iris_store, SERVER_MAX_BODY_BYTES="2000", SERVER_MAX_ROWS="3", SERVER_READ_TIMEOUT_SECONDS="1")
    server.wait_ready()
    assert server.post("/predict", {"instances": [[1, 2, 3, 4]] * 4}).json["code"] == "TooLarge"
    assert server.post("/predict", b"x" * 2000).status == 400
    assert server.post("/predict", b"x" * 2001).status == 413
    assert server.get("/health", headers={"X-Long": "x" * 20_000}).status == 431
    assert server.post("/predict", ROW, headers={"Content-Encoding": "br"}).status == 415
    assert server.get("/predict").headers["Allow"] == "POST"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as slow:
        slow.sendall(b"POST /predict HTTP/1.1\r\nContent-Le")
        assert slow.recv(1) == b""


def test_a_client_that_stops_reading_is_cut(start: Callable[..., Server], iris_store: Path) -> None:
    server = start(iris_store, SERVER_MAX_ROWS="150000", SERVER_READ_TIMEOUT_SECONDS="5").wait_ready()
    answered = 'model_server_requests_total{code="200",model="iris",route="/predict",version="1"}'
    body = json.dumps({"instances": ROW["instances"] * 150_000, "method": "predict_proba"}).encode()
    with socket.socket() as client:
        client.settimeout(30)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that the answer stays with the server
        client.connect(("127.0.0.1", server.port))
        client.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        until(lambda: server.metrics().get(answered) == 1)
        until(lambda: server.metrics()["model_server_connections"] == 1)
        until(lambda: server.metrics()["model_server_connections"] == 0)

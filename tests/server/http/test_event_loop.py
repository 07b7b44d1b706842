# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limit of the queue."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import numpy as np
import train
from sklearn.linear_model import LinearRegression
from support import Server, until


def test_queue_limit(tmp_path: Path) -> None:
    rows = np.arange(12.0).reshape(4, 3)
    train.write(LinearRegression().fit(rows, rows[:, 0]), {"example": rows.tolist()}, tmp_path / "m" / "1")
    body = json.dumps({"instances": rows.tolist()}).encode()
    request = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with Server(tmp_path, SERVER_MAX_BATCH_ROWS="4", SERVER_QUEUE_LIMIT="5") as server:
        sockets = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _unused in range(60)]
        until(lambda: server.metrics()["model_server_connections_accepted_total"] == 60)
        # So that all wait when it goes on: one request is a batch, five may wait, the rest is refused.
        with server.paused():
            for connection in sockets:
                connection.sendall(request)
        answers = [connection.recv(65536) for connection in sockets]
        for connection in sockets:
            connection.close()
        refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503")]
        assert all(b"Retry-After: 1" in answer for answer in refused)
        assert (len(refused), sum(answer.startswith(b"HTTP/1.1 200") for answer in answers)) == (54, 6)
        assert server.metrics()['model_server_rejected_total{reason="queue"}'] == 54
        assert server.post("/predict", body).status == 200

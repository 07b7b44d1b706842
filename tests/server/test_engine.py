# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Batching, the queue's limit, deadlines, and several processes on one socket."""

from __future__ import annotations

import json
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import train
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from support import Server, send, until

TRUSTED = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


def test_answers_are_never_mixed_up(tmp_path: Path) -> None:
    """Every client sends numbers of its own and must get the answer to exactly those; every tenth is a bad one."""
    random = np.random.default_rng(3)
    data = random.normal(size=(200, 3))
    model = HistGradientBoostingRegressor(max_iter=20, random_state=0).fit(data, data @ [1.0, -2.0, 3.0])
    train.write(model, {"example": data[:5].tolist()}, tmp_path / "m" / "1")

    def client(number: int) -> None:
        mine = np.random.default_rng(number)
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        for turn in range(40):
            rows = mine.normal(size=(mine.integers(1, 6), 3))
            if turn % 10 == 9:
                answer = send(connection, "POST", "/predict", {"instances": [["bad", 1, 2]]})
                assert answer.status == 422
                continue
            answer = send(connection, "POST", "/predict", {"instances": rows.tolist()})
            assert answer.json["predictions"] == model.predict(rows).tolist()
        connection.close()

    with Server(tmp_path, MODEL_TRUSTED_TYPES=TRUSTED) as server:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(client, range(16)))
        metrics = server.metrics()
    labels = '{model="m",version="1"}'
    calls = metrics[f"model_server_batch_rows_count{labels}"]
    assert metrics[f"model_server_batch_requests_sum{labels}"] == 16 * 36
    assert calls < 16 * 36, "no two requests were ever predicted together"


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


def test_a_request_that_waited_too_long_is_not_predicted(tmp_path: Path, iris_store: Path) -> None:
    with Server(iris_store, SERVER_REQUEST_TIMEOUT_SECONDS="0.01", MODEL_RELOAD_SECONDS="0") as server:
        statuses = set()
        many = json.dumps({"instances": [[5.1, 3.5, 1.4, 0.2]] * 10_000}).encode()
        with ThreadPoolExecutor(8) as pool:
            for answer in pool.map(lambda _unused: server.post("/predict", many), range(64)):
                statuses.add(answer.status)
                if answer.status == 504:
                    assert answer.json["code"] == "DeadlineExceeded"
        assert statuses <= {200, 504}
        assert 504 in statuses


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

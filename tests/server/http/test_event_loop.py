# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The limit of the queue."""

from __future__ import annotations

import importlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
import sklearn
import train
from sklearn.linear_model import LinearRegression
from support import REPOSITORY, Server, until

from model_server.api.messages import Request, Response
from model_server.http.event_loop import MOST_FAILED_TURNS, EventLoop
from model_server.http.inbox import Inbox
from model_server.models.checksum import sha256_of
from model_server.observe.failures import Failures
from model_server.observe.metrics import Metrics
from model_server.process.lifecycle import Lifecycle


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


# Fails as its input says, but not on its example.
FAULTY = """
import datetime
import numpy as np
from sklearn.linear_model import LinearRegression

class Faulty(LinearRegression):
    def predict(self, X):
        for kind, _unused, _unused in X:
            if kind in ERRORS:
                raise ERRORS[kind]("as asked")
            if kind == 9:
                return np.array([datetime.timedelta(1)] * len(X), dtype=object)
        return super().predict(X)

ERRORS = {1: MemoryError, 2: SystemExit, 3: KeyError, 4: KeyboardInterrupt, 5: ValueError}
"""


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of a model that fails on some inputs."""
    (tmp_path / "faulty_model.py").write_text(FAULTY)
    monkeypatch.syspath_prepend(tmp_path)
    rows = np.arange(12.0).reshape(4, 3) + 100
    folder = tmp_path / "store" / "m" / "1"
    folder.mkdir(parents=True)
    estimator = importlib.import_module("faulty_model").Faulty().fit(rows, rows[:, 0])
    joblib.dump(estimator, folder / "model.joblib")
    digest = sha256_of(folder / "model.joblib")
    about = {"file": "model.joblib", "sha256": digest, "sklearn_version": sklearn.__version__, "example": rows.tolist()}
    (folder / "model.json").write_text(json.dumps(about))
    path = f"{REPOSITORY / 'server'}:{tmp_path}"
    settings = {"PYTHONPATH": path, "MODEL_ALLOW_JOBLIB": "true", "MODEL_SHA256": digest}
    with Server(tmp_path / "store", **settings) as server:
        yield server


def test_whatever_a_model_raises_fails_only_its_own_request(faulty: Server) -> None:
    kinds = {0: 200, 1: 500, 2: 500, 3: 500, 4: 500, 5: 422, 9: 500}
    for path in ("/predict", "/v1/models/m:predict"):
        for kind, status in kinds.items():
            answer = faulty.post(path, {"instances": [[kind, 1, 2]]}, headers={"X-Request-Id": f"kind-{kind}"})
            assert (answer.status, kind) == (status, kind)
            if status == 500:
                assert answer.json.keys() == {"error", "code", "status", "request_id"}
                assert (answer.json["code"], answer.json["request_id"]) == ("Internal", f"kind-{kind}")
                assert "as asked" not in answer.json["error"]
    # In one batch the others are answered.
    sockets = [socket.create_connection(("127.0.0.1", faulty.port), timeout=60) for _unused in kinds]
    with faulty.paused():
        for kind, connection in zip(kinds, sockets, strict=True):
            body = json.dumps({"instances": [[kind, 1, 2]]}).encode()
            head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
            connection.sendall(head + body)
    assert [int(connection.recv(65536)[9:12]) for connection in sockets] == list(kinds.values())
    for connection in sockets:
        connection.close()
    label = '{code="500",model="m",route="/predict",version="1"}'
    until(lambda: faulty.metrics().get(f"model_server_requests_total{label}") == 10)  # counted once it was sent
    metrics = faulty.metrics()
    assert metrics['model_server_failures_total{where="predict"}'] == 12
    assert metrics['model_server_failures_total{where="encode"}'] == 3
    (line, *_more) = [line for line in faulty.lines("failed: predict") if line["request_id"] == "kind-1"]
    assert (line["level"], line["error_type"]) == ("ERROR", "MemoryError")
    assert "as asked" in line["traceback"]


def loop(**parts: object) -> EventLoop:
    """An event loop of stubs: all that run() needs."""
    made = object.__new__(EventLoop)
    metrics = Metrics()
    vars(made).update(
        {
            "queue": SimpleNamespace(waiting=[], probes=[]),
            "inbox": Inbox(lambda: None),
            "server": SimpleNamespace(busy=lambda: False),
            "lifecycle": Lifecycle(0),
            "metrics": metrics,
            "failures": Failures(metrics),
            "map": {},
            "poller": SimpleNamespace(poll=lambda _timeout: None),
            "tick": lambda: None,
            **parts,
        }
    )
    return made


def test_a_turn_that_fails_does_not_end_the_loop() -> None:
    turns: list[int] = []

    def tick() -> None:
        turns.append(1)
        if len(turns) == 3:
            made.lifecycle.drain()
        raise OSError("no descriptor")

    made = loop(tick=tick)
    made.run()
    assert len(turns) == 3
    assert made.metrics.counters["model_server_failures"] == {("turn",): 3}


def test_a_loop_that_fails_at_every_turn_ends() -> None:
    def poll(_timeout: float) -> None:
        raise OSError("no descriptor")

    made = loop(poller=SimpleNamespace(poll=poll))
    with pytest.raises(OSError, match="no descriptor"):
        made.run()
    assert made.metrics.counters["model_server_failures"] == {("turn",): MOST_FAILED_TURNS}


def test_a_response_that_cannot_be_sent_closes_its_connection_alone() -> None:
    closed: list[str] = []
    metrics = Metrics()
    made = loop(failures=Failures(metrics))
    request = Request("POST", "/predict", "", {}, b"", "127.0.0.1")
    request.carrier = SimpleNamespace(requests=[], handle_close=lambda: closed.append("closed"))
    made._answer(request, Response(200, b""))
    assert closed == ["closed"]
    assert metrics.counters["model_server_failures"] == {("response",): 1}

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of the operations port."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http.client import HTTPConnection
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest
from support import Server, send

from model_server.http.operations import Source, build
from model_server.observe.metrics import Metrics


@pytest.fixture
def get() -> Callable[..., tuple[int, dict | str]]:
    """Asks an operations port whose server is in the given state."""

    def ask(path: str, state: str = "ready", stalled: float = 0.0) -> tuple[int, dict | str]:
        source = Source(lambda: state, lambda: stalled, lambda: [Metrics().snapshot()], list)
        environment = {"PATH_INFO": path, "wsgi.input": BytesIO()}
        setup_testing_defaults(environment)
        started: list[str] = []
        body = b"".join(build(source, 120)(environment, lambda status, _headers, *_more: started.append(status)))
        text = body.decode()
        return int(started[0][:3]), json.loads(text) if text.startswith("{") else text

    return ask


def test_alive_unless_the_event_loop_stalled(get) -> None:
    assert get("/health", stalled=120.0) == (200, {"status": "live"})
    status, answer = get("/health", stalled=121.0)
    assert (status, answer["code"]) == (503, "Unavailable")
    assert answer["error"] == "the event loop has made no turn for 121 s (SERVER_STALL_SECONDS=120)"


def test_alive_while_starting_and_draining(get) -> None:
    for state in ("starting", "draining"):
        assert get("/health", state=state)[0] == 200
        assert get("/ready", state=state)[1]["error"] == state
        assert get("/ready", state=state)[0] == 503
    assert get("/ready") == (200, {"status": "ready"})


def test_metrics(get) -> None:
    status, text = get("/metrics")
    assert status == 200
    assert "# TYPE model_server_requests_total counter" in text
    assert "process_cpu_seconds_total" in text


def test_other_paths_are_refused_in_the_same_shape(get) -> None:
    status, answer = get("/nowhere")
    assert (status, answer["error"], answer["code"]) == (404, "no such path", "NotFound")


@pytest.mark.parametrize("header", ["Accept", "X-Request-Id"])
@pytest.mark.parametrize("path", ["/metrics", "/health", "/ready"])
def test_a_header_of_any_bytes_is_no_failure(iris: Server, path: str, header: str) -> None:
    """http.client sends it as the one byte FC, which is no UTF-8."""
    assert iris.get(path, headers={header: "text/\xfc"}, port=iris.operations_port).status == 200


def test_its_requests_are_counted() -> None:
    application = build(Source(lambda: "starting", lambda: 0.0, lambda: [Metrics().snapshot()], list), 120)

    def ask(path: str) -> str:
        environment = {"PATH_INFO": path, "wsgi.input": BytesIO()}
        setup_testing_defaults(environment)
        return b"".join(application(environment, lambda *_unused: None)).decode()

    for path in ("/health", "/health", "/ready", "/nowhere", "/metrics"):
        ask(path)
    text = ask("/metrics")
    assert 'model_server_operations_requests_total{code="200",route="/health"} 2.0' in text
    assert 'model_server_operations_requests_total{code="503",route="/ready"} 1.0' in text
    assert 'model_server_operations_requests_total{code="200",route="/metrics"} 1.0' in text
    assert "nowhere" not in text


def test_what_fails_is_logged_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> str:
        raise KeyError("state")

    application = build(Source(broken, lambda: 0.0, lambda: [Metrics().snapshot()], list), 120)

    def ask(path: str) -> str:
        environment = {"PATH_INFO": path, "HTTP_X_REQUEST_ID": "r-1", "wsgi.input": BytesIO()}
        setup_testing_defaults(environment)
        return b"".join(application(environment, lambda *_unused: None)).decode()

    answer = json.loads(ask("/ready"))
    assert (answer["status"], answer["request_id"]) == (500, "r-1")
    (record,) = caplog.records
    assert (record.fields["request_id"], record.exc_info[0]) == ("r-1", KeyError)
    assert 'model_server_operations_requests_total{code="500",route="/ready"} 1.0' in ask("/metrics")


ID = re.compile(r"[0-9a-f]+-[0-9a-f]+")


@pytest.mark.parametrize("given", [None, 'x","level":"ERROR'])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("HEAD", "/health", 200),
        ("GET", "/ready", 200),
        ("GET", "/metrics", 200),
        ("GET", "/nowhere", 404),
        ("POST", "/health", 405),
        ("BAD(", "/health", 400),
        ("GET", "/" + "x" * 20_000, 431),
    ],
)
def test_every_answer_has_an_id(iris: Server, method: str, path: str, status: int, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-Id": given}
    answer = iris.request(method, path, headers=headers, port=iris.operations_port)
    assert (answer.status, bool(ID.fullmatch(answer.headers["X-Request-Id"]))) == (status, True)
    if status != 200:
        assert answer.json["request_id"] == answer.headers["X-Request-Id"]
        assert answer.json.keys() == {"error", "code", "status", "request_id"}


def test_a_clients_own_id_is_kept(iris: Server) -> None:
    answer = iris.get("/nowhere", headers={"X-Request-Id": "r-1"}, port=iris.operations_port)
    assert (answer.headers["X-Request-Id"], answer.json["request_id"]) == ("r-1", "r-1")


def test_answers_on_one_connection_have_ids_of_their_own(iris: Server) -> None:
    connection = HTTPConnection("127.0.0.1", iris.operations_port, timeout=30)
    try:
        ids = {send(connection, "GET", "/health").headers["X-Request-Id"] for _unused in range(5)}
    finally:
        connection.close()
    assert len(ids) == 5

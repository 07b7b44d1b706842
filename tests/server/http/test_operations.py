# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of the operations port."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

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

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of the access log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import ROW, Server, until

from model_server.api.messages import Request, Response
from model_server.observe.access_log import AccessLog


def test_lines_are_json_whatever_the_path(capsys: pytest.CaptureFixture) -> None:
    log = AccessLog(enabled=True)
    paths = ["/predict", '/"\\\n', "/\u00e4"]
    for path in paths:
        request = Request("POST", path, "", {}, b"", "10.0.0.1")
        request.request_id = "r-1"
        log.add(request, Response(200, b"{}"), 1.25, 0.0015)
    request.traceparent, request.tracestate = f"00-{'a' * 32}-{'b' * 16}-01", 'x="1"'
    log.add(request, Response(504, b""), 1.25, 0.0015)
    assert capsys.readouterr().out == ""
    log.flush()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["path"] for line in lines] == [*paths, paths[-1]]
    assert lines[0] == {
        "time": "1970-01-01T00:00:01.250Z",
        "level": "INFO",
        "logger": "access",
        "method": "POST",
        "path": "/predict",
        "status": 200,
        "duration_ms": 1.5,
        "bytes": 2,
        "client": "10.0.0.1",
        "request_id": "r-1",
    }
    assert (lines[-1]["trace_id"], lines[-1]["span_id"], lines[-1]["tracestate"]) == ("a" * 32, "b" * 16, 'x="1"')


def test_paths_that_are_kept_are_limited() -> None:
    log = AccessLog(enabled=True)
    for i in range(1000):
        log.add(Request("GET", f"/{i}", "", {}, b"", ""), Response(404, b""), 0, 0)
    assert len(log._paths) <= 256


def test_every_request_on_demand(iris_store: Path) -> None:
    with Server(iris_store, SERVER_ACCESS_LOG_ALL="true") as server:
        server.get("/health", headers={"X-Request-Id": "probe"})
        server.get('/now"here', headers={"X-Request-Id": "wrong"})
        server.request("BAD(", "/predict")
        until(lambda: len([line for line in server.lines() if line.get("logger") == "access"]) == 3)
        lines = [line for line in server.lines() if line.get("logger") == "access"]
        found = [(line["method"], line["path"], line["status"], line["request_id"]) for line in lines]
        unread = ("", "", 400, lines[2]["request_id"])  # it has an id of its own
        assert found == [("GET", "/health", 200, "probe"), ("GET", '/now"here', 404, "wrong"), unread]
        assert lines[2]["request_id"]
        assert lines[0]["bytes"] > 10
        assert lines[0]["client"] == "127.0.0.1"
        metrics = server.metrics()
        counted = {
            code: metrics[f'model_server_requests_total{{code="{code}",model="",route="other",version=""}}']
            for code in (400, 404)
        }
        assert counted == {400: 1, 404: 1}


def test_by_default_predictions_only(iris: Server) -> None:
    iris.get("/health", headers={"X-Request-Id": "not-logged"})
    iris.post("/predict", ROW, headers={"X-Request-Id": "logged"})
    iris.line_of("logged")
    assert not [line for line in iris.lines() if line.get("request_id") == "not-logged"]

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of the access log."""

from __future__ import annotations

import json

import pytest

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

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Heads of responses."""

from __future__ import annotations

import time

import pytest

from model_server.api.errors import CODES
from model_server.api.messages import Request, Response
from model_server.http.head import LINES, HeadWriter


def head(
    version: str = "1.1", close: bool = False, traceparent: str = "", response: Response | None = None
) -> list[str]:
    request = Request("POST", "/predict", "", {}, b"", "")
    request.request_id, request.traceparent, request.tracestate = "r-1", traceparent, "a=1"
    written = HeadWriter().write(request, response or Response(200, b"{}"), close, version).decode()
    assert written.endswith("\r\n\r\n")
    return written.split("\r\n")[:-2]


def test_the_usual_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1.5)
    assert head() == [
        "HTTP/1.1 200 OK",
        "Server: model-server",
        "Date: Thu, 01 Jan 1970 00:00:01 GMT",
        "Content-Type: application/json",
        "Content-Length: 2",
        "X-Request-Id: r-1",
    ]


@pytest.mark.parametrize(
    ("version", "close", "line"),
    [("1.1", True, "Connection: close"), ("1.0", False, "Connection: keep-alive"), ("1.0", True, "Connection: close")],
)
def test_whether_the_connection_ends(version: str, close: bool, line: str) -> None:
    assert [found for found in head(version, close) if found.startswith("Connection")] == [line]


def test_more_headers_and_the_trace_context() -> None:
    refusal = Response(503, b"", headers=(("Retry-After", "1"),))
    assert head(traceparent="00-1-2-01", response=refusal)[-3:] == [
        "Retry-After: 1",
        "Traceparent: 00-1-2-01",
        "Tracestate: a=1",
    ]


def test_every_refusal_of_the_data_plane_has_a_status_line() -> None:
    assert {400, 401, 404, 405, 413, 415, 422, 503, 504} <= LINES.keys() & CODES.keys()

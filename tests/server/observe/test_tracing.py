# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""W3C trace context, alone and as OpenTelemetry's spans."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import ROW, Server

from model_server.observe.tracing import context

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
# The SDK as an operator would configure it, with spans written to a file.
WITH_SDK = """
import sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
file = open(sys.argv[1], "w", buffering=1)
exporter = ConsoleSpanExporter(out=file, formatter=lambda span: span.to_json(None) + "\\n")
trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exporter))
from model_server.__main__ import main
sys.exit(main())
"""


def test_context_is_passed_on(iris: Server) -> None:
    given = f"00-{TRACE}-{PARENT}-01"
    headers = {"X-Request-Id": "traced-1", "traceparent": given, "tracestate": 'vendor="a\\b",other=1'}
    answer = iris.post("/predict", ROW, headers=headers)
    assert (answer.headers["Traceparent"], answer.headers["Tracestate"]) == (given, headers["tracestate"])
    line = iris.line_of("traced-1")
    assert (line["trace_id"], line["span_id"]) == (TRACE, PARENT)
    assert line["tracestate"] == headers["tracestate"]


def test_refusals_carry_it_too(iris: Server) -> None:
    given = f"00-{TRACE}-{PARENT}-00"
    answer = iris.post("/predict", b"no JSON", headers={"traceparent": given})
    assert (answer.status, answer.headers["Traceparent"]) == (400, given)


@pytest.mark.parametrize(
    ("parent", "valid"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f"cc-{TRACE}-{PARENT}-01", True),
        (f"cc-{TRACE}-{PARENT}-01-later", True),
        (f"00-{TRACE}-{PARENT}-01-later", False),
        (f"ff-{TRACE}-{PARENT}-01", False),
        (f"00-{'0' * 32}-{PARENT}-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"00-{TRACE.upper()}-{PARENT}-01", False),
        (f"00-{TRACE}-{PARENT}-01\r\nX-Injected: 1", False),
        ("", False),
    ],
)
def test_which_contexts_are_valid(parent: str, valid: bool) -> None:
    assert context({"TRACEPARENT": parent, "TRACESTATE": "a=1"}) == ((parent, "a=1") if valid else ("", ""))


def test_state_that_cannot_be_passed_on_is_dropped() -> None:
    parent = f"00-{TRACE}-{PARENT}-01"
    for state in ("a=1\r\nX: 1", "a=\x7f", "a=é", "a=" + "1" * 511):
        assert context({"TRACEPARENT": parent, "TRACESTATE": state}) == (parent, "")


def test_spans(iris_store: Path, tmp_path: Path) -> None:
    file = tmp_path / "spans"
    command = ("-c", WITH_SDK, str(file))
    with Server(iris_store, command=command, SERVER_OPENTELEMETRY="true") as server:
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "a=1", "X-Request-Id": "spanned"}
        answered = server.post("/predict", ROW, headers=headers)
        refused = server.post("/v1/models/none:predict", ROW)
        line = server.line_of("spanned")
    first, second = (json.loads(text) for text in file.read_text().splitlines())
    assert first["name"] == "POST /predict"
    assert first["attributes"]["http.response.status_code"] == 200
    assert (first["context"]["trace_id"], first["parent_id"]) == (f"0x{TRACE}", f"0x{PARENT}")
    own = first["context"]["span_id"].removeprefix("0x")
    assert answered.headers["Traceparent"] == f"00-{TRACE}-{own}-01"
    assert answered.headers["Tracestate"] == "a=1"
    assert (line["trace_id"], line["span_id"]) == (TRACE, own)
    # Without a parent it is a trace of its own, and the answer says which.
    assert second["name"] == "POST /v1/models/{model}:predict"
    assert second["parent_id"] is None
    assert second["context"]["trace_id"].removeprefix("0x") in refused.headers["Traceparent"]
    assert second["attributes"]["http.response.status_code"] == 404


def test_spans_without_opentelemetry_say_what_is_missing(iris_store: Path) -> None:
    hide = "import sys; sys.modules['opentelemetry'] = None; from model_server.__main__ import main; sys.exit(main())"
    for processes in ("1", "2"):
        server = Server(iris_store, command=("-c", hide), SERVER_OPENTELEMETRY="true", SERVER_PROCESSES=processes)
        assert server.wait_exit() == 2
        assert any("install opentelemetry-api" in line["message"] for line in server.lines())

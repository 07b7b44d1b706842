# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""W3C trace context: read from a request, passed on in its response and in its line of the access log.

With SERVER_OPENTELEMETRY each prediction is also a span, made with OpenTelemetry's API. The SDK that is configured in
the process decides where spans go; `opentelemetry-instrument` configures it from OTEL_ variables.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from ..api.messages import Request, Response

# Version 00 has these fields; later versions may have more after them. Zeros and version ff are invalid.
IDS = "-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
TRACEPARENT = re.compile(f"00{IDS}|(?!00|ff)[0-9a-f]{{2}}{IDS}(?:-[!-~]*)?")
MAX_STATE = 512


def context(headers: Mapping[str, str]) -> tuple[str, str]:
    """traceparent and tracestate of a request as they are passed on; empty if they are missing or invalid."""
    parent = headers.get("TRACEPARENT", "")
    if not parent or not TRACEPARENT.fullmatch(parent):
        return "", ""
    state = headers.get("TRACESTATE", "")
    return parent, state if len(state) <= MAX_STATE and state.isascii() and state.isprintable() else ""


class Spans:
    """Makes spans.

    :raises ImportError: OpenTelemetry's API is not installed.
    """

    def __init__(self) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self.kind = trace.SpanKind.SERVER
        self.within = trace.set_span_in_context
        self.error = trace.Status(trace.StatusCode.ERROR)
        self.tracer = trace.get_tracer("model_server")
        self.propagator = TraceContextTextMapPropagator()

    def record(self, request: Request, response: Response, route: str, seconds: float) -> None:
        """Make the request's span, and set it as the trace context of the response."""
        carrier = {"traceparent": request.traceparent, "tracestate": request.tracestate}
        end = time.time_ns()
        span = self.tracer.start_span(
            f"{request.method} {route}",
            context=self.propagator.extract(carrier),
            kind=self.kind,
            start_time=end - int(seconds * 1e9),
            attributes={
                "http.request.method": request.method,
                "http.route": route,
                "http.response.status_code": response.status,
                "url.path": request.path,
            },
        )
        if response.status >= 500:
            span.set_status(self.error)
        span.end(end)
        made: dict[str, str] = {}
        self.propagator.inject(made, context=self.within(span))
        request.traceparent, request.tracestate = made.get("traceparent", ""), made.get("tracestate", "")

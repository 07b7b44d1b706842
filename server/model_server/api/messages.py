# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests and responses as the data plane sees them, whatever the transport."""

from __future__ import annotations

import orjson

from .errors import RequestError


class Request:
    """One HTTP request, read whole. Header names are upper case with underscores; times are monotonic seconds.

    :ivar carrier: what the transport needs to send the answer; only the transport uses it.
    :ivar target: what its route is kept under: its path, and of gRPC also the model that its message names.
    """

    __slots__ = (
        "body",
        "carrier",
        "client",
        "headers",
        "method",
        "path",
        "query",
        "received",
        "request_id",
        "target",
        "traceparent",
        "tracestate",
    )

    def __init__(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes, client: str):
        self.method = method
        self.path = self.target = path
        self.query = query
        self.headers = headers
        self.body = body
        self.client = client
        self.carrier = None
        self.received = 0.0
        self.request_id = ""
        self.traceparent = self.tracestate = ""


class Response:
    """One HTTP answer."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(
        self,
        status: int,
        body: bytes,
        content_type: str = "application/json",
        headers: tuple[tuple[str, str], ...] = (),
    ):
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers


def json_object(body: bytes) -> dict:
    """The body as a JSON object.

    :raises RequestError: 400.
    """
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(400, f"the body is not JSON: {error}"[:300]) from None
    if not isinstance(parsed, dict):
        raise RequestError(400, "the body must be a JSON object")
    return parsed

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The head of a response: status line and headers."""

from __future__ import annotations

import time
from email.utils import formatdate

from ..api.messages import Request, Response

REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    411: "Length Required",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
LINES = {status: f"HTTP/1.1 {status} {reason}\r\n" for status, reason in REASONS.items()}


class HeadWriter:
    """Writes heads; what is the same for all of one second is made once."""

    def __init__(self) -> None:
        self._second = 0
        self._common = ""

    def write(self, request: Request, response: Response, close: bool, version: str) -> bytes:
        """The head, to the empty line that ends it.

        :param close: whether the connection ends after this response.
        :param version: of HTTP, as the client sent it.
        """
        now = int(time.time())
        if now != self._second:
            self._second = now
            self._common = f"Server: model-server\r\nDate: {formatdate(now, usegmt=True)}\r\n"
        more = "".join([f"{name}: {value}\r\n" for name, value in response.headers]) if response.headers else ""
        if request.traceparent:
            more += f"Traceparent: {request.traceparent}\r\n"
            if request.tracestate:
                more += f"Tracestate: {request.tracestate}\r\n"
        if close:
            more += "Connection: close\r\n"
        elif version == "1.0":
            more += "Connection: keep-alive\r\n"
        return (
            f"{LINES[response.status]}{self._common}Content-Type: {response.content_type}\r\n"
            f"Content-Length: {len(response.body)}\r\nX-Request-Id: {request.request_id}\r\n{more}\r\n"
        ).encode("latin-1")

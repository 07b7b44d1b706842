# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refusals: one JSON shape on every route."""

from __future__ import annotations

import orjson

# Every status that a refusal has, and its code for programs.
CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    404: "NotFound",
    405: "MethodNotAllowed",
    408: "RequestTimeout",
    411: "LengthRequired",
    413: "TooLarge",
    415: "UnsupportedMediaType",
    417: "ExpectationFailed",
    422: "InvalidInput",
    429: "TooManyRequests",
    431: "HeadersTooLarge",
    500: "Internal",
    501: "NotImplemented",
    503: "Unavailable",
    504: "DeadlineExceeded",
    505: "VersionNotSupported",
}

# What a client is answered when the server or a model failed.
FAILED = "the server failed on this request; its log says why, under this request_id"


class RequestError(Exception):
    """A request that is answered with a refusal.

    :param status: HTTP status, one of CODES.
    :param message: what is wrong, where, and what is expected instead.
    :param headers: more response headers, such as Retry-After.
    """

    def __init__(self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()):
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def body(status: int, message: str, request_id: str) -> bytes:
    """A refusal as JSON: `error` is the text (its place in the Open Inference Protocol), `code` is for programs.

    It never fails: half a character in a text, which JSON has none of, is written out as its number.
    """
    fields = {"error": message, "code": CODES.get(status, "Error"), "status": status, "request_id": request_id}
    try:
        return orjson.dumps(fields)
    except TypeError:
        return orjson.dumps({**fields, "error": message.encode("utf-8", "backslashreplace").decode()})

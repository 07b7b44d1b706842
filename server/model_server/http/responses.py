# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON responses of the bottle applications."""

from __future__ import annotations

from typing import Any

import bottle
import orjson

from ..api import errors

MESSAGES = {404: "no such path", 405: "this path does not take this method"}


def json_response(value: Any, status: int = 200) -> bottle.HTTPResponse:
    return bottle.HTTPResponse(orjson.dumps(value), status, {"Content-Type": "application/json"})


def refusal(status: int, message: str) -> bottle.HTTPResponse:
    """A refusal in the JSON shape of all refusals; may be returned or raised."""
    return bottle.HTTPResponse(errors.body(status, message, request_id()), status, {"Content-Type": "application/json"})


def error_body(error: bottle.HTTPError) -> bytes:
    """The body for what bottle itself refuses, in the same shape."""
    bottle.response.content_type = "application/json"
    message = MESSAGES.get(error.status_code, str(error.body)[:300])
    return errors.body(error.status_code, message, request_id())


def header(name: str) -> str:
    """A header of the request, each byte as a character of Latin-1, as the parser has it; empty if it is missing.

    bottle's own way decodes UTF-8, and raises what nobody catches at any other byte.
    """
    return bottle.request.environ.get("HTTP_" + name.upper().replace("-", "_"), "")


def request_id() -> str:
    return header("X-Request-Id")[:128]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Posts a message to a receiver. Its address may be a secret, so no error shows more of it than the host."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from ansible.module_utils.urls import ConnectionError, Request, SSLValidationError, make_context

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact, said

TRIES, PAUSE = 3, 1.0
PASSING = (429, 500, 502, 503, 504)
SHOWN = 200
# Shorter parts of an address are in many words.
LEAST = 4


@dataclass(frozen=True)
class Way:
    """How receivers are reached."""

    validate_certs: bool = True
    ca_cert: str | None = None
    timeout: int = 10


def post(url: str, body: dict, way: Way, token: str = "") -> None:
    """Raises ServingError, which says why the receiver did not take it and names nothing secret."""
    parts = _split(url)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        request = Request(
            headers=headers,
            timeout=way.timeout,
            context=make_context(cafile=way.ca_cert, validate_certs=way.validate_certs),
            use_netrc=False,
            # Redirected, the token would be given to whoever answers there.
            follow_redirects="none",
        )
    except OSError as error:
        raise ServingError(f"the CA certificate {way.ca_cert} cannot be read: {said(error)}") from error
    secrets = _secrets(token, url, parts)
    for attempt in range(1, TRIES + 1):
        try:
            _send(request, url, json.dumps(body).encode(), parts.hostname)
        except _Passing as error:
            if attempt == TRIES:
                raise ServingError(_without(str(error), secrets)) from None
            time.sleep(PAUSE * attempt)
        except ServingError as error:
            raise ServingError(_without(str(error), secrets)) from None
        else:
            return


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:  # such as a bracket without an IPv6 address
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ServingError("its address is no address such as https://receiver.example.org/path")
    return parts


def _secrets(token: str, url: str, parts: SplitResult) -> list[str]:
    """What a receiver may repeat, the longest first: the address, and each part of its path and its query, which may
    be the secret."""
    values = [value for _name, value in parse_qsl(parts.query)]
    pieces = [*re.split(r"[/;]", parts.path), *re.split(r"[&;=]", parts.query), parts.fragment, *values]
    found = {token, url, parts.path.strip("/"), parts.query, parts.password or "", *pieces}
    found |= {unquote(piece) for piece in found}
    return sorted((secret for secret in found if len(secret) >= LEAST), key=len, reverse=True)


class _Passing(Exception):
    """An error that may be over in a moment."""


def _send(request: Request, url: str, data: bytes, host: str) -> None:
    try:
        with request.open("POST", url, data=data) as response:
            if not 200 <= response.status < 300:
                raise ServingError(f"{host} answered {response.status}, no 2xx")
    except HTTPError as error:
        kind = _Passing if error.code in PASSING else ServingError
        raise kind(f"{host} answered {error.code}: {_said(error)}") from None
    except SSLValidationError as error:
        raise ServingError(f"the certificate of {host} cannot be trusted: {said(error)}") from None
    except (ConnectionError, URLError, OSError) as error:
        raise _Passing(f"{host} cannot be reached: {said(getattr(error, 'reason', error))}") from None
    except (HTTPException, ValueError) as error:
        raise ServingError(f"{host} cannot be asked over HTTP: {said(error)}") from None


def _said(error: HTTPError) -> str:
    try:
        text = error.read(4 * SHOWN).decode(errors="replace")
    except OSError:
        text = ""
    return " ".join(text.split())[:SHOWN] or "nothing more"


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "********")
    return redact(text)

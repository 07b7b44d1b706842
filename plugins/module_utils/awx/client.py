# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to AWX's API, and errors that say what happened. Answers are plain objects."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit

from ansible.module_utils.urls import ConnectionError, Request, SSLValidationError, make_context

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact, said

# A list of this many pages is none that belongs to one release.
MOST_PAGES = 200
TRIES, PAUSE = 3, 1.0
PASSING = (429, 502, 503, 504)
SHOWN = 500


class Rejected(ServingError):
    """AWX understood the request and refuses what it asks for. ``reason`` is AWX's own."""

    def __init__(self, message: str, reason: str):
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Access:
    """How AWX is reached. ``api``: where its API begins, such as /api/v2."""

    host: str
    token: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    api: str = "/api/v2"
    validate_certs: bool = True
    ca_cert: str | None = None
    timeout: int = 30


class Client:
    """An AWX."""

    def __init__(self, access: Access):
        self.access = access
        self._base = access.host.rstrip("/") + "/" + access.api.strip("/") + "/"
        headers = {"Accept": "application/json"}
        if access.token:
            headers["Authorization"] = f"Bearer {access.token}"
        self._request = Request(
            headers=headers,
            timeout=access.timeout,
            # One for all requests: to read the machine's certificates takes longer than a request.
            context=make_context(cafile=access.ca_cert, validate_certs=access.validate_certs),
            # A .netrc would replace the token.
            use_netrc=False,
            # Redirected, the token would be given to whoever answers there.
            follow_redirects="none",
            url_username=None if access.token else access.username,
            url_password=None if access.token else access.password,
            force_basic_auth=not access.token,
        )

    def get(self, path: str) -> dict:
        """Reads one object. Reading is repeated when AWX is restarting or too busy."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._send("GET", path)
            except _Passing as error:
                if attempt == TRIES:
                    raise ServingError(str(error)) from error
                time.sleep(PAUSE * attempt)
        raise AssertionError("unreachable")

    def all(self, endpoint: str, **query: object) -> list[dict]:
        """Every object of a list, page by page."""
        path = f"{endpoint}/?{urlencode({'page_size': 200, 'order_by': 'id', **query})}"
        found: list[dict] = []
        for _page in range(MOST_PAGES):
            answer = self.get(path)
            if not isinstance(answer.get("results"), list):
                raise ServingError(f"{self._base}{endpoint}/ is no list of AWX's API: correct awx_setup_api.")
            found += answer["results"]
            if not answer.get("next"):
                return found
            # A path from the host's root, which may have the host in front of it.
            following = urlsplit(answer["next"])
            path = f"{following.path}?{following.query}"
        raise ServingError(f"{self._base}{endpoint}/ has more than {MOST_PAGES} pages.")

    def post(self, path: str, body: dict) -> dict:
        return self._write("POST", path, body)

    def patch(self, path: str, body: dict) -> dict:
        return self._write("PATCH", path, body)

    def delete(self, path: str) -> None:
        self._write("DELETE", path, None)

    def _write(self, method: str, path: str, body: dict | None) -> dict:
        try:
            return self._send(method, path, body)
        except _Passing as error:
            raise ServingError(str(error)) from error

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            parts = urlsplit(self._base)
            return f"{parts.scheme}://{parts.netloc}{path}"
        return self._base + path

    def _send(self, method: str, path: str, body: dict | None = None) -> dict:
        url = self._url(path)
        data = None if body is None else json.dumps(body).encode()
        headers = None if body is None else {"Content-Type": "application/json"}
        try:
            with self._request.open(method, url, data=data, headers=headers) as response:
                text = response.read()
                if response.status in (301, 302, 303, 307, 308):
                    raise ServingError(
                        f"{url} redirects to {response.headers.get('Location')}: set awx_setup_host to that."
                    )
        except HTTPError as error:
            raise _judged(error, method, url) from error
        except SSLValidationError as error:
            raise ServingError(
                f"The certificate of {self.access.host} cannot be trusted: set awx_setup_ca_cert. {said(error)}"
            ) from error
        except (ConnectionError, URLError, OSError) as error:
            why = said(getattr(error, "reason", error))
            raise _Passing(f"{self.access.host} cannot be reached: {why}. Correct awx_setup_host.") from error
        return _read(text, url)


class _Passing(Exception):
    """An error that may be over in a moment."""


def _read(text: bytes, url: str) -> dict:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ServingError(f"{url} did not answer as AWX's API does: correct awx_setup_host and awx_setup_api.")
    return found


def _judged(error: HTTPError, method: str, url: str) -> Exception:
    said = _said(error)
    where = f"{method} {url.partition('?')[0]}"
    if error.code == 401:
        return ServingError(
            "AWX rejected our credentials: set awx_setup_token, or awx_setup_username and awx_setup_password."
        )
    if error.code == 403:
        return ServingError(
            f"The user of awx_setup_token may not {where}: give it the role Admin of the organization. AWX says: {said}"
        )
    if error.code == 404:
        return ServingError(f"{where} is not there: correct awx_setup_host and awx_setup_api.")
    if error.code in PASSING:
        return _Passing(f"{where} ended with {error.code}: {said}")
    if error.code in (400, 409):
        return Rejected(f"AWX refused {where}: {said}", said)
    return ServingError(f"{where} ended with {error.code}: {said}")


def _said(error: HTTPError) -> str:
    """AWX's reason in one line: {"field": ["why"]} is field: why."""
    text = error.read().decode(errors="replace")
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    if isinstance(body, dict):
        reasons = (f"{name}: {' '.join(map(str, why)) if isinstance(why, list) else why}" for name, why in body.items())
        body = "; ".join(reason.removeprefix("detail: ").removeprefix("error: ") for reason in reasons)
    return redact(" ".join(str(body).split()))[:SHOWN]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to one API server: credentials, retries, deadlines.

What is no answer (a lost connection, 429, 5xx) is asked for again until the deadline.
"""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable
from typing import Self
from urllib.parse import quote, urlencode

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection, connect
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import (
    KubeError,
    asks_to_wait,
    is_final,
    status_error,
)
from ansible_collections.modelops.serving.plugins.module_utils.client.retry import http_date, retry_after
from ansible_collections.modelops.serving.plugins.module_utils.client.transport import error_text, pool, urllib3
from ansible_collections.modelops.serving.plugins.module_utils.client.warning_texts import warning_texts

USER_AGENT = "modelops.serving"
# Seconds: a longer wait than our own pauses, which the API server has asked for.
LONG_WAIT = 5.0
RETRIED = (429, 500, 502, 503, 504)
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
FIRST_CONTACT_PATIENCE = 5.0
PATIENCE = 60.0
# Seconds after which what was answered by something in between, such as a proxy's page, is asked again.
NO_JSON_PAUSES = (0.2, 1.0)


def _no_objection(_path: str) -> None:
    return None


class Requester:
    """The requests of one client. Safe to use from several threads."""

    def __init__(self, connection: Connection):
        self.connection = connection
        self.deadline: float | None = None
        self.requests = 0
        self._lock = threading.Lock()
        self._reached = False
        self._pool = pool(connection)
        self._reconnect: Callable[[], Connection] | None = None
        # Asked with the path before anything is written, and before that is tried again; raises where it may not be.
        self.before_write: Callable[[str], None] = _no_objection
        # The API server's time of its last answer, and ours then.
        self._date: tuple[float, float] | None = None
        # What the API server warned of when it was sent objects, each once.
        self.warnings: dict[str, None] = {}

    @classmethod
    def from_params(cls, params: dict) -> Self:
        """A client from a module's parameters. Raises AuthError or TransportError."""
        kube = cls(connect(params))
        kube._reconnect = lambda: connect(params)
        return kube

    def another(self) -> Self:
        """A client for the same server with a deadline of its own."""
        kube = type(self)(self.connection)
        kube._reconnect, kube._reached = self._reconnect, self._reached
        return kube

    def refresh_credentials(self) -> bool:
        """Reads the credentials again, for tokens live for minutes only. Whether they have changed."""
        with self._lock:
            return self._read_again()

    def _renewed(self, used: Connection) -> bool:
        """Whether there are other credentials than those that were rejected. Of several requests at once the first one
        refreshes, and the others wait for it: they were sent with what had expired."""
        with self._lock:
            return self.connection is not used or self._read_again()

    def _read_again(self) -> bool:
        if self._reconnect is None:
            return False
        fresh = self._reconnect()
        if fresh == self.connection:
            return False
        self.connection, self._pool = fresh, pool(fresh)
        return True

    def server_time(self) -> float | None:
        """Epoch seconds by the API server's clock; None before its first answer."""
        if self._date is None:
            return None
        server, ours = self._date
        return server + time.monotonic() - ours

    # Requests

    def count(self, requests: int) -> None:
        """Adds requests that another client made for this one."""
        with self._lock:
            self.requests += requests

    def request(
        self,
        method: str,
        path: str,
        query: dict | None = None,
        body: dict | None = None,
        content_type: str = "application/json",
    ) -> dict:
        """One API call; returns the JSON. Retries temporary errors until the deadline; raises KubeError."""
        data = json.dumps(body) if body is not None else None
        for pause in NO_JSON_PAUSES:
            with contextlib.suppress(ValueError):
                return json.loads(self._send(method, path, query, data, content_type).data)
            time.sleep(pause)
        try:
            return json.loads(self._send(method, path, query, data, content_type).data)
        except ValueError as error:
            raise KubeError(
                f"{method} {path}: the answer is not JSON. Is {self.connection.host} an API server?"
            ) from error

    def text(self, path: str, query: dict | None = None) -> str:
        """GET of plain text, such as a log."""
        return self._send("GET", path, query, None, "application/json").data.decode("utf-8", "replace")

    def _send(self, method, path, query, data, content_type):
        started = time.monotonic()
        pause, refreshed, pages = 0.1, False, iter(NO_JSON_PAUSES)
        while True:
            error, wait = None, 0.0
            used = self.connection
            if method != "GET":
                self.before_write(path)
            try:
                response = self._once(method, path, query, data, content_type)
                self._reached = True
                if response.status < 400:
                    return response
                error = status_error(method, path, response)
                if response.status == 401 and not refreshed and self._renewed(used):
                    refreshed = True
                    continue
                if "html" in response.headers.get("Content-Type", "") and (asked_again := next(pages, None)):
                    time.sleep(asked_again)
                    continue
                if response.status not in RETRIED or is_final(error):
                    raise error
                wait = retry_after(response.headers.get("Retry-After"), self.server_time() or time.time())
            except urllib3.exceptions.HTTPError as problem:
                error = KubeError(f"{self.connection.host} cannot be reached: {error_text(problem)}")
                if "certificate" in str(problem).lower():
                    raise self._trust_error(problem) from problem
            wait = max(wait, pause * random.uniform(0.7, 1.3))
            if time.monotonic() + wait > self._patience_ends(started):
                raise error if wait < LONG_WAIT else asks_to_wait(error, wait)
            time.sleep(wait)
            pause = min(pause * 2, 3.0)

    def _once(self, method, path, query, data, content_type, extra=None):
        with self._lock:
            self.requests += 1
        headers = self._headers(extra or {})
        if data is not None:
            headers["Content-Type"] = content_type
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
        response = self._pool.request(
            method,
            self.url(path, query),
            body=data,
            headers=headers,
            timeout=timeout,
            retries=False,
            redirect=False,
        )
        date = http_date(response.headers.get("Date"))
        if date is not None:
            self._date = (date, time.monotonic())
        if method != "GET":
            for text in warning_texts(response.headers):
                self.warnings.setdefault(text)
        return response

    def _headers(self, extra: dict):
        """Of one request. The connection's own, which say who asks, win over ``extra``; a list is a header for each."""
        headers = urllib3.HTTPHeaderDict({"Accept": "application/json", "User-Agent": USER_AGENT})
        headers.update(extra)
        for name, value in self.connection.headers.items():
            headers.discard(name)
            for item in value if isinstance(value, list) else [value]:
                headers.add(name, item)
        return headers

    def url(self, path: str, query: dict | None = None) -> str:
        tail = "?" + urlencode({key: value for key, value in query.items() if value is not None}) if query else ""
        return f"{self.connection.host}{quote(path, safe='/:?&=%,+;@')}{tail}"

    def _patience_ends(self, started: float) -> float:
        """When retries end: soon while the server was never reached, at the deadline once it has answered."""
        if not self._reached:
            return started + FIRST_CONTACT_PATIENCE
        return self.deadline if self.deadline is not None else started + PATIENCE

    def _trust_error(self, problem: Exception) -> KubeError:
        return KubeError(
            f"the certificate of {self.connection.host} ({self.connection.source}) is not trusted: "
            f"{error_text(problem)}. "
            "Set ca_cert to the cluster's CA."
        )

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client for the API server: requests, retries and errors. What they mean is decided elsewhere.

A failed request (connection lost, 429, 5xx, an unexpected 404) never counts as "the object does not exist".
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection, connect
from ansible_collections.modelops.serving.plugins.module_utils.client.transport import (
    error_text,
    lines,
    pool,
    urllib3,
)
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

USER_AGENT = "modelops.serving"
RETRIED = (429, 500, 502, 503, 504)
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
FIRST_CONTACT_PATIENCE = 5.0
PATIENCE = 60.0
LOG_BYTES = 32768
LOG_LIMIT = 16 * 1024 * 1024
# Objects a request of a list.
PAGE = 500


class KubeError(ServingError):
    """A request that failed for good. ``status`` is the HTTP status, 0 when the server was not reached."""

    def __init__(self, message: str, status: int = 0, reason: str = "", details: dict | None = None):
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.details = details or {}


class KindMissing(KubeError):
    """The server does not serve that kind: a CRD or an API version is missing."""


class Kube:
    """A client for one API server. Safe to use from several threads."""

    def __init__(self, connection: Connection):
        self.connection = connection
        self.deadline: float | None = None
        self.requests = 0
        self._lock = threading.Lock()
        self._reached = False
        self._discovered: dict = {}
        self._pool = pool(connection)
        self._reconnect: Callable[[], Connection] | None = None
        # The API server's time of its last answer, and ours then.
        self._date: tuple[float, float] | None = None

    @classmethod
    def from_params(cls, params: dict) -> Kube:
        """A client from a module's parameters. Raises AuthError or TransportError."""
        kube = cls(connect(params))
        kube._reconnect = lambda: connect(params)
        return kube

    def another(self) -> Kube:
        """A client for the same server with a deadline of its own."""
        kube = Kube(self.connection)
        kube._reconnect, kube._reached = self._reconnect, self._reached
        return kube

    def refresh_credentials(self) -> bool:
        """Reads the credentials again, for tokens live for minutes only. Whether they have changed."""
        if self._reconnect is None:
            return False
        with self._lock:
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
        response = self._send(method, path, query, json.dumps(body) if body is not None else None, content_type)
        try:
            return json.loads(response.data)
        except ValueError as error:
            raise KubeError(
                f"{method} {path}: the answer is not JSON. Is {self.connection.host} an API server?"
            ) from error

    def text(self, path: str, query: dict | None = None) -> str:
        """GET of plain text, such as a log."""
        return self._send("GET", path, query, None, "application/json").data.decode("utf-8", "replace")

    def _send(self, method, path, query, data, content_type):
        started = time.monotonic()
        pause, refreshed = 0.1, False
        while True:
            error, wait = None, 0.0
            try:
                response = self._once(method, path, query, data, content_type)
                self._reached = True
                if response.status < 400:
                    return response
                error = _status_error(method, path, response)
                if response.status == 401 and not refreshed and self.refresh_credentials():
                    refreshed = True
                    continue
                if response.status not in RETRIED or _is_final(error):
                    raise error
                wait = retry_after(response.headers.get("Retry-After"), time.time())
            except urllib3.exceptions.HTTPError as problem:
                error = KubeError(f"{self.connection.host} cannot be reached: {error_text(problem)}")
                if "certificate" in str(problem).lower():
                    raise self._trust_error(problem) from problem
            wait = max(wait, pause * random.uniform(0.7, 1.3))
            if time.monotonic() + wait > self._patience_ends(started):
                raise error
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

    # Objects

    def kind(self, api_version: str, kind: str) -> kinds.Kind:
        """A kind's REST path: from the table, or else from the server's discovery, once."""
        known = kinds.find(kind, api_version) or self._discovered.get((api_version, kind))
        return known or self._discover(api_version, kind)

    def _discover(self, api_version: str, kind: str) -> kinds.Kind:
        root = "/api/v1" if api_version == "v1" else f"/apis/{api_version}"
        try:
            resources = self.request("GET", root).get("resources", [])
        except KubeError as error:
            if error.status != 404:
                raise
            resources = []
        found = kinds.from_discovery(kind, api_version, resources)
        if found is None:
            raise KindMissing(
                f"the cluster does not serve {kind} ({api_version}): install its CRD, or leave the object out",
                404,
            )
        self._discovered[(api_version, kind)] = found
        return found

    def served_kind(self, api_version: str, kind: str) -> kinds.Kind:
        """The same, asking the server about every kind that a CRD may bring and take away. Raises KindMissing."""
        if kinds.is_built_in(api_version):
            return self.kind(api_version, kind)
        known = (api_version, kind) in self._discovered
        found = self._discovered[(api_version, kind)] if known else self._discover(api_version, kind)
        return kinds.find(kind, api_version) or found

    def path(self, obj: dict, namespace: str | None = None) -> str:
        meta = obj["metadata"]
        return self.kind(obj["apiVersion"], obj["kind"]).path(meta.get("namespace") or namespace, meta["name"])

    def get(self, kind: kinds.Kind, namespace: str | None, name: str) -> dict | None:
        """The object, or None when the server answers that this very object does not exist."""
        try:
            return self.request("GET", kind.path(namespace, name))
        except KubeError as error:
            if error.reason == "NotFound" and error.details.get("name") == name:
                return None
            raise _kind_missing(error, kind) from error

    def need(self, kind: kinds.Kind, namespace: str, name: str, remedy: str) -> dict:
        """The object; raises ServingError with the remedy when it does not exist."""
        found = self.get(kind, namespace, name)
        if found is None:
            raise ServingError(f"{kind.kind}/{name} does not exist in namespace {namespace}: {remedy}.")
        return found

    def list(
        self, kind: kinds.Kind, namespace: str | None, labels: str | None = None, fields: str | None = None
    ) -> dict:
        """``{"items": [...], "metadata": {"resourceVersion": ...}}``; each item carries its kind and apiVersion."""
        query = {"labelSelector": labels, "fieldSelector": fields, "limit": PAGE}
        found: list = []
        while True:
            try:
                answer = self.request("GET", kind.path(namespace), query)
            except KubeError as error:
                if error.status == 410 and "continue" in query:  # the list's version has expired: from the start
                    query.pop("continue")
                    found = []
                    continue
                raise _kind_missing(error, kind) from error
            found += answer.get("items") or []
            query["continue"] = (answer.get("metadata") or {}).get("continue") or None
            if query["continue"] is None:
                break
        for item in found:
            item["kind"], item["apiVersion"] = kind.kind, kind.api_version
        answer["items"] = found
        return answer

    def apply(self, obj: dict, namespace: str, dry_run: str | None, force: str) -> dict:
        """Server-side apply. ``dry_run`` is "All" or None; ``force`` is "true" or "false"."""
        query = {
            "fieldManager": FIELD_MANAGER,
            "force": force,
            "dryRun": dry_run,
            "fieldValidation": "Strict",
        }
        return self.request("PATCH", self.path(obj, namespace), query, obj, "application/apply-patch+yaml")

    def create(self, obj: dict, namespace: str | None, dry_run: str | None = None) -> dict:
        kind = self.kind(obj["apiVersion"], obj["kind"])
        query = {"fieldManager": FIELD_MANAGER, "dryRun": dry_run}
        return self.request("POST", kind.path(namespace), query, obj)

    def replace(self, obj: dict, namespace: str | None) -> dict:
        """PUT; fails with 409 when the object has changed since its resourceVersion."""
        return self.request("PUT", self.path(obj, namespace), {"fieldManager": FIELD_MANAGER}, obj)

    def patch(self, obj: dict, namespace: str, change: dict) -> dict:
        """JSON merge patch of one object."""
        query = {"fieldManager": FIELD_MANAGER}
        return self.request("PATCH", self.path(obj, namespace), query, change, "application/merge-patch+json")

    def delete(self, obj: dict, namespace: str | None, dry_run: str | None = None) -> bool:
        """Whether the object existed. Dependents are deleted in the background; a given uid must match."""
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        if dry_run:
            body["dryRun"] = [dry_run]  # with a body, the server ignores the query
        if obj["metadata"].get("uid"):
            body["preconditions"] = {"uid": obj["metadata"]["uid"]}
        try:
            self.request("DELETE", self.path(obj, namespace), None, body)
        except KubeError as error:
            if error.reason == "NotFound" and error.details.get("name") == obj["metadata"]["name"]:
                return False
            raise
        return True

    def delete_unchanged(self, obj: dict, namespace: str | None) -> None:
        """Deletes an object as it was last read or written; 409 when somebody has written it since."""
        meta = obj["metadata"]
        exact = {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": exact}
        self.request("DELETE", self.path(obj, namespace), None, body)

    def log(self, namespace: str, pod: str, container: str, previous: str, lines: int = 40) -> str:
        """The last lines of a container's log; "" when there is none. ``previous`` is "true" or "false"."""
        # The kubelet cuts at the end, where the reason stands: so it is given room, and the cut is made here.
        query = {"container": container, "previous": previous, "tailLines": lines, "limitBytes": LOG_LIMIT}
        try:
            text = self.text(f"/api/v1/namespaces/{namespace}/pods/{pod}/log", query)
            # With status 200, the kubelet's answer for a container that it has removed.
            return "" if text.startswith("unable to retrieve container logs") else text[-LOG_BYTES:]
        except KubeError as error:
            if error.status in (400, 404):
                return ""
            raise

    def proxy(
        self,
        namespace: str,
        service: str,
        port: str,
        method: str,
        path: str,
        headers: dict,
        body: str | None,
        scheme: str = "http",
    ) -> dict:
        """One request to a Service through the API server: ``status``, ``content``, ``headers``, ``elapsed`` (seconds).

        Errors of the proxy itself, while the Service has no endpoint, are retried; answers of the Service are not.
        """
        path, _mark, query = path.partition("?")
        target = f"/api/v1/namespaces/{namespace}/services/{proxied(scheme, service, port)}/proxy/{path.lstrip('/')}"
        target += f"?{query}" if query else ""
        while True:
            began = time.monotonic()
            try:
                response = self._once(method, target, None, body, headers.get("Content-Type", "text/plain"), headers)
            except urllib3.exceptions.HTTPError as problem:
                response, error = (
                    None,
                    KubeError(f"{self.connection.host} cannot be reached: {error_text(problem)}"),
                )
            elapsed = round(time.monotonic() - began, 3)
            if response is not None:
                error = _proxy_error(method, path, response)
                if error is None:
                    content = response.data.decode("utf-8", "replace")
                    return {
                        "status": response.status,
                        "content": content,
                        "headers": {name.lower(): value for name, value in response.headers.items()},
                        "elapsed": elapsed,
                    }
                if error.status < 500:
                    raise error
            if self.deadline is None or time.monotonic() + 0.5 > self.deadline:
                raise error
            time.sleep(0.3)

    # Watching

    def stream(self, path: str, query: dict, seconds: int):
        """The events of one watch request as they arrive; ends when the server ends it. Raises KubeError.

        The first event, CONNECTED, is our own: the server has accepted the request. The read time-out is a little
        longer than the server's, so that a dead connection is noticed.
        """
        with self._lock:
            self.requests += 1
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=seconds + 10)
        query = dict(query, watch="true", allowWatchBookmarks="true", timeoutSeconds=seconds)
        try:
            response = self._pool.request(
                "GET",
                self.url(path, query),
                headers=self._headers({}),
                timeout=timeout,
                retries=False,
                preload_content=False,
            )
            try:
                if response.status == 401:
                    self.refresh_credentials()  # for the next one
                if response.status >= 400:
                    raise _status_error("WATCH", path, response)
                yield {"type": "CONNECTED"}
                yield from lines(response)
            finally:
                response.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as problem:
            raise KubeError(f"the watch of {path} was interrupted: {error_text(problem)}") from problem


def http_date(text: str | None) -> float | None:
    """Epoch seconds of an HTTP date, None for none."""
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None


def retry_after(text: str | None, now: float) -> float:
    """Seconds to wait by a Retry-After header: a number of seconds, or a date; 0 for none."""
    if not text:
        return 0.0
    try:
        return max(float(text), 0.0)
    except ValueError:
        date = http_date(text)
        return max(date - now, 0.0) if date is not None else 0.0


def _status_error(method: str, path: str, response) -> KubeError:
    data = response.data if response.data is not None else response.read()
    try:
        status = json.loads(data)
    except ValueError:
        status = {}
    if not isinstance(status, dict) or status.get("kind") != "Status":
        status = {"message": data.decode("utf-8", "replace").strip()[:300]}
    message = status.get("message") or f"HTTP {response.status}"
    if response.status == 401:
        message = "the API server rejected our credentials (401): the token or certificate is wrong or has expired"
    return KubeError(
        f"{method} {path}: {message}", response.status, status.get("reason", ""), status.get("details") or {}
    )


def proxied(scheme: str, name: str, port: str | int) -> str:
    """A Service or pod in a path of the API server's proxy. With https, the proxy does not verify the certificate."""
    prefix = "https:" if scheme == "https" else ""
    return f"{prefix}{name}:{port}"


def _proxy_error(method: str, path: str, response) -> KubeError | None:
    """The API server's own error, by its Status object, which no Service sends; None for an answer of the Service."""
    if response.status < 400 or b'"kind":"Status"' not in response.data.replace(b" ", b"")[:200]:
        return None
    return _status_error(method, path, response)


def _is_final(error: KubeError) -> bool:
    """Whether retrying is useless: an admission webhook's refusal comes as a 500."""
    return error.status == 500 and "admission webhook" in str(error) and "denied" in str(error)


def _kind_missing(error: KubeError, kind: kinds.Kind) -> KubeError:
    if error.status == 404 and not error.details.get("name"):
        return KindMissing(f"the cluster does not serve {kind.kind} ({kind.api_version})", 404)
    return error

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client for the API server: requests, retries and errors. What they mean is decided elsewhere.

A failed request (connection lost, 429, 5xx, an unexpected 404) never counts as "the object does not exist".
"""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import (
    KindMissing,
    KubeError,
    proxy_error,
    status_error,
)
from ansible_collections.modelops.serving.plugins.module_utils.client.requester import CONNECT_TIMEOUT, Requester
from ansible_collections.modelops.serving.plugins.module_utils.client.transport import error_text, lines, urllib3
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

LOG_BYTES = 32768
LOG_LIMIT = 16 * 1024 * 1024
# Objects a request of a list.
PAGE = 500
# Seconds before a write that collided with another one's bookkeeping is sent again, each time.
COLLISION_PAUSES = (0.1, 0.3, 1.0, 3.0)


class Kube(Requester):
    """A client for the objects of one API server. Safe to use from several threads."""

    def __init__(self, connection: Connection):
        super().__init__(connection)
        self._discovered: dict = {}

    # Objects

    def kind(self, api_version: str, kind: str) -> kinds.Kind:
        """A kind's REST path: from the table, or else from the server's discovery, once."""
        known = kinds.find(kind, api_version) or self._discovered.get((api_version, kind))
        return known or self._discover(api_version, kind)

    def _discover(self, api_version: str, kind: str) -> kinds.Kind:
        try:
            resources = self.request("GET", kinds.root_of(api_version)).get("resources", [])
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

    def versions(self, group: str) -> list[str]:
        """The API versions of a group that the server has, the one that it prefers first."""
        try:
            found = self.request("GET", f"/apis/{group}")
        except KubeError as error:
            if error.status != 404:
                raise
            return []
        held = [found.get("preferredVersion") or {}, *found.get("versions", [])]
        return list(dict.fromkeys(entry["groupVersion"] for entry in held if "groupVersion" in entry))

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
            raise self._missing(error, kind) from error

    def _missing(self, error: KubeError, kind: kinds.Kind) -> KubeError:
        """The error of a path that is not there. That the cluster does not serve the kind must be the API server's own
        word: whatever is in between has pages of its own."""
        if error.status != 404 or error.details.get("name"):
            return error
        if error.reason != "NotFound" and self._serves(kind.api_version):
            return KubeError(f"{self.connection.host} answered what no API server answers: {error}")
        return KindMissing(f"the cluster does not serve {kind.kind} ({kind.api_version})", 404)

    def _serves(self, api_version: str) -> bool:
        """Whether the server lists that version of a group. The core has no group, and is served by all."""
        if "/" not in api_version:
            return True
        groups = self.request("GET", "/apis").get("groups") or []
        return any(api_version == entry["groupVersion"] for group in groups for entry in group.get("versions") or [])

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
                raise self._missing(error, kind) from error
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
        return self._again_if_it_collides("POST", kind.path(namespace), query, obj)

    def replace(self, obj: dict, namespace: str | None, dry_run: str | None = None) -> dict:
        """PUT; fails with 409 when the object has changed since its resourceVersion."""
        return self.request("PUT", self.path(obj, namespace), {"fieldManager": FIELD_MANAGER, "dryRun": dry_run}, obj)

    def patch(self, obj: dict, namespace: str, change: dict) -> dict:
        """JSON merge patch of one object."""
        query = {"fieldManager": FIELD_MANAGER}
        content_type = "application/merge-patch+json"
        return self._again_if_it_collides("PATCH", self.path(obj, namespace), query, change, content_type)

    def delete(self, obj: dict, namespace: str | None, dry_run: str | None = None) -> bool:
        """Whether the object existed. Dependents are deleted in the background; a given uid must match."""
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        if dry_run:
            body["dryRun"] = [dry_run]  # with a body, the server ignores the query
        if obj["metadata"].get("uid"):
            body["preconditions"] = {"uid": obj["metadata"]["uid"]}
        try:
            self._again_if_it_collides("DELETE", self.path(obj, namespace), None, body)
        except KubeError as error:
            if error.reason == "NotFound" and error.details.get("name") == obj["metadata"]["name"]:
                return False
            raise
        return True

    def _again_if_it_collides(self, *request) -> dict:
        """A write without a condition on the object's version. Where it is refused all the same, because the server's
        own bookkeeping, such as a quota's count, was changed by another write, it is sent again."""
        for pause in COLLISION_PAUSES:
            try:
                return self.request(*request)
            except KubeError as error:
                if error.status != 409 or error.reason != "Conflict":
                    raise
                time.sleep(pause)
        return self.request(*request)

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
        headers = passed_on(headers)
        path, _mark, query = path.partition("?")
        target = f"/api/v1/namespaces/{namespace}/services/{proxied(scheme, service, port)}/proxy/{path.lstrip('/')}"
        target += f"?{query}" if query else ""
        refreshed = False
        while True:
            began, used = time.monotonic(), self.connection
            try:
                response = self._once(method, target, None, body, headers.get("Content-Type", "text/plain"), headers)
            except urllib3.exceptions.HTTPError as problem:
                response, error = None, KubeError(self._no_answer(problem, time.monotonic() - began))
            elapsed = round(time.monotonic() - began, 3)
            if response is not None:
                error = proxy_error(method, path, response)
                if error is None:
                    content = response.data.decode("utf-8", "replace")
                    return {
                        "status": response.status,
                        "content": content,
                        "headers": {name.lower(): value for name, value in response.headers.items()},
                        "elapsed": elapsed,
                    }
                if error.status == 401 and not refreshed and self._renewed(used):
                    refreshed = True
                    continue
                if error.status < 500:
                    raise error
            if self.deadline is None or time.monotonic() + 0.5 > self.deadline:
                raise error
            time.sleep(0.3)

    def _no_answer(self, problem: Exception, seconds: float) -> str:
        """Once the API server has taken a request for a Service, it is the Service that does not answer."""
        if isinstance(problem, urllib3.exceptions.ReadTimeoutError):
            return f"nothing came within {seconds:.0f} s"
        if isinstance(problem, (urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError)):
            return f"the answer broke off: {error_text(problem)}"
        return f"{self.connection.host} cannot be reached: {error_text(problem)}"

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
                    raise status_error("WATCH", path, response)
                yield {"type": "CONNECTED"}
                yield from lines(response)
            finally:
                response.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as problem:
            raise KubeError(f"the watch of {path} was interrupted: {error_text(problem)}") from problem


def passed_on(headers: dict[str, str]) -> dict[str, str]:
    """Headers as they reach a Service by the API server's proxy, which takes Authorization for itself: a bearer's key
    is sent as X-Api-Key, where the model server takes it, too."""
    passed = {name: value for name, value in headers.items() if name.lower() != "authorization"}
    for name, value in headers.items():
        kind, _blank, key = value.strip().partition(" ")
        if name.lower() == "authorization" and kind.lower() == "bearer":
            passed.setdefault("X-Api-Key", key.strip())
    return passed


def proxied(scheme: str, name: str, port: str | int) -> str:
    """A Service or pod in a path of the API server's proxy. With https, the proxy does not verify the certificate."""
    prefix = "https:" if scheme == "https" else ""
    return f"{prefix}{name}:{port}"

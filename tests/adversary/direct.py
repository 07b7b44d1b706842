# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How controllers, people and other tools reach the fake API server: at once, without a network between.

remote.py offers the same of a real server.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from adversary.answers import Refusal
from adversary.copies import clone
from adversary.fake_api import FakeApi, Request
from adversary.schema import Resource

MERGE, STRATEGIC, APPLY = (
    f"application/{name}" for name in ("merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml")
)


class Direct:
    """Objects that are given out are to be read only. Writes raise Refusal."""

    def __init__(self, api: FakeApi):
        self.api = api

    def resource(self, kind: str) -> Resource:
        for resource in self.api.served.values():
            if resource.kind == kind:
                return resource
        raise LookupError(f"{kind} is not served")

    def kinds(self) -> list[str]:
        """Of which there are objects."""
        return [resource.kind for resource in self.api.store.resources()]

    def all(self, kind: str) -> list[dict]:
        with contextlib.suppress(LookupError):
            return [stored.document for stored in self.api.store.all(self.resource(kind))]
        return []

    def get(self, kind: str, namespace: str | None, name: str) -> dict | None:
        stored = self.api.store.get(self.resource(kind), namespace, name)
        return stored.document if stored else None

    def create(self, resource: Resource, obj: dict, manager: str) -> dict:
        return self._write("POST", resource, None, obj, manager, namespace=obj["metadata"].get("namespace"))

    def replace(self, obj: dict, manager: str) -> dict:
        return self._of("PUT", obj, obj, manager)

    def replace_status(self, obj: dict, manager: str) -> dict:
        return self._of("PUT", obj, obj, manager, below="status")

    def bind(self, pod: dict, node: str) -> None:
        """Gives the pod its node, as the scheduler does."""
        self.replace({**pod, "spec": {**pod["spec"], "nodeName": node}}, "kube-scheduler")

    def patch(self, obj: dict, change: dict, manager: str, content_type: str = MERGE) -> dict:
        return self._of("PATCH", obj, change, manager, content_type=content_type)

    def apply(self, obj: dict, manager: str, force: bool = True) -> dict:
        query = {"force": "true" if force else "false"}
        return self._of("PATCH", obj, obj, manager, content_type=APPLY, query=query)

    def scale(self, obj: dict, replicas: int, manager: str) -> dict:
        change = {"spec": {"replicas": replicas}}
        return self._of("PATCH", obj, change, manager, content_type=MERGE, below="scale")

    def delete(self, obj: dict, grace: int | None = None) -> None:
        self._of("DELETE", obj, removal(obj, grace), "")

    def _of(self, method: str, obj: dict, body: dict, manager: str, **more) -> dict:
        meta = obj["metadata"]
        resource = self.api.kind(obj["apiVersion"], obj["kind"])
        namespace = meta.get("namespace") if resource.namespaced else None
        return self._write(method, resource, meta["name"], body, manager, namespace=namespace, **more)

    def _write(
        self,
        method: str,
        resource: Resource,
        name: str | None,
        body: dict,
        manager: str,
        namespace: str | None = None,
        content_type: str = "application/json",
        below: str = "",
        query: dict | None = None,
    ) -> dict:
        query = {**(query or {}), "fieldManager": manager}
        request = Request(
            method, "", query, clone(body), content_type, manager, "system", (), resource, namespace, name, below
        )
        return self.api.writes.write(request)[1]


def removal(obj: dict, grace: int | None) -> dict:
    """The body of a DELETE of this very object. ``grace``: seconds, None for its own."""
    options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
    options["preconditions"] = {"uid": obj["metadata"]["uid"]}
    return options if grace is None else {**options, "gracePeriodSeconds": grace}


@contextlib.contextmanager
def tolerant() -> Iterator[None]:
    """A controller whose write comes too late, or to nothing, tries again at the next occasion."""
    with contextlib.suppress(Refusal):
        yield

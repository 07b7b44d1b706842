# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the simulated controllers and other tools reach the real API server: as direct.py has it for the fake."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import urllib3
from adversary import schema
from adversary.answers import Refusal
from adversary.direct import APPLY, MERGE, removal
from adversary.real_api import ADMIN, RealApi
from adversary.schema import Resource

JSON = "application/json"


class Remote:
    """Of one namespace. Writes raise Refusal; ``writes`` counts them."""

    def __init__(self, real: RealApi, namespace: str):
        self.host, self.namespace = real.host, namespace
        self.pool = urllib3.PoolManager(ca_certs=str(real.ca_file), retries=False, maxsize=4)
        self.writes = 0
        self.kinds_by_name = {resource.kind: resource for resource in schema.resources()}

    def resource(self, kind: str) -> Resource:
        return self.kinds_by_name[kind]

    def kinds(self) -> list[str]:
        return [resource.kind for resource in self.kinds_by_name.values() if resource.namespaced]

    def all(self, kind: str) -> list[dict]:
        resource = self.kinds_by_name[kind]
        items = self._request("GET", self._path(resource, self.namespace, None))["items"]
        return [{"apiVersion": resource.api_version, "kind": kind, **item} for item in items]

    def get(self, kind: str, namespace: str | None, name: str) -> dict | None:
        try:
            return self._request("GET", self._path(self.kinds_by_name[kind], namespace, name))
        except Refusal as refusal:
            if refusal.code == 404:
                return None
            raise

    def create(self, resource: Resource, obj: dict, manager: str) -> dict:
        obj = {"apiVersion": resource.api_version, "kind": resource.kind, **obj}
        return self._request("POST", self._path(resource, obj["metadata"].get("namespace"), None), obj, manager)

    def replace(self, obj: dict, manager: str) -> dict:
        return self._request("PUT", self._path_of(obj), obj, manager)

    def replace_status(self, obj: dict, manager: str) -> dict:
        return self._request("PUT", f"{self._path_of(obj)}/status", obj, manager)

    def bind(self, pod: dict, node: str) -> None:
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        meta = {"name": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"]}
        body = {"apiVersion": "v1", "kind": "Binding", "metadata": meta, "target": target}
        self._request("POST", f"{self._path_of(pod)}/binding", body)

    def patch(self, obj: dict, change: dict, manager: str, content_type: str = MERGE) -> dict:
        return self._request("PATCH", self._path_of(obj), change, manager, content_type)

    def apply(self, obj: dict, manager: str, force: bool = True) -> dict:
        more = {"force": "true" if force else "false"}
        return self._request("PATCH", self._path_of(obj), obj, manager, APPLY, more)

    def scale(self, obj: dict, replicas: int, manager: str) -> dict:
        change = {"spec": {"replicas": replicas}}
        return self._request("PATCH", f"{self._path_of(obj)}/scale", change, manager, MERGE)

    def delete(self, obj: dict, grace: int | None = None) -> None:
        self._request("DELETE", self._path_of(obj), removal(obj, grace))

    def _path_of(self, obj: dict) -> str:
        return self._path(self.kinds_by_name[obj["kind"]], obj["metadata"].get("namespace"), obj["metadata"]["name"])

    def _path(self, resource: Resource, namespace: str | None, name: str | None) -> str:
        root = "/api/v1" if resource.api_version == "v1" else f"/apis/{resource.api_version}"
        within = f"/namespaces/{namespace}" if resource.namespaced and namespace else ""
        return f"{root}{within}/{resource.plural}" + (f"/{name}" if name else "")

    def _request(
        self,
        method: str,
        path: str,
        body: dict | None = None,
        manager: str = "",
        content_type: str = JSON,
        more: dict | None = None,
    ) -> dict:
        query = {**(more or {}), **({"fieldManager": manager} if manager else {})}
        answer = self.pool.request(
            method,
            f"{self.host}{path}" + (f"?{urlencode(query)}" if query else ""),
            body=json.dumps(body) if body is not None else None,
            headers={"Authorization": f"Bearer {ADMIN}", "Content-Type": content_type},
        )
        self.writes += method != "GET"
        document = json.loads(answer.data)
        if answer.status >= 400:
            raise Refusal(answer.status, document)
        return document

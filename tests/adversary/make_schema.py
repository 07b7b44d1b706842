# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes schema.json from what a real API server says of its types: ``make adversary-schema``.

Kept is what server-side apply goes by (fields, list keys, what is atomic) of the kinds below; descriptions, required
fields and the many volume types of clouds are left out.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import urllib3
from adversary.real_api import ADMIN, RealApi

SCHEMA = Path(__file__).with_name("schema.json")
KINDS = {
    "v1": ("Namespace", "ServiceAccount", "Secret", "ConfigMap", "Service", "Pod", "Event", "Node", "ResourceQuota"),
    "apps/v1": ("Deployment", "ReplicaSet"),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "policy/v1": ("PodDisruptionBudget",),
    "networking.k8s.io/v1": ("Ingress", "IngressClass", "NetworkPolicy"),
    "discovery.k8s.io/v1": ("EndpointSlice",),
    "coordination.k8s.io/v1": ("Lease",),
    "rbac.authorization.k8s.io/v1": ("Role", "RoleBinding"),
}
VOLUMES = {"name", "emptyDir", "configMap", "secret", "persistentVolumeClaim", "projected", "downwardAPI", "hostPath"}
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


class Server:
    def __init__(self, real: RealApi):
        self.host = real.host
        self.pool = urllib3.PoolManager(ca_certs=str(real.ca_file))

    def get(self, path: str) -> dict:
        answer = self.pool.request("GET", self.host + path, headers={"Authorization": f"Bearer {ADMIN}"})
        return json.loads(answer.data)


def root(api_version: str) -> str:
    return "/api/v1" if api_version == "v1" else f"/apis/{api_version}"


def short(name: str) -> str:
    """io.k8s.api.core.v1.PodSpec is core.v1.PodSpec."""
    return ".".join(name.split(".")[-3:])


class Condenser:
    """Follows the references from the kinds on; ``types`` is what it found."""

    def __init__(self):
        self.types: dict = {}

    def kind(self, schemas: dict, api_version: str, kind: str) -> str:
        for name, found in schemas.items():
            for gvk in found.get("x-kubernetes-group-version-kind") or []:
                group, _slash, version = api_version.rpartition("/")
                if (gvk["group"], gvk["version"], gvk["kind"]) == (group, version, kind):
                    return self.reference(schemas, name)
        raise LookupError(f"the server does not describe {kind} ({api_version})")

    def reference(self, schemas: dict, name: str) -> str:
        if short(name) not in self.types:
            self.types[short(name)] = {}
            self.types[short(name)] = self.type(schemas, schemas[name], short(name))
        return short(name)

    def type(self, schemas: dict, found: dict, name: str) -> dict:
        """A named type: a struct, or a scalar with a name such as a quantity."""
        if "properties" not in found:
            return {"scalar": SCALARS.get(found.get("type"), "any")}
        fields = found["properties"]
        if name.endswith("v1.Volume"):
            fields = {field: fields[field] for field in sorted(VOLUMES)}
        struct: dict = {"fields": {field: self.node(schemas, below) for field, below in sorted(fields.items())}}
        for field in set(found.get("required") or []) & set(struct["fields"]):
            if "list" in struct["fields"][field]:
                struct["fields"][field]["always"] = True
        if found.get("x-kubernetes-map-type") == "atomic":
            struct["atomic"] = True
        return struct

    def node(self, schemas: dict, found: dict) -> dict:
        reference = found.get("$ref") or next((part.get("$ref") for part in found.get("allOf") or []), None)
        if reference:
            node: dict = {"type": self.reference(schemas, reference.rpartition("/")[2])}
            if found.get("default") == {}:
                node["always"] = True
        elif found.get("type") == "array":
            node = {"list": self.node(schemas, found["items"])}
            if found.get("x-kubernetes-list-type") == "map":
                node["keys"] = sorted(found["x-kubernetes-list-map-keys"])
            elif found.get("x-kubernetes-list-type") == "set":
                node["set"] = True
        elif "additionalProperties" in found:
            node = {"map": self.node(schemas, found["additionalProperties"])}
        else:
            node = {"scalar": SCALARS.get(found.get("type"), "any")}
            if found.get("default") not in (None, "", 0, False):
                node["default"] = found["default"]
        if found.get("x-kubernetes-map-type") == "atomic":
            node["atomic"] = True
        return node


def condense(server: Server) -> dict:
    """``{"version", "types": {name: type}, "kinds": [{"apiVersion", "kind", "plural", "namespaced", "type"}]}``"""
    condenser, kinds = Condenser(), []
    for api_version, names in KINDS.items():
        schemas = server.get(f"/openapi/v3{root(api_version)}")["components"]["schemas"]
        resources = server.get(root(api_version))["resources"]
        for kind in names:
            at = next(item for item in resources if item["kind"] == kind and "/" not in item["name"])
            kinds.append(
                {
                    "apiVersion": api_version,
                    "kind": kind,
                    "plural": at["name"],
                    "namespaced": at["namespaced"],
                    "type": condenser.kind(schemas, api_version, kind),
                }
            )
    return {
        "version": server.get("/version")["gitVersion"],
        "kinds": kinds,
        "types": dict(sorted(condenser.types.items())),
    }


def text(schema: dict) -> str:
    """One line a type, so that a change is read easily."""
    lines = ["{", f'"version": {json.dumps(schema["version"])},', '"kinds": [']
    lines += [",\n".join(json.dumps(kind) for kind in schema["kinds"]), "],", '"types": {']
    lines += [",\n".join(f"{json.dumps(name)}: {json.dumps(found)}" for name, found in schema["types"].items())]
    return "\n".join([*lines, "}", "}", ""])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, RealApi(Path(folder)) as real:
        SCHEMA.write_text(text(condense(Server(real))), encoding="utf-8")


if __name__ == "__main__":
    main()

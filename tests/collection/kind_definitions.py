# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Schemas of kinds that are not Kubernetes' own, out of the Go modules that define them (definitions/go.mod)."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import go_programs
import yaml

PINNED = Path(__file__).resolve().parent / "definitions"
# Where a module keeps the definitions of the kinds that the role makes, or that its users add.
FILES = {
    "github.com/envoyproxy/gateway": [
        "charts/gateway-helm/charts/crds/crds/generated/gateway.envoyproxy.io_backendtrafficpolicies.yaml"
    ],
    "github.com/external-secrets/external-secrets": [
        "config/crds/bases/external-secrets.io_externalsecrets.yaml",
    ],
    "github.com/openshift/api": ["route/v1/zz_generated.crd-manifests/routes.crd.yaml"],
    "github.com/prometheus-operator/prometheus-operator": [
        f"example/prometheus-operator-crd/monitoring.coreos.com_{name}.yaml"
        for name in ("prometheusrules", "servicemonitors")
    ],
    "k8s.io/autoscaler/vertical-pod-autoscaler": ["deploy/vpa-v1-crd-gen.yaml"],
    "sigs.k8s.io/gateway-api": [
        f"config/crd/standard/gateway.networking.k8s.io_{name}.yaml"
        for name in ("backendtlspolicies", "grpcroutes", "httproutes")
    ],
}
# Nobody here has the definitions of these: the module proxy does not serve NGINX Gateway Fabric's module.
UNKNOWN = {
    ("gateway.nginx.org/v1alpha1", "ClientSettingsPolicy"),
    ("gateway.nginx.org/v1alpha1", "RateLimitPolicy"),
}
TEXT = {"type": "string"}


@cache
def schemas() -> dict[tuple[str, str], dict]:
    """By apiVersion and kind: JSON Schemas that refuse unknown fields."""
    found = {}
    for definition in definitions():
        found |= _of(definition["spec"])
    return found


@cache
def definitions() -> list[dict]:
    """The CustomResourceDefinitions themselves."""
    return [
        definition
        for module, folder in _folders().items()
        for name in FILES[module]
        for definition in yaml.load_all((folder / name).read_text(), Loader=yaml.CSafeLoader)
        if definition
    ]


def _folders() -> dict[str, Path]:
    done = subprocess.run(
        [go_programs.go(), "mod", "download", "-json", *FILES],
        cwd=PINNED,
        env=dict(os.environ, GOTOOLCHAIN="local"),
        check=True,
        capture_output=True,
        text=True,
    )
    decoder, found, rest = json.JSONDecoder(), {}, done.stdout.lstrip()
    while rest:
        module, end = decoder.raw_decode(rest)
        found[module["Path"]] = Path(module["Dir"])
        rest = rest[end:].lstrip()
    return found


def _of(spec: dict) -> dict[tuple[str, str], dict]:
    kind = spec["names"]["kind"]
    return {
        (f"{spec['group']}/{version['name']}", kind): _object(version["schema"]["openAPIV3Schema"])
        for version in spec["versions"]
        if version["served"]
    }


def _object(schema: dict) -> dict:
    """The schema of a whole object, whose metadata is Kubernetes' own."""
    made = _strict(schema)
    made["properties"]["metadata"] = {
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {
            "name": TEXT,
            "namespace": TEXT,
            "labels": {"type": "object", "additionalProperties": TEXT},
            "annotations": {"type": "object", "additionalProperties": TEXT},
        },
    }
    return made


def _strict(schema: dict) -> dict:
    """In JSON Schema what a definition says in its own words, without fields that it does not name."""
    # OpenShift's definitions write some keywords that say nothing as null.
    made = {name: value for name, value in schema.items() if value is not None}
    if made.pop("x-kubernetes-int-or-string", False):
        made["type"] = ["integer", "string"]
    elif made.pop("nullable", False) and "type" in made:
        made["type"] = [made["type"], "null"]
    if "properties" in made:
        made["properties"] = {name: _strict(field) for name, field in made["properties"].items()}
        if not made.get("x-kubernetes-preserve-unknown-fields"):
            made.setdefault("additionalProperties", False)
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = _strict(made[key])
    return made


def filled(value, schema: dict):
    """The value as an API server stores it: with what its definition fills in."""
    if isinstance(value, list):
        return [filled(item, schema.get("items", {})) for item in value]
    if not isinstance(value, dict):
        return value
    fields = schema.get("properties", {})
    rest = schema.get("additionalProperties")
    given = {name: field["default"] for name, field in fields.items() if "default" in field} | value
    of_rest = rest if isinstance(rest, dict) else {}
    return {name: filled(item, fields.get(name, of_rest)) for name, item in given.items()}

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether objects are valid for a version of Kubernetes, without a cluster.

Kubernetes' own kinds are checked with the schemas that kubernetes-validate carries for each version, others with the
definitions of their kinds (definitions/go.mod). Both refuse fields that they do not know, as a strict API server does.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import kind_definitions
import kubernetes_validate
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

OLDEST = "1.30"
# Kubernetes 1.30 or newer is supported: the newest is the last whose schemas are there.
NEWEST = kubernetes_validate.latest_version().rpartition(".")[0]
SCHEMAS = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
SHARED = "/api/_definitions.json"


class NoSchema(LookupError):
    """Nobody here has a schema of this kind."""


def problems(obj: dict, version: str) -> list[str]:
    """One line for each thing that is wrong. ``version``: of Kubernetes, as "1.30"."""
    check = _validator(obj["apiVersion"], obj["kind"], version)
    name = f"{obj['kind']}/{obj['metadata']['name']}"
    return [f"{name}{error.json_path[1:]}: {error.message}" for error in check.iter_errors(obj)]


@cache
def _validator(api_version: str, kind: str, version: str) -> Draft202012Validator:
    group, _slash, of_group = api_version.rpartition("/")
    named = "-".join([kind.lower(), *filter(None, [group.partition(".")[0]]), of_group])
    path = _folder(version) / f"{named}.json"
    if path.exists():
        return Draft202012Validator(json.loads(path.read_text()), registry=_registry(version))
    defined = kind_definitions.schemas().get((api_version, kind))
    if defined is None:
        raise NoSchema(f"{api_version} {kind}: add its module to definitions/go.mod")
    return Draft202012Validator(defined)


def _folder(version: str) -> Path:
    return SCHEMAS / f"v{version}.0-local-strict"


@cache
def _registry(version: str) -> Registry:
    shared = json.loads((_folder(version) / SHARED.rpartition("/")[2]).read_text())
    return Registry().with_resource(SHARED, Resource.from_contents(shared))

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Roles for a set: of those who deploy it, and of those who only look at it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import Kind
from ansible_collections.modelops.serving.plugins.module_utils.preflight import rbac
from ansible_collections.modelops.serving.plugins.module_utils.preflight.rbac import Permission

RBAC = "rbac.authorization.k8s.io"
# A prediction is asked for through the Service, and a pod's counters are read, by the API server's proxy.
ASKING = {Permission("", "services", verb, "proxy") for verb in ("get", "create")} | {
    Permission("", "pods", "get", "proxy")
}
# Where requests come in, what they meet there, and the room that there is.
AROUND = (
    ("networking.k8s.io", "ingressclasses", True),
    ("networking.k8s.io", "ingresses", True),
    ("", "nodes", True),
    ("", "resourcequotas", False),
    ("metrics.k8s.io", "pods", False),
)


def roles(name: str, namespace: str, objects: list) -> list[dict]:
    """Role and, for what belongs to the whole cluster, ClusterRole ``NAME-deployer`` and ``NAME-viewer``."""
    of_set = sorted({_kind(obj) for obj in objects}, key=lambda kind: (kind.group, kind.plural))
    return [
        *_documents(f"{name}-deployer", namespace, deployer(of_set)),
        *_documents(f"{name}-viewer", namespace, viewer(of_set)),
    ]


def deployer(of_set: list[Kind]) -> set[Permission]:
    """To deploy, roll back and remove it, and to ask it for a prediction. The namespace is there already."""
    held = [kind for kind in of_set if kind.kind != "Namespace"]
    return {*rbac.needed(held, namespace_exists=True), *rbac.useful(), *rbac.optional(), *ASKING, *_around()}


def viewer(of_set: list[Kind]) -> set[Permission]:
    """For status, diagnose, logs and verify. The record of the release is in Secrets, so that all of the namespace's
    can be read with it."""
    seen = [(kind.group, kind.plural, not kind.namespaced) for kind in of_set if kind.kind != "Namespace"]
    seen += [(group, plural, False) for group, plural in (*rbac.FOLLOWED, *rbac.EXPLAINING, ("", "secrets"))]
    looking = {Permission(group, plural, verb, "", wide) for group, plural, wide in seen for verb in ("get", "list")}
    watching = {entry for entry in rbac.useful() if entry.verb == "watch"}
    below = {Permission("", "pods", "get", "log"), Permission("apps", "deployments", "get", "scale")}
    return looking | watching | below | rbac.optional() | ASKING | _around()


def _around() -> set[Permission]:
    return {Permission(group, plural, "list", "", wide) for group, plural, wide in AROUND}


def _kind(obj: dict) -> Kind:
    """The kind of an object. Of one that is not known its plural is what Kubernetes' own tools take it for."""
    known = kinds.find(obj["kind"], obj["apiVersion"])
    return known or Kind(obj["kind"], obj["apiVersion"], plural_of(obj["kind"]), kinds.DISCOVERED_RANK)


def plural_of(kind: str) -> str:
    small = kind.lower()
    if small.endswith("s"):
        return f"{small}es"
    return f"{small.removesuffix('y')}ies" if small.endswith("y") else f"{small}s"


def _documents(name: str, namespace: str, granted: set[Permission]) -> list[dict]:
    # A Role of a namespace may grant that this namespace itself is read.
    wide = {entry for entry in granted if entry.cluster_wide and entry.resource != "namespaces"}
    found = [_document("Role", {"name": name, "namespace": namespace}, granted - wide)]
    return found + ([_document("ClusterRole", {"name": f"{namespace}-{name}"}, wide)] if wide else [])


def _document(kind: str, metadata: dict, granted: Iterable[Permission]) -> dict:
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata, "rules": _rules(granted)}


def _rules(granted: Iterable[Permission]) -> list[dict]:
    """One rule for all resources of a group with the same verbs."""
    verbs: dict[tuple[str, str], set[str]] = {}
    for entry in granted:
        resource = f"{entry.resource}/{entry.subresource}" if entry.subresource else entry.resource
        verbs.setdefault((entry.group, resource), set()).add(entry.verb)
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (group, resource), allowed in sorted(verbs.items()):
        together.setdefault((group, tuple(sorted(allowed))), []).append(resource)
    return [
        {"apiGroups": [group], "resources": resources, "verbs": list(allowed)}
        for (group, allowed), resources in together.items()
    ]

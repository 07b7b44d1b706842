# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that a release needs, and whether a user's rules grant them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common import kinds, object_set

FOLLOWED = (("apps", "deployments"), ("", "pods"))
# Without these a rollout is judged by what is left.
EXPLAINING = (("apps", "replicasets"), ("", "events"), ("discovery.k8s.io", "endpointslices"))


@dataclass(frozen=True, order=True)
class Permission:
    group: str
    resource: str
    verb: str
    subresource: str = ""
    cluster_wide: bool = False

    def __str__(self) -> str:
        resource = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        return f"{self.verb} {resource}" + (f".{self.group}" if self.group else "")


def useful() -> set[Permission]:
    """What makes a release see more, or sooner, and what it can do without."""
    explaining = {Permission(group, name, verb) for group, name in EXPLAINING for verb in ("list", "watch")}
    watching = {Permission(group, name, "watch") for group, name in FOLLOWED}
    return explaining | watching | {Permission("", "pods", "get", "log")}


def optional() -> set[Permission]:
    """What is asked for and may stay unknown: whether the namespace is going, its quotas, the nodes' room, and who
    scales what is to have fewer replicas."""
    return {
        Permission("", "namespaces", "get", cluster_wide=True),
        Permission("", "nodes", "list", cluster_wide=True),
        Permission("", "resourcequotas", "list"),
        Permission("autoscaling", "horizontalpodautoscalers", "list"),
    }


def needed(found: list[kinds.Kind], namespace_exists: bool) -> list[Permission]:
    """Exactly the permissions that releasing a set of these kinds needs."""
    verbs_on_namespace = () if namespace_exists else ("get", "create", "patch")
    wanted = {Permission("", "namespaces", verb, cluster_wide=True) for verb in verbs_on_namespace}
    for kind in found:
        wanted |= on(kind)
    wanted |= {Permission("", "secrets", verb) for verb in ("list", "create", "patch", "delete")}
    wanted |= {Permission("coordination.k8s.io", "leases", verb) for verb in ("get", "create", "update", "delete")}
    wanted |= {Permission(group, name, "list") for group, name in FOLLOWED}
    return sorted(wanted)


def on(kind: kinds.Kind) -> set[Permission]:
    """What applying, restoring and removing objects of a kind needs."""
    # update takes over what others own: drift, and objects that are adopted.
    verbs = ["get", "list", "create", "patch", "update"]
    verbs += [] if object_set.kind_kept(kind.kind, kind.namespaced) else ["delete"]
    return {Permission(kind.group, kind.plural, verb, "", not kind.namespaced) for verb in verbs}


# Fields of a Route's TLS that hold a certificate, or name one.
CERTIFICATES = ("certificate", "key", "caCertificate", "destinationCACertificate", "externalCertificate")


def of_hosts(objects: list) -> set[Permission]:
    """OpenShift has a permission of its own for the host of a Route, and for its certificates."""
    routes = [obj["spec"] for obj in objects if obj["kind"] == "Route"]
    if any(spec.get("host") or any((spec.get("tls") or {}).get(name) for name in CERTIFICATES) for spec in routes):
        return {Permission("route.openshift.io", "routes", "create", "custom-host")}
    return set()


def granted(permission: Permission, rules: list) -> bool:
    """Whether a SelfSubjectRulesReview's resourceRules allow it for objects of any name."""
    resource = permission.resource + (f"/{permission.subresource}" if permission.subresource else "")
    resources = {"*", resource} | ({f"*/{permission.subresource}"} if permission.subresource else set())
    return any(
        {"*", permission.group} & set(rule.get("apiGroups") or [])
        and resources & set(rule.get("resources") or [])
        and {"*", permission.verb} & set(rule.get("verbs") or [])
        and not rule.get("resourceNames")
        for rule in rules
    )


def review(permission: Permission, namespace: str) -> dict:
    """The SelfSubjectAccessReview for it."""
    attributes = {
        "group": permission.group,
        "resource": permission.resource,
        "subresource": permission.subresource,
        "verb": permission.verb,
    }
    if not permission.cluster_wide:
        attributes["namespace"] = namespace
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }


def rbac(missing: list[Permission]) -> str:
    """The rules that would grant what is missing, as ``kubectl create role`` takes them."""
    by_resource: dict = {}
    for entry in missing:
        resource = f"{entry.resource}/{entry.subresource}" if entry.subresource else entry.resource
        name = f"{resource}.{entry.group}" if entry.group else resource
        by_resource.setdefault(name, []).append(entry.verb)
    return "; ".join(f"{','.join(verbs)} {name}" for name, verbs in by_resource.items())

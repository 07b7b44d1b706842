# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the facts about a cluster before anything is changed: our identity, its APIs, its capacity."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.modelops.serving.plugins.module_utils.client.entrances import gateways
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.listing import items
from ansible_collections.modelops.serving.plugins.module_utils.client.node_autoscaler import node_autoscaler
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds, missing_kinds, object_set
from ansible_collections.modelops.serving.plugins.module_utils.preflight import object_counts, rbac, references
from ansible_collections.modelops.serving.plugins.module_utils.preflight.cluster_facts import ClusterFacts

METRICS_API = "/apis/metrics.k8s.io/v1beta1"
METRICS_PATIENCE = 3.0


def gather_facts(kube: Kube, namespace: str, objects: list) -> ClusterFacts:
    """The facts that the set needs, read in parallel. Raises KubeError, also for rejected credentials."""
    found = ClusterFacts(kube.connection.host, kube.connection.source, kube.connection.in_cluster)
    found.version = kube.request("GET", "/version").get("gitVersion")
    wanted = {(obj["apiVersion"], obj["kind"]) for obj in objects}
    has = {kind for _version, kind in wanted}
    with ThreadPoolExecutor(max_workers=8) as pool:
        jobs = {
            "identity": pool.submit(_identity, kube),
            "namespace": pool.submit(_namespace, kube, namespace),
            "kinds": pool.submit(_kinds, kube, wanted),
            "quotas": pool.submit(items, kube, kinds.find("ResourceQuota"), namespace),
            "standing": pool.submit(_standing, kube, namespace, object_set.deployment_of(objects)),
            "nodes": pool.submit(items, kube, kinds.find("Node"), None),
            "node_autoscaler": pool.submit(node_autoscaler, kube),
        }
        needs = references.of(objects)
        needed_objects = [pool.submit(_needed, kube, namespace, reference) for reference in needs]
        if "HorizontalPodAutoscaler" in has:
            jobs["metrics"] = pool.submit(_metrics, kube)
        if "Ingress" in has:
            jobs["classes"] = pool.submit(items, kube, kinds.find("IngressClass"), None)
            jobs["ingresses"] = pool.submit(items, kube, kinds.find("Ingress"), None)
        if "NetworkPolicy" in has:
            jobs["daemon_sets"] = pool.submit(_daemon_sets, kube)
        found.identity, found.groups = jobs["identity"].result()
        found.namespace, found.namespace_missing = jobs["namespace"].result()
        found.served, found.missing_kinds, found.api_versions = jobs["kinds"].result()
        found.quotas, found.nodes = jobs["quotas"].result(), jobs["nodes"].result()
        found.existing = _existing(kube, namespace, object_counts.counted(found.quotas or [], objects))
        found.standing = jobs["standing"].result()
        found.node_autoscaler = jobs["node_autoscaler"].result()
        found.metrics = jobs["metrics"].result() if "metrics" in jobs else found.metrics
        found.ingress_classes = jobs["classes"].result() if "classes" in jobs else None
        found.ingresses = jobs["ingresses"].result() if "ingresses" in jobs else None
        found.daemon_sets = jobs["daemon_sets"].result() if "daemon_sets" in jobs else None
        found.gateways = gateways(kube, objects)
        live = [(one, job.result()) for one, job in zip(needs, needed_objects, strict=True)]
        found.absent = [one for one, at in live if at == {}]
        found.lacking = [(one, keys) for one, at in live if at and (keys := references.lacking(one, at))]
        needed = rbac.needed(list(found.served.values()), not found.namespace_missing)
        permissions = sorted({*needed, *rbac.of_hosts(objects), *rbac.useful()})
        found.denied = _denied(kube, namespace, permissions, pool)
    return found


def _namespace(kube: Kube, namespace: str) -> tuple[dict | None, bool]:
    """The namespace, and whether it is certainly missing; (None, False) without permission to read it."""
    try:
        found = kube.get(kinds.find("Namespace"), None, namespace)
    except KubeError as error:
        if error.status == 403:
            return None, False
        raise
    return found, found is None


def _standing(kube: Kube, namespace: str, deployment: dict | None) -> dict | None:
    """The Deployment of that name; {} where there is none, None without permission to read it."""
    if deployment is None:
        return {}
    try:
        return kube.get(kinds.find("Deployment"), namespace, deployment["metadata"]["name"]) or {}
    except KubeError as error:
        if error.status == 403:
            return None
        raise


def _needed(kube: Kube, namespace: str, reference: references.Reference) -> dict | None:
    """{} where it does not exist, None without permission to read it."""
    try:
        kind = kube.kind(reference.api_version, reference.kind)
        return kube.get(kind, namespace if kind.namespaced else None, reference.name) or {}
    except KubeError as error:
        if error.status == 403:
            return None
        raise


def _existing(kube: Kube, namespace: str, of: list) -> dict[tuple[str, str], set[str] | None]:
    """The names of the objects of these kinds; None where they may not be listed."""
    found = {}
    for api_version, kind in of:
        listed = items(kube, kinds.find(kind, api_version), namespace)
        found[(api_version, kind)] = None if listed is None else {item["metadata"]["name"] for item in listed}
    return found


def _daemon_sets(kube: Kube) -> list | None:
    """Those of kube-system; None where they cannot be read: the release does without."""
    try:
        return items(kube, kinds.find("DaemonSet"), "kube-system")
    except KubeError as error:
        if error.status == 401:
            raise
        return None


def _identity(kube: Kube) -> tuple[str | None, list]:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        user = kube.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", None, body)["status"][
            "userInfo"
        ]
    except KubeError as error:
        if error.status == 401:
            raise
        return None, []  # servers before 1.28 do not serve it
    return user.get("username"), user.get("groups") or []


def _kinds(kube: Kube, wanted: set) -> tuple[dict, list, list]:
    """The kinds of the set that the server serves, those that it does not, and all group versions that it serves.

    For built-in groups the list of groups is enough; for others the group's own list is read.
    """
    versions = served_versions(kube)
    served, missing = {}, []
    for api_version, kind in sorted(wanted):
        known = kinds.find(kind, api_version)
        built_in = "." not in api_version.partition("/")[0] or api_version.partition("/")[0].endswith(".k8s.io")
        try:
            if api_version not in versions:
                raise KindMissing("")
            if known is None or not built_in or "gateway" in api_version:
                resources = kube.request("GET", kinds.root_of(api_version)).get("resources", [])
                known = kinds.from_discovery(kind, api_version, resources)
                if known is None:
                    raise KindMissing("")
            served[(api_version, kind)] = kinds.find(kind, api_version) or known
        except KindMissing:
            missing.append(missing_kinds.named(api_version, kind))
    return served, missing, sorted(versions)


def served_versions(kube: Kube) -> set[str]:
    """All group versions that the server serves."""
    groups = kube.request("GET", "/apis").get("groups") or []
    return {version["groupVersion"] for group in groups for version in group.get("versions") or []} | {"v1"}


def without_unserved(kube: Kube, objects: list | None, groups: list) -> list | None:
    """The objects, without those of ``groups`` that the server does not serve. Requests its versions only if needed."""
    return object_set.where_served(objects, groups, served_versions(kube)) if objects and groups else objects


def _metrics(kube: Kube) -> str:
    """available, absent (no such API), or the error. An aggregated API that is down costs the release no time."""
    asking = kube.another()
    asking.deadline = time.monotonic() + METRICS_PATIENCE
    try:
        asking.request("GET", METRICS_API)
    except KubeError as error:
        return "absent" if error.status == 404 else str(error)
    finally:
        kube.count(asking.requests)
    return "available"


def denied_on(kube: Kube, namespace: str, wanted: set) -> dict[tuple[str, str], list]:
    """By (apiVersion, kind): what we may not do with objects of that kind. Without those that the server does not serve
    any more."""
    served, _missing, _versions = _kinds(kube, wanted)
    permissions = {of: sorted(rbac.on(kind)) for of, kind in served.items()}
    with ThreadPoolExecutor(max_workers=8) as pool:
        denied = set(_denied(kube, namespace, sorted({one for all_of in permissions.values() for one in all_of}), pool))
    found = {of: [one for one in all_of if one in denied] for of, all_of in permissions.items()}
    return {of: lacking for of, lacking in found.items() if lacking}


def _denied(kube: Kube, namespace: str, permissions: list, pool: ThreadPoolExecutor) -> list:
    """The permissions we lack. One SelfSubjectRulesReview shows most that we have; the rest are reviewed one by one."""
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    rules = kube.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", None, body)["status"]
    undecided = [entry for entry in permissions if not rbac.granted(entry, rules.get("resourceRules") or [])]

    def review(entry: rbac.Permission) -> bool:
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return kube.request("POST", path, None, rbac.review(entry, namespace))["status"]["allowed"]

    answers = list(pool.map(review, undecided))
    return [entry for entry, allowed in zip(undecided, answers, strict=True) if not allowed]

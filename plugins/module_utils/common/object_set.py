# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The set of objects of a release: in order, labelled with the release. Pure."""

from __future__ import annotations

import hashlib
import json

from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import (
    FIELD_MANAGER,
    INSTANCE,
    MANAGED_BY,
    OF_NAMESPACE,
)
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.common.string_data import as_data
from ansible_collections.modelops.serving.plugins.module_utils.common.well_formed import well_formed

# Kinds that are never removed, and why. All others are removed when the set no longer has them.
KEPT_KINDS = {
    "Namespace": "others may use it",
    "PersistentVolumeClaim": "it holds data",
    "PersistentVolume": "it holds data",
    "CustomResourceDefinition": "every object of its kind would go with it",
}
KEPT_CLUSTER_WIDE = "it belongs to the whole cluster"
# What has a number of pods that may change.
SCALED = ("Deployment", "StatefulSet", "ReplicaSet")
# Beside the Deployment, what has pods of its own.
OTHER_WORKLOADS = ("StatefulSet", "DaemonSet", "ReplicaSet", "Job")
# Annotations by which a user keeps any other object; the second is Helm's.
KEPT_BY_ANNOTATION = {"modelops.serving/keep": "true", "helm.sh/resource-policy": "keep"}


def key(obj: dict) -> tuple[str, str, str]:
    """The identity of an object in its namespace: API group, kind, name."""
    return (obj["apiVersion"].rpartition("/")[0], obj["kind"], obj["metadata"]["name"])


def prepare(objects: list, name: str, namespace: str) -> list:
    """The set in the order of application, each object with namespace and labels. Raises ServingError."""
    if not objects:
        raise ServingError("objects is empty. state: absent removes a release.")
    prepared, seen = [], set()
    for number, given in enumerate(objects):
        obj = well_formed(number, given)
        meta = obj["metadata"]
        if key(obj) in seen:
            raise ServingError(f"{label(obj)} is in objects twice. Remove one, or give it another name.")
        seen.add(key(obj))
        if obj["kind"] != "Namespace":
            if meta.get("namespace", namespace) != namespace:
                raise ServingError(
                    f"{label(obj)} is for namespace {meta['namespace']}, the release for {namespace}. Correct one."
                )
            meta["namespace"] = namespace
            labels = meta["labels"] = meta.get("labels") or {}
            if labels.setdefault(INSTANCE, name) != name:
                raise ServingError(
                    f"{label(obj)} has the label {INSTANCE}={labels[INSTANCE]}, the release is {name}. Correct one."
                )
            labels[MANAGED_BY] = FIELD_MANAGER
        _name_service_account(obj)
        obj = as_data(obj)
        _note_namespace(obj, namespace)
        prepared.append(obj)
    deployments = [obj for obj in prepared if obj["kind"] == "Deployment"]
    if len(deployments) > 1:
        raise ServingError(
            f"a release has one Deployment, objects has {len(deployments)}: {', '.join(map(label, deployments))}."
        )
    return sorted(prepared, key=lambda obj: (rank(obj), obj["kind"], obj["metadata"]["name"]))


def _name_service_account(obj: dict) -> None:
    """Sets an absent serviceAccountName to its default.

    The API server keeps a copy of it in the old field serviceAccount, which would restore a removed name.
    """
    template = (
        obj.get("spec", {}).get("template") if obj["kind"] in ("Deployment", "StatefulSet", "DaemonSet") else None
    )
    if template and template.get("spec"):
        template["spec"].setdefault("serviceAccountName", template["spec"].get("serviceAccount", "default"))


def _note_namespace(obj: dict, namespace: str) -> None:
    """Notes whose an object is that may be one of the whole cluster: releases of other namespaces may have the same
    name."""
    known = kinds.find(obj["kind"], obj["apiVersion"])
    if obj["kind"] == "Namespace" or (known is not None and known.namespaced):
        return
    obj["metadata"]["annotations"] = {**(obj["metadata"].get("annotations") or {}), OF_NAMESPACE: namespace}


def where_served(objects: list, groups: list, versions: set[str]) -> list:
    """The set without the objects of ``groups`` that the server does not serve.

    ``versions`` are the group versions that it serves; objects of other groups are kept, served or not.
    """

    def is_kept(obj: dict) -> bool:
        api_version = obj.get("apiVersion") or ""
        return api_version in versions or api_version.rpartition("/")[0] not in groups

    return [obj for obj in objects if is_kept(obj)]


def rank(obj: dict) -> int:
    return kinds.rank(obj["kind"], obj["apiVersion"])


def digest(objects: list) -> str:
    """A hash of the whole set, the same for the same set."""
    text = json.dumps(sorted(objects, key=key), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def deployment_of(objects: list) -> dict | None:
    return next((obj for obj in objects if obj["kind"] == "Deployment"), None)


def scaled(objects: list) -> list[dict]:
    """The workloads of a set that have a number of pods."""
    return [obj for obj in objects if obj["kind"] in SCALED]


def autoscaler_of(objects: list, workload: dict | None) -> dict | None:
    """The HPA of the set that scales this workload."""
    return _scaler_of("HorizontalPodAutoscaler", objects, workload)


def scaled_object_of(objects: list, workload: dict | None) -> dict | None:
    """The ScaledObject of the set by which KEDA scales this workload."""
    return _scaler_of("ScaledObject", objects, workload)


def _scaler_of(kind: str, objects: list, workload: dict | None) -> dict | None:
    if workload is None:
        return None
    wanted = (workload["kind"], workload["metadata"]["name"])
    for obj in objects:
        target = obj.get("spec", {}).get("scaleTargetRef", {}) if obj["kind"] == kind else {}
        # KEDA takes a target without a kind for a Deployment.
        if (target.get("kind", "Deployment"), target.get("name")) == wanted:
            return obj
    return None


def services_of(objects: list, deployment: dict) -> list[dict]:
    """The Services of a set, without those for the pods of another workload of it."""
    others = [pod_labels(obj) for obj in objects if obj["kind"] in OTHER_WORKLOADS]
    own = pod_labels(deployment)
    services = [obj for obj in objects if obj["kind"] == "Service"]
    return [one for one in services if selects(one, own) or not any(selects(one, labels) for labels in others)]


def pod_labels(workload: dict) -> dict:
    template = (workload.get("spec") or {}).get("template") or {}
    return (template.get("metadata") or {}).get("labels") or {}


def selects(service: dict, labels: dict) -> bool:
    """Whether pods with these labels are the Service's."""
    selector = (service.get("spec") or {}).get("selector") or {}
    return bool(selector) and selector.items() <= labels.items()


def prune(previous: list, wanted: list) -> list:
    """Objects of earlier revisions that the set no longer has, each as recorded last, in the order of removal.

    reason_to_keep() says which of them are kept all the same.
    """
    keep = {key(obj) for obj in wanted}
    gone = {key(obj): obj for obj in previous if key(obj) not in keep}
    return sorted(gone.values(), key=lambda obj: (-rank(obj), obj["kind"], obj["metadata"]["name"]))


def kinds_defined(objects: list) -> dict[tuple[str, str], dict]:
    """The CustomResourceDefinitions of a set, by the group and kind that each defines."""
    found = {}
    for obj in objects:
        if obj["kind"] == "CustomResourceDefinition":
            spec = obj.get("spec") or {}
            found[spec.get("group"), (spec.get("names") or {}).get("kind")] = obj
    return found


def ends_by_itself(obj: dict) -> bool:
    """Whether Kubernetes removes it some time after it has done its work."""
    return obj["kind"] == "Job" and (obj.get("spec") or {}).get("ttlSecondsAfterFinished") is not None


def reason_to_keep(obj: dict, namespaced: bool) -> str:
    """Why an object is never removed, "" when it may be. Of a live object or of a recorded one."""
    annotations = obj["metadata"].get("annotations") or {}
    for name, value in KEPT_BY_ANNOTATION.items():
        # Jinja writes True for true.
        if str(annotations.get(name)).lower() == value:
            return f"{name}: {value}"
    return kind_kept(obj["kind"], namespaced)


def kind_kept(kind: str, namespaced: bool) -> str:
    """Why no object of that kind is ever removed, "" when they may be."""
    return KEPT_KINDS.get(kind) or ("" if namespaced else KEPT_CLUSTER_WIDE)

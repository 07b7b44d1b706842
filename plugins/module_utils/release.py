# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release is and how two of them differ. Pure: objects in, decisions out."""

from __future__ import annotations

import copy
import hashlib
import json

from ansible_collections.modelops.serving.plugins.module_utils import kinds
from ansible_collections.modelops.serving.plugins.module_utils.findings import is_secret
from ansible_collections.modelops.serving.plugins.module_utils.kube import FIELD_MANAGER
from ansible_collections.modelops.serving.plugins.module_utils.objects import label

MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
HIDDEN = "********"
CONTROLLER = "kube-controller-manager"
EDITORS = {"kubectl-edit", "kubectl-patch", "kubectl-replace", "kubectl-set", "kubectl-client-side-apply"}
VOLATILE = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
# Pruning and removal touch these kinds only, whatever a revision says: never a namespace, never a volume's data.
PRUNED_KINDS = (
    "ServiceAccount", "Role", "RoleBinding", "Secret", "ConfigMap", "NetworkPolicy", "PodDisruptionBudget", "Service",
    "Deployment", "CronJob", "Job", "HorizontalPodAutoscaler", "VerticalPodAutoscaler", "Ingress", "HTTPRoute", "Route",
    "ServiceMonitor", "PodMonitor", "PrometheusRule", "BackendTrafficPolicy", "ClientSettingsPolicy", "RateLimitPolicy",
)  # fmt: skip


class ReleaseError(Exception):
    """The set of objects cannot be released as it is; the message says which object and why."""


def key(obj: dict) -> tuple[str, str, str]:
    """What makes two descriptions the same object: API group, kind, name."""
    return (obj["apiVersion"].rpartition("/")[0], obj["kind"], obj["metadata"]["name"])


def prepare(objects: list, name: str, namespace: str) -> list:
    """The set in order of application, each object in the namespace and marked as ours. Raises ReleaseError."""
    prepared, seen = [], set()
    for number, given in enumerate(objects):
        obj = copy.deepcopy(given)
        for field in ("apiVersion", "kind", "metadata"):
            if not obj.get(field):
                raise ReleaseError(f"objects[{number}] has no {field}.")
        meta = obj["metadata"]
        if not meta.get("name"):
            raise ReleaseError(f"objects[{number}] ({obj['kind']}) has no metadata.name.")
        if key(obj) in seen:
            raise ReleaseError(f"{label(obj)} is twice in objects.")
        seen.add(key(obj))
        if obj["kind"] != "Namespace":
            if meta.get("namespace", namespace) != namespace:
                raise ReleaseError(f"{label(obj)} is for namespace {meta['namespace']}, the release for {namespace}.")
            meta["namespace"] = namespace
            labels = meta.setdefault("labels", {})
            if labels.setdefault(INSTANCE, name) != name:
                raise ReleaseError(f"{label(obj)} has the label {INSTANCE}={labels[INSTANCE]}, the release is {name}.")
            labels[MANAGED_BY] = FIELD_MANAGER
        obj.pop("status", None)
        _name_service_account(obj)
        prepared.append(obj)
    deployments = [obj for obj in prepared if obj["kind"] == "Deployment"]
    if len(deployments) > 1:
        raise ReleaseError(f"a release has one Deployment, objects has {len(deployments)}.")
    return sorted(prepared, key=lambda obj: (rank(obj), obj["kind"], obj["metadata"]["name"]))


def where_served(objects: list, groups: list, versions: set[str]) -> list:
    """The set without the objects of those API groups that the server does not serve.

    ``versions`` are the group versions that it serves; objects of other groups stay, whether it serves them or not.
    """

    def stays(obj: dict) -> bool:
        api_version = obj.get("apiVersion") or ""
        return api_version in versions or api_version.rpartition("/")[0] not in groups

    return [obj for obj in objects if stays(obj)]


def _name_service_account(obj: dict) -> None:
    """An absent serviceAccountName is named as what it means.

    The API server keeps a copy of it in the old field serviceAccount, which would bring a removed name back.
    """
    template = (
        obj.get("spec", {}).get("template") if obj["kind"] in ("Deployment", "StatefulSet", "DaemonSet") else None
    )
    if template and template.get("spec"):
        template["spec"].setdefault("serviceAccountName", template["spec"].get("serviceAccount", "default"))


def rank(obj: dict) -> int:
    known = kinds.find(obj["kind"], obj["apiVersion"])
    return known.rank if known else kinds.DISCOVERED_RANK


def digest(objects: list) -> str:
    """A hash of the whole set, the same for the same set."""
    text = json.dumps(sorted(objects, key=key), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def deployment_of(objects: list) -> dict | None:
    return next((obj for obj in objects if obj["kind"] == "Deployment"), None)


def autoscaler_of(objects: list, deployment: dict | None) -> dict | None:
    """The HPA of the set that scales this Deployment."""
    for obj in objects:
        target = obj.get("spec", {}).get("scaleTargetRef", {}) if obj["kind"] == "HorizontalPodAutoscaler" else {}
        if deployment and target.get("kind") == "Deployment" and target.get("name") == deployment["metadata"]["name"]:
            return obj
    return None


def with_replicas(obj: dict, objects: list, live: dict | None) -> dict:
    """The Deployment as it may be applied, so that replicas which an HPA raised are never lowered.

    Server-side apply takes a field away when its only owner stops naming it, and an absent ``replicas`` becomes 1. So,
    with an HPA in the set, ``replicas`` is named (as what runs now) for as long as nobody but us owns it, which also
    covers the day the HPA is added. Once the HPA has scaled it owns the field and we leave it out. When the HPA is
    removed its last word stays, unless the set asks for more.

    Where the running number is named, the live ``resourceVersion`` goes with it: if the HPA scales in between, the
    server refuses and the caller reads again.
    """
    wanted = obj.get("spec", {}).get("replicas")
    hpa = autoscaler_of(objects, obj)
    if live is None:
        return _replicas(obj, hpa["spec"].get("minReplicas", 1) if hpa else wanted)
    running = live.get("spec", {}).get("replicas", 1)
    others = replica_owners(live) - {FIELD_MANAGER}
    if hpa is not None:
        return _replicas(obj, None) if others else _replicas(obj, running, live)
    if CONTROLLER in others and running > (wanted or 1):
        return _replicas(obj, None)
    return obj


def replica_owners(live: dict) -> set[str]:
    """The managers that own spec.replicas."""
    return {
        entry.get("manager", "?")
        for entry in live["metadata"].get("managedFields") or []
        if "f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})
    }


def _replicas(obj: dict, replicas: int | None, live: dict | None = None) -> dict:
    changed = copy.deepcopy(obj)
    changed["spec"].pop("replicas", None)
    if replicas is not None:
        changed["spec"]["replicas"] = replicas
    if live is not None:
        changed["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"]
    return changed


def clean(obj: dict | None) -> dict:
    """An object without what the server counts and keeps: fit to be compared and shown."""
    if obj is None:
        return {}
    shown = {name: value for name, value in copy.deepcopy(obj).items() if name != "status"}
    for name in VOLATILE:
        shown["metadata"].pop(name, None)
    annotations = shown["metadata"].get("annotations") or {}
    for name in ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"):
        annotations.pop(name, None)
    if not annotations:
        shown["metadata"].pop("annotations", None)
    return shown


def hide(before: dict, after: dict) -> tuple[dict, dict]:
    """Two states with secret values hidden; a value that differs is shown as having changed, not as what it is.

    Secret are the values of a Secret, and of variables and keys whose name says so.
    """
    before, after = copy.deepcopy(before), copy.deepcopy(after)
    kind = (after or before).get("kind")
    for section in ("data", "stringData"):
        old, new = before.get(section) or {}, after.get(section) or {}
        for name in set(old) | set(new):
            if kind == "Secret" or is_secret(name):
                _hide_one(old, new, name)
    old, new = _variables(before), _variables(after)
    for name in set(old) | set(new):
        if is_secret(name[1]):
            _hide_one(old.get(name, {}), new.get(name, {}), "value")
    return before, after


def _hide_one(old: dict, new: dict, name: str) -> None:
    changed = name in old and name in new and old[name] != new[name]
    if name in old:
        old[name] = HIDDEN + (" (before)" if changed else "")
    if name in new:
        new[name] = HIDDEN + (" (after)" if changed else "")


def _variables(obj: dict) -> dict:
    """The environment entries of a workload's containers, by (container, name)."""
    spec = obj.get("spec", {}).get("template", {}).get("spec", {}) if isinstance(obj.get("spec"), dict) else {}
    containers = (spec.get("initContainers") or []) + (spec.get("containers") or [])
    return {(entry["name"], variable["name"]): variable for entry in containers for variable in entry.get("env") or []}


def compare(before: dict | None, after: dict | None) -> dict | None:
    """One entry of ``changes`` with the two states under ``diff``; None when they are equal."""
    old, new = clean(before), clean(after)
    if old == new:
        return None
    obj = after or before
    action = "create" if before is None else ("remove" if after is None else "update")
    old, new = hide(old, new)
    return {
        "kind": obj["kind"],
        "name": obj["metadata"]["name"],
        "action": action,
        "diff": {"before": old, "after": new},
    }


def diff_of(changes: list) -> list:
    """Ansible's diff structure: one before/after pair an object, in YAML."""
    from yaml import safe_dump

    def text(state: dict) -> str:
        return safe_dump(state, sort_keys=True, width=110) if state else ""

    return [
        {
            "before_header": f"{entry['kind']}/{entry['name']}",
            "after_header": f"{entry['kind']}/{entry['name']} ({entry['action']})",
            "before": text(entry["diff"]["before"]),
            "after": text(entry["diff"]["after"]),
        }
        for entry in changes
    ]


def prune(previous: list, wanted: list) -> list:
    """Objects of earlier revisions that the set no longer has; of prunable kinds only, in the order of removal."""
    keep = {key(obj) for obj in wanted}
    gone = {key(obj): obj for obj in previous if key(obj) not in keep and obj["kind"] in PRUNED_KINDS}
    return sorted(gone.values(), key=lambda obj: (-rank(obj), obj["kind"], obj["metadata"]["name"]))


def is_ours(live: dict, name: str) -> bool:
    """Whether a live object belongs to this release: its instance label says so and we are one of its managers."""
    labels = live["metadata"].get("labels") or {}
    return labels.get(INSTANCE) == name and FIELD_MANAGER in managers(live)


def managers(live: dict) -> list[str]:
    """Who owns fields of an object, other than by its status."""
    return sorted(
        {
            entry.get("manager", "?")
            for entry in live["metadata"].get("managedFields") or []
            if not entry.get("subresource")
        }
    )


def fingerprint(objects: list, live: dict) -> str:
    """A hash of who we are to the live objects: their uids and the fields that we own of each. "" when one is missing.

    Whoever changes the value of a field becomes its owner and we cease to be, so that, for as long as this stays the
    same, nobody has changed anything that we applied. ``live`` is by key().
    """
    parts = []
    for obj in sorted(objects, key=key):
        at = live.get(key(obj))
        if at is None or at["metadata"].get("deletionTimestamp"):
            return ""
        owned = [
            entry.get("fieldsV1")
            for entry in at["metadata"].get("managedFields") or []
            if entry.get("manager") == FIELD_MANAGER and not entry.get("subresource")
        ]
        parts.append([key(obj), at["metadata"].get("uid"), owned])
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def editors(live: dict) -> set[str]:
    """People's hands on an object: managers by which kubectl changes configuration in place."""
    return {entry.get("manager", "") for entry in live["metadata"].get("managedFields") or []} & EDITORS


def highlights(before: list, after: list) -> list[dict]:
    """What a person wants to see first of two sets: images and configuration, as ``{"what", "before", "after"}``."""
    old, new = _telling(before), _telling(after)
    changed = []
    for what in sorted(set(old) | set(new), key=lambda item: (item != "image", item)):
        if old.get(what) != new.get(what):
            shown = {"before": old.get(what), "after": new.get(what)}
            if is_secret(what):
                shown = {side: HIDDEN if value else value for side, value in shown.items()}
            changed.append({"what": what, **shown})
    return changed


def _telling(objects: list) -> dict:
    values: dict = {}
    deployment = deployment_of(objects) or {}
    pod = deployment.get("spec", {}).get("template", {}).get("spec", {})
    used = json.dumps(pod)
    for number, container in enumerate(pod.get("containers") or []):
        values["image" if number == 0 else f"image of {container['name']}"] = container.get("image")
        for entry in container.get("env") or []:
            values[entry["name"]] = entry.get("value", "(reference)")
        for kind, amounts in (container.get("resources") or {}).items():
            for resource, amount in amounts.items():
                values[f"{kind}.{resource}"] = str(amount)
        for probe in ("startupProbe", "readinessProbe", "livenessProbe", "command", "args"):
            if container.get(probe):
                values[f"{container['name']}.{probe}"] = json.dumps(container[probe], sort_keys=True)
    for obj in objects:
        if obj["kind"] == "ConfigMap" and f'"{obj["metadata"]["name"]}"' in used:
            values.update(obj.get("data") or {})
    return values

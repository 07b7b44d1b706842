# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the live objects of a release."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds, missing_kinds, object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import (
    FIELD_MANAGER,
    INSTANCE,
    MANAGED_BY,
)
from ansible_collections.modelops.serving.plugins.module_utils.release import ownership


def read_live(kube: Kube, namespace: str, name: str, objects: list) -> dict:
    """The live objects of this set, by object_set.key(): one list a kind, and a get for what it does not show.

    Raises KindMissing when the cluster does not serve a kind of the set, for all such kinds.
    """
    live: dict = {}
    missing = []
    for mine in _by_kind(objects):
        try:
            live |= _read_kind(kube, namespace, name, mine)
        except KindMissing:
            missing.append(missing_kinds.named(mine[0]["apiVersion"], mine[0]["kind"]))
    if missing:
        raise KindMissing(f"{missing_kinds.message(missing)}. {missing_kinds.remedy(missing)}", 404)
    return live


def read_readable(kube: Kube, namespace: str, name: str, objects: list) -> tuple[dict, dict, dict]:
    """The same for who only looks. And by key the reason, for those of which no object can exist because the cluster
    does not serve their kind, and for those that could not be read."""
    live: dict = {}
    impossible: dict = {}
    unread: dict = {}
    for mine in _by_kind(objects):
        try:
            live |= _read_kind(kube, namespace, name, mine)
        except KindMissing as error:
            impossible |= {object_set.key(obj): str(error) for obj in mine}
        except KubeError as error:
            if error.status in (0, 401):  # nothing else can be read either
                raise
            unread |= {object_set.key(obj): str(error) for obj in mine}
    return live, impossible, unread


def _by_kind(objects: list) -> list[list]:
    found: dict = {}
    for obj in objects:
        found.setdefault((obj["apiVersion"], obj["kind"]), []).append(obj)
    return list(found.values())


def _read_kind(kube: Kube, namespace: str, name: str, mine: list) -> dict:
    """The live ones of these objects of one kind."""
    entry = kube.kind(mine[0]["apiVersion"], mine[0]["kind"])
    found = {}
    if entry.namespaced and len(mine) > 1:
        listed = kube.list(entry, namespace, f"{INSTANCE}={name}")
        found = {item["metadata"]["name"]: item for item in listed["items"]}
    live = {}
    for obj in mine:
        wanted = obj["metadata"]["name"]
        current = found.get(wanted) or kube.get(entry, namespace if entry.namespaced else None, wanted)
        if current is not None:
            live[object_set.key(obj)] = current
    return live


def read_held(kube: Kube, namespace: str, objects: list) -> tuple[list, list]:
    """The given objects as they exist, also those that are being deleted, where this collection has made them, in the
    given order: one list a kind, by the label that all its releases have. And those of the given objects that may not
    be read."""
    live: dict = {}
    unread = []
    for api_version, kind in dict.fromkeys((obj["apiVersion"], obj["kind"]) for obj in objects):
        try:
            listed = kube.list(kube.kind(api_version, kind), namespace, f"{MANAGED_BY}={FIELD_MANAGER}")["items"]
        except KindMissing:
            continue  # its CRD is gone, and with it every such object
        except KubeError as error:
            if error.status != 403:
                raise
            continue  # each may still be read
        live.update({object_set.key(item): item for item in listed})
    for obj in objects:  # somebody may have changed that label
        if object_set.key(obj) not in live:
            current, readable = _get(kube, namespace, obj)
            live |= {object_set.key(obj): current} if current else {}
            unread += [] if readable else [obj]
    found = [live[object_set.key(obj)] for obj in objects if object_set.key(obj) in live]
    return [item for item in found if ownership.is_held(item)], unread


def _get(kube: Kube, namespace: str, obj: dict) -> tuple[dict | None, bool]:
    """The object as it exists, None where it does not; and whether it may be read."""
    try:
        entry = kube.kind(obj["apiVersion"], obj["kind"])
        return kube.get(entry, namespace if entry.namespaced else None, obj["metadata"]["name"]), True
    except KindMissing:
        return None, True  # its CRD is gone, and with it every such object
    except KubeError as error:
        if error.status != 403:
            raise
        return None, False


def read_all_ours(kube: Kube, namespace: str, name: str) -> list:
    """Every object of this release that can be found without a record."""
    return [item for item in _labelled(kube, namespace, name) if ownership.is_ours(item, name)]


def read_all_of_others(kube: Kube, namespace: str, name: str) -> list:
    """Every object that carries this release's label, such as those of a Helm release of its name, and is not its."""
    found = _labelled(kube, namespace, name)
    return [item for item in found if not ownership.is_held(item) and not item["metadata"].get("deletionTimestamp")]


def _labelled(kube: Kube, namespace: str, name: str) -> list:
    """Of the kinds that this collection knows and may list."""
    found = []
    for entry in kinds.that_people_make():
        try:
            kind = kube.served_kind(entry.api_version, entry.kind)
            listed = kube.list(kind, namespace, f"{INSTANCE}={name}")["items"]
        except KindMissing:
            continue
        except KubeError as error:
            if error.status not in (403, 404):
                raise
            continue
        found += listed
    return found


def is_missing(kube: Kube, namespace: str) -> bool:
    """Whether the namespace does not exist. Without permission to read it, it is assumed to."""
    try:
        return kube.get(kinds.find("Namespace"), None, namespace) is None
    except KubeError as error:
        if error.status == 403:
            return False
        raise


def has_deployment(kube: Kube, namespace: str, name: str) -> bool:
    """Whether a Deployment of this release stands; False where they may not be listed."""
    return bool(deployments_of(kube, namespace, name))


def deployments_of(kube: Kube, namespace: str, name: str) -> list | None:
    """Those of this release; None where they may not be listed."""
    try:
        listed = kube.list(kinds.find("Deployment"), namespace, f"{INSTANCE}={name}")["items"]
    except KubeError as error:
        if error.status != 403:
            raise
        return None
    return [item for item in listed if ownership.is_ours(item, name)]


def autoscalers_of(kube: Kube, namespace: str, workload: dict) -> list | None:
    """The HPAs that scale a workload, whoever made them, but for those that are being deleted; None where they may
    not be listed."""
    try:
        listed = kube.list(kinds.find("HorizontalPodAutoscaler"), namespace)["items"]
    except KubeError as error:
        if error.status != 403:
            raise
        return None
    standing = [item for item in listed if not item["metadata"].get("deletionTimestamp")]
    return [item for item in standing if object_set.autoscaler_of([item], workload)]


def may_exist(kube: Kube, namespace: str, name: str, obj: dict) -> bool:
    """Whether a recorded object exists and is still of this release; True when it may not be read."""
    current, readable = _get(kube, namespace, obj)
    if current is None:
        return not readable
    # A Namespace has no instance label, so only the label of another release counts.
    labels = current["metadata"].get("labels") or {}
    return ownership.is_held(current) and labels.get(INSTANCE, name) == name


def held(kube: Kube, namespace: str, recorded: dict) -> dict | None:
    """An object that was adopted as it stands, where it is still a release's, and neither given back nor removed."""
    kind = kube.kind(recorded["apiVersion"], recorded["kind"])
    at = kube.get(kind, namespace, recorded["metadata"]["name"])
    return at if at is not None and ownership.is_held(at) else None

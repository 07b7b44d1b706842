# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A namespace that a run made for a release which then came to nothing: removed, unless something is in it."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import ownership, revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.drift import CONTROL_PLANE

PATIENCE = 20.0
# Made by controllers that may own none of their fields; the last three are OpenShift's.
OF_EVERY_NAMESPACE = {
    ("ServiceAccount", "default"),
    ("ConfigMap", "kube-root-ca.crt"),
    ("ServiceAccount", "builder"),
    ("ServiceAccount", "deployer"),
    ("ConfigMap", "openshift-service-ca.crt"),
}


def remove(kube: Kube, made: dict) -> str:
    """A sentence about what became of it. What cannot be read may be in it: then it stands."""
    name = made["metadata"]["name"]
    kube.deadline = time.monotonic() + PATIENCE
    try:
        found = _content(kube, name)
        if found:
            return f"namespace {name}, which this run made, stands, for it holds {', '.join(found[:5])}"
        kube.delete(made, None)
    except KubeError as error:
        return f"namespace {name}, which this run made, stands: whether it is empty, or its removal, failed ({error})"
    return f"namespace {name}, which this run made, is removed again"


def _content(kube: Kube, namespace: str) -> list[str]:
    """Everything that people made in it, of whatever kind. Raises KubeError, also for a kind that may not be listed."""
    found = [at for kind in _kinds(kube) for at in kube.list(kind, namespace)["items"]]
    return list(dict.fromkeys(label(at) for at in found if not is_left_out(at)))


def _kinds(kube: Kube) -> list[kinds.Kind]:
    """Every kind of object that can be made in a namespace, in the version that the server prefers."""
    groups = kube.request("GET", "/apis").get("groups") or []
    versions = ["v1", *(group["preferredVersion"]["groupVersion"] for group in groups)]
    return [
        kinds.Kind(resource["kind"], version, resource["name"], 0)
        for version in versions
        for resource in _resources(kube, version)
        if resource["namespaced"] and "/" not in resource["name"] and {"create", "list"} <= set(resource["verbs"])
    ]


def _resources(kube: Kube, version: str) -> list[dict]:
    return kube.request("GET", "/api/v1" if version == "v1" else f"/apis/{version}").get("resources") or []


def is_left_out(at: dict) -> bool:
    """What a namespace has by itself, made by Kubernetes alone, and what we recorded of the release."""
    managers = set(ownership.managers(at))
    by_itself = (at["kind"], at["metadata"]["name"]) in OF_EVERY_NAMESPACE
    return by_itself or at.get("type") == revisions.SECRET_TYPE or (bool(managers) and managers <= CONTROL_PLANE)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workloads of a set beside the Deployment: said when they are not ready, and freed when they are stuck."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    is_ready,
    label,
    selector_parameter,
)

KINDS = ("Deployment", "StatefulSet", "DaemonSet")
REVISION_LABEL = "controller-revision-hash"
# Seconds that the controller may take to see what was put back, and a pod to come again.
SEEN, READY, POLL = 10.0, 30.0, 0.5


def unready(kube: Kube, namespace: str, objects: list) -> list[str]:
    """A sentence for each of them that does not have all its pods yet. What may not be read is not known."""
    read = [_read(kube, namespace, obj) for obj in others(objects)]
    return [text for at in read if at is not None and (text := lack(at))]


def lack(at: dict) -> str:
    """What one of them lacks; "" for nothing."""
    if not _is_seen(at):
        return f"{label(at)} was changed just now: whether its pods become ready is not known, and not waited for"
    desired, ready = counts(at)
    if ready < desired:
        return f"{label(at)} has {ready} of {desired} pods ready, and is not waited for"
    if (left := outdated(at)) > 0:
        return f"{label(at)} has {left} of {desired} pods to replace, and is not waited for"
    return ""


def free(kube: Kube, namespace: str, objects: list, say: Callable[[str], None]) -> list[str]:
    """Removes pods for which a StatefulSet that was put back would wait for ever: Kubernetes replaces a pod of another
    revision only once it is ready. Returns a sentence for each that may not be removed."""
    left, freed = [], []
    for obj in [obj for obj in others(objects) if obj["kind"] == "StatefulSet"]:
        at = _seen(kube, namespace, obj)
        if at is None:
            continue
        for pod in stuck(at, _pods(kube, namespace, at)):
            try:
                kube.delete(pod, namespace)
                freed.append(obj)
                say(f"{label(pod)} of the failed revision is removed: {label(obj)} would wait for it")
            except KubeError as error:
                if error.status == 401:
                    raise
                left.append(
                    f"{label(obj)} waits for {label(pod)} of the failed revision, which could not be removed "
                    f"({error.answer}): kubectl -n {namespace} delete pod {pod['metadata']['name']}"
                )
    until = min(time.monotonic() + READY, kube.deadline)
    while freed and time.monotonic() < until and unready(kube, namespace, freed):
        time.sleep(POLL)
    return left


def others(objects: list) -> list[dict]:
    deployment = object_set.deployment_of(objects)
    return [obj for obj in objects if obj["kind"] in KINDS and obj is not deployment]


def counts(at: dict) -> tuple[int, int]:
    """How many pods it asks for, and how many are ready."""
    status = at.get("status") or {}
    if at["kind"] == "DaemonSet":
        return status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    return at["spec"].get("replicas", 1), status.get("readyReplicas", 0)


def outdated(at: dict) -> int:
    """How many pods its controller has still to replace, of those that it replaces by itself."""
    spec, status, desired = at["spec"], at.get("status") or {}, counts(at)[0]
    strategy = spec.get("updateStrategy") or spec.get("strategy") or {}
    if strategy.get("type") == "OnDelete":
        return 0
    if at["kind"] == "DaemonSet":
        return desired - status.get("updatedNumberScheduled", 0)
    kept = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    return desired - kept - status.get("updatedReplicas", 0)


def stuck(at: dict, pods: list) -> list[dict]:
    """Pods of a StatefulSet that are of another revision than it is to have, and not ready. Where all are replaced at
    once, or by hand, none is waited for."""
    spec, status = at["spec"], at.get("status") or {}
    strategy = (spec.get("updateStrategy") or {}).get("type", "RollingUpdate")
    if spec.get("podManagementPolicy", "OrderedReady") != "OrderedReady" or strategy != "RollingUpdate":
        return []
    wanted = status.get("updateRevision")
    mine = [pod for pod in pods if any(ref["uid"] == at["metadata"]["uid"] for ref in _owners(pod))]
    return [pod for pod in mine if _revision(pod) not in (wanted, None) and wanted and not is_ready(pod)]


def _owners(pod: dict) -> list:
    return pod["metadata"].get("ownerReferences") or []


def _revision(pod: dict) -> str | None:
    return (pod["metadata"].get("labels") or {}).get(REVISION_LABEL)


def _seen(kube: Kube, namespace: str, obj: dict) -> dict | None:
    """It, once its controller has seen what was put back."""
    until = min(time.monotonic() + SEEN, kube.deadline)
    while True:
        at = _read(kube, namespace, obj)
        if at is None or _is_seen(at) or time.monotonic() >= until:
            return at
        time.sleep(POLL)


def _is_seen(at: dict) -> bool:
    return (at.get("status") or {}).get("observedGeneration", 0) >= at["metadata"].get("generation", 0)


def _pods(kube: Kube, namespace: str, at: dict) -> list:
    try:
        return kube.list(find("Pod"), namespace, selector_parameter(at["spec"]["selector"]))["items"]
    except KubeError as error:
        if error.status != 403:
            raise
        return []


def _read(kube: Kube, namespace: str, obj: dict) -> dict | None:
    try:
        return kube.get(kube.kind(obj["apiVersion"], obj["kind"]), namespace, obj["metadata"]["name"])
    except KubeError as error:
        if error.status != 403:
            raise
        return None

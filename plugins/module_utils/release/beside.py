# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workloads of a set beside the Deployment: what they lack, and which pods keep one of them from going on. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    condition,
    container_statuses,
    is_ready,
    label,
)

KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job")
REVISION_LABEL = "controller-revision-hash"


def others(objects: list) -> list[dict]:
    deployment = object_set.deployment_of(objects)
    return [obj for obj in objects if obj["kind"] in KINDS and obj is not deployment]


def lack(at: dict) -> str:
    """What one of them lacks; "" for nothing."""
    if at["kind"] == "Job":
        failed = condition(at, "Failed")
        said = failed.get("message") or failed.get("reason", "")
        return f"{label(at)} failed: {said}" if failed.get("status") == "True" else ""
    if not is_seen(at):
        return f"{label(at)} was changed just now: whether its pods become ready is not known"
    desired, ready = counts(at)
    if ready < desired:
        return f"{label(at)} has {ready} of {desired} pods ready"
    if (left := outdated(at)) > 0:
        return f"{label(at)} has {left} of {desired} pods to replace"
    return ""


def is_seen(at: dict) -> bool:
    return (at.get("status") or {}).get("observedGeneration", 0) >= at["metadata"].get("generation", 0)


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


def is_failing(pod: dict) -> bool:
    """Whether a pod that is not ready has failed: it found no node, its container cannot start, or was started again.
    One that takes long to start is none."""
    if condition(pod, "PodScheduled").get("reason") == "Unschedulable":
        return True
    return any(_has_failed(status) for status in container_statuses(pod))


def _has_failed(status: dict) -> bool:
    waiting = ((status.get("state") or {}).get("waiting") or {}).get("reason")
    ended = (status.get("state") or {}).get("terminated") or {}
    restarted = bool(status.get("restartCount")) and not status.get("ready")
    return restarted or bool(ended.get("exitCode")) or waiting not in (None, "ContainerCreating", "PodInitializing")


def _owners(pod: dict) -> list:
    return pod["metadata"].get("ownerReferences") or []


def _revision(pod: dict) -> str | None:
    return (pod["metadata"].get("labels") or {}).get(REVISION_LABEL)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits with which no container can start. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import container_statuses, quantity
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    Detection,
    of_pod,
    unready,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

# Bytes; about what the container runtime itself needs to start a process.
LEAST_MEMORY = 4 * 1024**2
# With FailedMount: volumes in memory, such as the ServiceAccount's token, are no larger than the memory limit.
_TROUBLE = ("FailedCreatePodSandBox", "FailedMount", "Failed", "BackOff")


def memory_limit_too_small(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that fail to start and have a memory limit of next to nothing: mostly a unit that was mistyped."""
    for pod in unready(snapshot):
        limit, container = _smallest(pod)
        if limit and quantity(limit) < LEAST_MEMORY and _in_trouble(snapshot, pod):
            yield of_pod(pod, f"the memory limit {limit} is {_amount(limit)}; {_meant(limit)}", container)


def _smallest(pod: dict) -> tuple[str | None, str | None]:
    """The smallest memory limit of a pod's containers, and that container's name."""
    spec = pod.get("spec") or {}
    limits = [
        (((entry.get("resources") or {}).get("limits") or {}).get("memory"), entry["name"])
        for entry in (spec.get("initContainers") or []) + (spec.get("containers") or [])
    ]
    given = [(limit, name) for limit, name in limits if limit]
    return min(given, key=lambda entry: quantity(entry[0]), default=(None, None))


def _in_trouble(snapshot: Snapshot, pod: dict) -> bool:
    if any(event.get("reason") in _TROUBLE for event in snapshot.new_events_of(pod)):
        return True
    return any(
        "terminated" in {**(status.get("state") or {}), **(status.get("lastState") or {})}
        for status in container_statuses(pod)
    )


def _amount(limit: str) -> str:
    return f"{quantity(limit):g} bytes"


def _meant(limit: str) -> str:
    if limit[-1:] == "m":
        return f"m stands for thousandths: {limit}i is not a unit, {limit[:-1]}Mi is megabytes"
    return f"no container starts with less than {LEAST_MEMORY // 1024**2}Mi"

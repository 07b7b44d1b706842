# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detectors for readiness gates: conditions by which others, such as a cloud's load balancer, hold a pod back. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import condition, is_true
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    Detection,
    of_pod,
    unready,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

# Who sets the condition: GKE's for its network endpoint groups, and AWS' controller for its target groups.
GKE = "cloud.google.com/load-balancer-neg-ready"
AWS = "target-health.elbv2.k8s.aws/"


def held_by_gke(snapshot: Snapshot) -> Iterator[Detection]:
    yield from _held(snapshot, lambda gate: gate == GKE)


def held_by_aws(snapshot: Snapshot) -> Iterator[Detection]:
    yield from _held(snapshot, lambda gate: gate.startswith(AWS))


def held(snapshot: Snapshot) -> Iterator[Detection]:
    yield from _held(snapshot, lambda _gate: True)


def _held(snapshot: Snapshot, chosen) -> Iterator[Detection]:
    """Pods whose containers are all ready, and that a chosen gate holds back."""
    for pod in unready(snapshot):
        if not is_true(pod, "ContainersReady"):
            continue
        for gate in (entry["conditionType"] for entry in pod["spec"].get("readinessGates") or []):
            if chosen(gate) and not is_true(pod, gate):
                yield of_pod(pod, f"its containers are ready, and the condition {gate} is not True: {_why(pod, gate)}")
                break


def _why(pod: dict, gate: str) -> str:
    found = condition(pod, gate)
    if not found:
        return "nobody has set it yet"
    return ": ".join(text for text in (found.get("reason"), found.get("message")) if text) or found.get("status", "")

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many pods of one size fit on the nodes. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import is_true, quantity, requests

GIBI = 1024**3
# The kubelet's default, for a node without a limit.
PODS_A_NODE = "110"


@dataclass(frozen=True)
class Capacity:
    """``nodes``: the number of ready, schedulable nodes. ``pods``: how many pods of ``cpu`` cores and ``memory`` bytes
    fit on them when they are empty."""

    nodes: int
    pods: int
    cpu: float
    memory: float

    @property
    def text(self) -> str:
        size = f"{self.cpu:g} CPU and {self.memory / GIBI:.2f}Gi"
        return f"{self.nodes} ready nodes would hold {self.pods} pods of {size} if they were empty"


def capacity(nodes: list, pod_spec: dict) -> Capacity:
    """By the pod's requests of cpu and memory; taints, affinity and other resources are not considered."""
    cpu, memory = requests(pod_spec, "cpu"), requests(pod_spec, "memory")
    usable = [node for node in nodes if is_true(node, "Ready") and not (node.get("spec") or {}).get("unschedulable")]
    return Capacity(len(usable), sum(_pods(node, cpu, memory) for node in usable), cpu, memory)


def _pods(node: dict, cpu: float, memory: float) -> int:
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    counts = [int(quantity(allocatable.get("pods", PODS_A_NODE)))]
    counts += [
        times(quantity(allocatable.get(name)), request)
        for name, request in (("cpu", cpu), ("memory", memory))
        if request
    ]
    return min(counts)


def times(amount: float, each: float) -> int:
    """How often ``each`` fits into ``amount``, at least 0. Rounded, so that 4 cores hold 40 pods of 0.1."""
    return max(0, math.floor(round(amount / each, 6)))

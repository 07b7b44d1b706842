# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many pods of one size a namespace's ResourceQuotas admit. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.capacity import times
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    limits,
    name_of,
    quantity,
    requests,
)

COUNTS = ("pods", "count/pods")
# Resources that a quota may name without the prefix "requests.".
REQUESTED = ("cpu", "memory", "ephemeral-storage")
SIZES = ("memory", "ephemeral-storage")


@dataclass(frozen=True)
class Allowance:
    """One entry of a quota that limits the pods: ``hard`` as written, ``used`` and ``need`` (of one pod) as numbers."""

    quota: str
    name: str
    hard: str
    used: float
    need: float

    @property
    def pods(self) -> int:
        """How many pods it admits when it is unused."""
        return times(quantity(self.hard), self.need)

    def needed(self, pods: int) -> str:
        """What so many pods need, as one writes it."""
        value = pods * self.need
        if self.name.partition(".")[2] not in SIZES and self.name not in SIZES:
            return f"{value:g}"
        return f"{value / 1024**3:.3g}Gi" if value >= 1024**3 else f"{value / 1024**2:.3g}Mi"

    @property
    def variable(self) -> str:
        """The role's, by which a pod needs less of it."""
        if self.name in COUNTS:
            return "model_serving_replicas (model_serving_autoscaling_min_replicas)"
        section, dot, resource = self.name.partition(".")
        kind = "limit" if dot and section == "limits" else "request"
        return f"model_serving_{(resource if dot else self.name).replace('-', '_')}_{kind}"

    @property
    def more_pods(self) -> int:
        """How many more pods it admits, beside all that is used."""
        return times(quantity(self.hard) - self.used, self.need)


def allowances(quotas: list, pod_spec: dict) -> Iterator[Allowance]:
    """Every entry of every quota that such a pod uses. Scopes are not considered."""
    for quota in quotas:
        status = quota.get("status") or {}
        used = status.get("used") or {}
        for name, hard in (status.get("hard") or (quota.get("spec") or {}).get("hard") or {}).items():
            need = need_of(pod_spec, name)
            if need:
                yield Allowance(name_of(quota), name, hard, quantity(used.get(name)), need)


def need_of(pod_spec: dict, name: str) -> float:
    """What one pod uses of a quota's entry, 0 for an entry of another resource."""
    if name in COUNTS:
        return 1.0
    section, dot, resource = name.partition(".")
    if dot and section == "limits":
        return limits(pod_spec, resource)
    if dot and section == "requests":
        return requests(pod_spec, resource)
    return requests(pod_spec, name) if name in REQUESTED else 0.0

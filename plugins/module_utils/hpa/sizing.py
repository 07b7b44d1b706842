# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what containers request with what a VerticalPodAutoscaler recommends. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label, quantity
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot, targeted

TOO_HIGH, TOO_LOW, FITS, UNKNOWN = "too high", "too low", "fits", "no request"
MEBI = 1024**2


@dataclass(frozen=True)
class Sizing:
    """One resource of one container, in cores or bytes. ``target`` is the VPA's recommendation; ``lower`` and ``upper``
    are its bounds, which narrow the longer it has measured."""

    container: str
    resource: str
    requested: float
    target: float
    lower: float
    upper: float

    @property
    def verdict(self) -> str:
        if not self.requested:
            return UNKNOWN
        if self.requested > self.upper:
            return TOO_HIGH
        return TOO_LOW if self.requested < self.lower else FITS

    @property
    def ratio(self) -> float:
        """Requested divided by recommended."""
        return round(self.requested / self.target, 2)

    @property
    def text(self) -> str:
        requested, needed = amount(self.resource, self.requested), amount(self.resource, self.target)
        what = f"container {self.container} requests {requested} of {self.resource}"
        return f"{what}, {self.ratio:g} times what it needs: set {needed}"

    def as_dict(self) -> dict:
        amounts = {
            name: amount(self.resource, value)
            for name, value in asdict(self).items()
            if name not in ("container", "resource")
        }
        about = {"container": self.container, "resource": self.resource}
        return {**about, **amounts, "ratio": self.ratio, "verdict": self.verdict}


def amount(resource: str, value: float) -> str:
    """A quantity such as 250Mi or 26m, rounded up: a request must not be lower than what is needed."""
    if resource == "memory":
        return f"{math.ceil(value / MEBI)}Mi"
    return f"{math.ceil(round(value * 1000, 6))}m"


def sizings(snapshot: ScalingSnapshot) -> list[Sizing]:
    """One for each resource that a VPA of the autoscaler's target recommends."""
    return [
        sizing
        for vpa in vpas(snapshot)
        for entry in recommended(vpa)
        for resource in sorted(entry.get("target") or {})
        if (sizing := sizing_of(snapshot, entry, resource)).target
    ]


def vpas(snapshot: ScalingSnapshot) -> list[dict]:
    return [
        entry
        for entry in snapshot.vpas or []
        if targeted(entry["spec"].get("targetRef") or {}, *snapshot.target_label.split("/"))
    ]


def recommended(vpa: dict) -> list[dict]:
    return ((vpa.get("status") or {}).get("recommendation") or {}).get("containerRecommendations") or []


def sizing_of(snapshot: ScalingSnapshot, entry: dict, resource: str) -> Sizing:
    containers = snapshot.template.get("containers") or []
    container = next((one for one in containers if one["name"] == entry["containerName"]), {})
    requests = (container.get("resources") or {}).get("requests") or {}
    target = quantity(entry["target"][resource])
    return Sizing(
        entry["containerName"],
        resource,
        quantity(requests.get(resource)),
        target,
        quantity((entry.get("lowerBound") or {}).get(resource, target)),
        quantity((entry.get("upperBound") or {}).get(resource, target)),
    )


def requests_too_high(snapshot: ScalingSnapshot) -> Iterator[str]:
    return (sizing.text for sizing in sizings(snapshot) if sizing.verdict == TOO_HIGH)


def requests_too_low(snapshot: ScalingSnapshot) -> Iterator[str]:
    return (sizing.text for sizing in sizings(snapshot) if sizing.verdict == TOO_LOW)


def nothing_recommended(snapshot: ScalingSnapshot) -> Iterator[str]:
    return (f"{label(vpa)} has no recommendation yet" for vpa in vpas(snapshot) if not recommended(vpa))

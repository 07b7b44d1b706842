# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An autoscaler and all that it depends on, as the API server returned them at one moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    condition,
    is_ready,
    matches,
    owned_by,
    quantity,
)

# The controller's default tolerance.
TOLERANCE = 0.1
_FIELD = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}


@dataclass(frozen=True)
class Metric:
    """One metric of the autoscaler: its target and its current value.

    Both are in percent where ``unit`` is "%", else plain numbers. ``current`` is None without a value in the
    autoscaler's status.
    """

    kind: str
    name: str
    container: str | None
    unit: str
    target: float
    current: float | None

    @property
    def label(self) -> str:
        return f"{self.name} of container {self.container}" if self.container else self.name

    @property
    def text(self) -> str:
        current = "unknown" if self.current is None else f"{self.current:g}{self.unit}"
        return f"{self.label} {current} of {self.target:g}{self.unit}"

    def as_dict(self) -> dict:
        return {
            "type": self.kind,
            "name": self.label,
            "unit": self.unit,
            "target": self.target,
            "current": self.current,
        }


@dataclass
class ScalingSnapshot:
    """Plain API objects. A field that may not be read is None, and ``unreadable`` has why: {what: why}.

    ``apis``: for each metrics API in use "available", "absent" or its error. ``metric_names``: the names that the
    custom metrics API lists, None when it was not read. ``scales``: the selector of each other autoscaler's target, by
    the autoscaler's name. ``node_autoscaler``: present, absent or unknown. ``now``: epoch seconds.
    """

    hpa: dict
    hpas: list = field(default_factory=list)
    scaled_object: dict | None = None
    scaled_objects: list | None = field(default_factory=list)
    target: dict | None = None
    scale: dict | None = None
    scales: dict = field(default_factory=dict)
    replicasets: list = field(default_factory=list)
    pods: list = field(default_factory=list)
    pod_metrics: list | None = field(default_factory=list)
    vpas: list | None = field(default_factory=list)
    quotas: list | None = field(default_factory=list)
    nodes: list | None = field(default_factory=list)
    events: list = field(default_factory=list)
    apis: dict = field(default_factory=dict)
    metric_names: list | None = None
    unreadable: dict = field(default_factory=dict)
    node_autoscaler: str = "unknown"
    now: float = 0.0

    @property
    def reference(self) -> dict:
        return self.hpa["spec"]["scaleTargetRef"]

    @property
    def target_label(self) -> str:
        return f"{self.reference['kind']}/{self.reference['name']}"

    @property
    def minimum(self) -> int:
        return self.hpa["spec"].get("minReplicas", 1)

    @property
    def maximum(self) -> int:
        return self.hpa["spec"]["maxReplicas"]

    @property
    def status(self) -> dict:
        return self.hpa.get("status") or {}

    @property
    def desired(self) -> int:
        """The autoscaler's desired replicas; before its first computation those in the target's spec."""
        specified = ((self.scale or {}).get("spec") or {}).get("replicas", 0)
        return self.status.get("desiredReplicas") or specified

    @property
    def current(self) -> int:
        return self.status.get("currentReplicas", 0)

    @property
    def template(self) -> dict:
        """The target's pod spec; {} without one, as in a custom resource."""
        return ((self.target or {}).get("spec") or {}).get("template", {}).get("spec", {})

    @cached_property
    def selector(self) -> str:
        """The selector of the scale subresource, as text. The autoscaler counts the pods that it matches."""
        return ((self.scale or {}).get("status") or {}).get("selector") or ""

    @cached_property
    def selected_pods(self) -> list:
        """The pods that the autoscaler counts: all that the selector matches, whatever their owner."""
        selector = parse_selector(self.selector)
        return [pod for pod in self.pods if matches(selector, pod["metadata"].get("labels")) and _alive(pod)]

    @cached_property
    def owned_pods(self) -> list:
        """The selected pods that belong to the target, directly or through a ReplicaSet."""
        uid = (self.target or {}).get("metadata", {}).get("uid")
        owners = {uid} | {entry["metadata"]["uid"] for entry in self.replicasets if uid and owned_by(entry, uid)}
        return [pod for pod in self.selected_pods if any(owned_by(pod, owner) for owner in owners if owner)]

    @cached_property
    def ready_pods(self) -> list:
        return [pod for pod in self.owned_pods if is_ready(pod)]

    @cached_property
    def metrics(self) -> list[Metric]:
        """All metrics in the spec. The API server fills in the default of 80 % CPU."""
        current = self.status.get("currentMetrics") or []
        return [_metric(entry, current, self._requested) for entry in self.hpa["spec"].get("metrics") or []]

    def _requested(self, resource: str) -> float:
        containers = self.template.get("containers") or []
        return sum(
            quantity(((entry.get("resources") or {}).get("requests") or {}).get(resource)) for entry in containers
        )

    def tolerance(self, direction: str) -> float:
        """``direction``: scaleUp or scaleDown."""
        behavior = (self.hpa["spec"].get("behavior") or {}).get(direction) or {}
        given = behavior.get("tolerance")
        return quantity(given) if given is not None else TOLERANCE

    @property
    def down_window(self) -> int:
        """Seconds for which a lower recommendation must hold before the autoscaler follows it."""
        behavior = (self.hpa["spec"].get("behavior") or {}).get("scaleDown") or {}
        return behavior.get("stabilizationWindowSeconds", 300)

    def condition(self, kind: str) -> dict:
        return condition(self.hpa, kind)


def targeted(reference: dict, kind: str, name: str) -> bool:
    return reference.get("kind", "Deployment") == kind and reference.get("name") == name


def parse_selector(text: str) -> dict:
    """A selector in text form ("a=b,c in (d,e),!f") as a LabelSelector."""
    expressions, rest = [], text
    while rest:
        part, rest = _next_requirement(rest)
        expressions += [_requirement(part)] if part else []
    return {"matchExpressions": expressions}


def _next_requirement(text: str) -> tuple[str, str]:
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            return text[:place].strip(), text[place + 1 :]
    return text.strip(), ""


def _requirement(part: str) -> dict:
    for word, operator in ((" notin ", "NotIn"), (" in ", "In")):
        if word in part:
            key, _word, values = part.partition(word)
            listed = [value.strip() for value in values.strip(" ()").split(",")]
            return {"key": key.strip(), "operator": operator, "values": listed}
    if "!=" in part:
        key, _sign, value = part.partition("!=")
        return {"key": key.strip(), "operator": "NotIn", "values": [value.strip()]}
    if "=" in part:
        key, _sign, value = part.replace("==", "=").partition("=")
        return {"key": key.strip(), "operator": "In", "values": [value.strip()]}
    return {"key": part.lstrip("!"), "operator": "DoesNotExist" if part.startswith("!") else "Exists"}


def _alive(pod: dict) -> bool:
    return (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")


def _metric(spec: dict, current: list, requested) -> Metric:
    kind = spec["type"]
    described = spec[_FIELD[kind]]
    name = described.get("name") or described.get("metric", {}).get("name", "")
    container = described.get("container")
    target = described["target"]
    percent = target.get("type") == "Utilization"
    wanted = target.get("averageUtilization") if percent else target.get("averageValue", target.get("value"))
    value = _current(kind, name, container, current)
    return Metric(
        kind,
        name,
        container,
        "%" if percent else "",
        float(wanted) if percent else quantity(wanted),
        _value(value, percent, requested(name) if kind == "Resource" else 0.0),
    )


def _current(kind: str, name: str, container: str | None, current: list) -> dict | None:
    for entry in current:
        described = entry.get(_FIELD[kind]) if entry.get("type") == kind else None
        if not described:
            continue
        own_name = described.get("name") or described.get("metric", {}).get("name")
        if (own_name, described.get("container")) == (name, container):
            return described.get("current") or {}
    return None


def _value(status: dict | None, percent: bool, requested: float) -> float | None:
    """A metric's value in percent or as a number. None without one: a status may name a metric and give no value."""
    if not status:
        return None
    if percent:
        if status.get("averageUtilization") is not None:
            return float(status["averageUtilization"])
        given = status.get("averageValue")
        return round(100 * quantity(given) / requested, 1) if given is not None and requested else None
    given = status.get("averageValue", status.get("value"))
    return None if given is None else quantity(given)

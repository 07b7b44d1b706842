# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads cause and effect out of what was seen while an autoscaler was under load. Pure: samples in, steps out."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import Metric

RISE = ("load", "metric_above_target", "desired_rose", "event", "pod_ready", "pod_served")
FALL = ("load_ended", "desired_fell", "back")


@dataclass
class Sample:
    """One look. ``at``: seconds since the load was started. ``ready``: names of the target's ready pods. ``served``:
    requests that each new pod has answered. ``events``: messages of rescales since the start. ``load``: what the load
    tells of itself. ``loading``: whether it is still on."""

    at: float
    desired: int
    ready: frozenset
    metrics: list[Metric] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    served: dict[str, float] = field(default_factory=dict)
    load: dict = field(default_factory=dict)
    loading: bool = True


@dataclass(frozen=True)
class Goal:
    """Where it stood before, and how far it must rise. ``tolerance``: of the way up."""

    desired: int
    ready: frozenset
    reach: int
    tolerance: float


def steps(samples: list[Sample], goal: Goal) -> list[dict]:
    """Each step with the seconds from the first answered request, None for a step that has not come."""
    begun = _first(samples, lambda one: one.load.get("first") is not None)
    start = begun.at if begun else 0.0
    loaded = [one for one in samples if one.loading]
    after = [one for one in samples if not one.loading]
    peak = max((one.desired for one in samples), default=goal.desired)
    seen = {
        "load": (begun, lambda one: "the load is answered"),
        "metric_above_target": (_first(loaded, lambda one: above(one, goal)), lambda one: above(one, goal)),
        "desired_rose": (
            _first(loaded, lambda one: one.desired >= goal.reach),
            lambda one: f"desired replicas {goal.desired} → {one.desired}",
        ),
        "event": (_first(samples, lambda one: one.events), lambda one: f"event: {one.events[0]}"),
        "pod_ready": (
            _first(loaded, lambda one: len(one.ready) >= goal.reach and one.ready - goal.ready),
            lambda one: f"{len(one.ready)} pods ready, {len(one.ready - goal.ready)} of them new",
        ),
        "pod_served": (_first(samples, _serving), _serving),
        "load_ended": (after[0] if after and begun else None, lambda one: load_text(one.load)),
        "desired_fell": (
            _first(after, lambda one: one.desired < peak),
            lambda one: f"desired replicas {peak} → {one.desired}",
        ),
        "back": (
            _first(after, lambda one: one.desired <= goal.desired and len(one.ready) <= goal.desired < peak),
            lambda one: f"back at {one.desired} replicas, {len(one.ready)} ready",
        ),
    }
    return [
        {
            "step": name,
            "seconds": round(max(sample.at - start, 0.0), 1) if sample else None,
            "message": text(sample) if sample else "",
        }
        for name, (sample, text) in seen.items()
    ]


def _first(samples: list[Sample], meets) -> Sample | None:
    return next((one for one in samples if meets(one)), None)


def above(sample: Sample, goal: Goal) -> str:
    """The metric that asks for more replicas, "" when none does."""
    for metric in sample.metrics:
        if metric.current is not None and metric.target and metric.current > metric.target * (1 + goal.tolerance):
            return metric.text
    return ""


def _serving(sample: Sample) -> str:
    taken = {name: count for name, count in sample.served.items() if count > 0}
    return ", ".join(f"{name} answered {count:.0f}" for name, count in sorted(taken.items())[:3])


def missing(done: list[dict], wanted: tuple) -> list[str]:
    by_name = {step["step"]: step["seconds"] for step in done}
    return [name for name in wanted if by_name.get(name) is None]


def load_text(load: dict) -> str:
    if "requests" not in load:
        return "it had risen before, without a load of ours"
    if not load.get("requests"):
        return "no request was answered"
    rate = load["requests"] / max(load.get("seconds") or 0.0, 0.1)
    text = f"load ended: {load['requests']} requests, {rate:.0f} a second, {load['failed']} failed"
    if load["failed"] and load.get("words"):
        text += f" ({load['words']})"
    return text + (f", p95 {load['p95']} ms" if load.get("p95") is not None else "")


def curve(samples: list[Sample]) -> list[list]:
    """[seconds, desired, ready] at each change."""
    points: list[list] = []
    for one in samples:
        if not points or points[-1][1:] != [one.desired, len(one.ready)]:
            points.append([round(one.at, 1), one.desired, len(one.ready)])
    return points


def why_not_risen(name: str, samples: list[Sample], goal: Goal, told: list[str]) -> Finding:
    """The finding for a rise that did not come: the first link of the chain that is missing. ``told``: what the
    autoscaler's conditions, or the rollout of its pods, say to that."""
    lacking = missing(steps(samples, goal), RISE)
    last = samples[-1]
    seconds = f"in {last.at:.0f} s"
    reason, message, remedy = {
        "load": (
            "LoadRefused",
            f"no request was answered {seconds}: {last.load.get('words') or 'no word of why'}",
            "See that load.url, load.service, load.path and load.body are right, and that a NetworkPolicy lets the "
            "sender in (load.namespace).",
        ),
        "metric_above_target": (
            "LoadTooSmall",
            f"{load_text(last.load)}; the most that was seen is {_most(samples)}",
            "Raise load.concurrency or load.seconds, or lower the target. A workload that waits instead of computing "
            "does not scale by CPU: use a metric of its queue.",
        ),
        "desired_rose": (
            "DesiredUnmoved",
            f"{_most(samples)}, and it wants {last.desired} replicas, not {goal.reach}, {seconds}",
            "See its conditions and the policies under spec.behavior.scaleUp.",
        ),
        "event": (
            "EventMissing",
            f"it wants {last.desired} replicas and no SuccessfulRescale event came {seconds}",
            "See its conditions: the change of replicas was not taken.",
        ),
        "pod_ready": (
            "PodsNotReady",
            f"it wants {last.desired} replicas, {len(last.ready)} are ready {seconds}",
            "See why the new pods do not start: the evidence says so where it is known.",
        ),
        "pod_served": (
            "NoTraffic",
            f"{len(last.ready - goal.ready)} new pods are ready and answered nothing {seconds}",
            "See that the Service selects them; connections that are kept alive stay with the old pods.",
        ),
    }[lacking[0]]
    return Finding(reason, name, message, remedy, evidence=told, decided=round(last.at, 1))


def why_not_fallen(name: str, samples: list[Sample], goal: Goal, told: list[str]) -> Finding:
    last = samples[-1]
    return Finding(
        "DidNotFall",
        name,
        f"it stands at {last.desired} replicas, {len(last.ready)} ready, and was at {goal.desired} before "
        f"({', '.join(metric.text for metric in last.metrics)})",
        "Raise fall_timeout if it only needs longer; see spec.behavior.scaleDown, and whether other load goes on.",
        evidence=told,
        decided=round(last.at, 1),
    )


def _most(samples: list[Sample]) -> str:
    """The highest value of each metric."""
    best: dict[str, Metric] = {}
    for one in samples:
        for metric in one.metrics:
            held = best.get(metric.label)
            if metric.current is not None and (held is None or metric.current > held.current):
                best[metric.label] = metric
    return ", ".join(metric.text for metric in best.values()) or "no value of any metric"

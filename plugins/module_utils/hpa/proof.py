# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the steps of a proof in samples that were taken under load. Pure: samples in, steps and findings out."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import Metric

RISE = ("load", "metric_above_target", "desired_rose", "event", "pod_ready", "pod_served")
FALL = ("load_ended", "desired_fell", "back")


@dataclass
class Sample:
    """One measurement. ``at``: seconds since the load started. ``ready``: names of the target's ready pods. ``served``:
    requests that each new pod has answered. ``events``: messages of rescales since the start. ``load``: figures of the
    load, as load.loop.Tally.line has them. ``loading``: whether the load still runs."""

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
    """Replicas before the load (``desired``, and the names of the ``ready`` pods) and to ``reach``. ``tolerance``: the
    autoscaler's, for scaling up."""

    desired: int
    ready: frozenset
    reach: int
    tolerance: float


def steps(samples: list[Sample], goal: Goal) -> list[dict]:
    """Each step with its message and the seconds since the first answered request; None when it did not happen."""
    begun = _first(samples, lambda sample: sample.load.get("first") is not None)
    start = begun.at if begun else 0.0
    loaded = [sample for sample in samples if sample.loading]
    after = [sample for sample in samples if not sample.loading]
    peak = max((sample.desired for sample in samples), default=goal.desired)
    found = {
        "load": (begun, lambda sample: "the load is answered"),
        "metric_above_target": (_first(loaded, lambda sample: above(sample, goal)), lambda sample: above(sample, goal)),
        "desired_rose": (
            _first(loaded, lambda sample: sample.desired >= goal.reach),
            lambda sample: f"desired replicas {goal.desired} → {sample.desired}",
        ),
        "event": (_first(samples, lambda sample: sample.events), lambda sample: f"event: {sample.events[0]}"),
        "pod_ready": (
            _first(loaded, lambda sample: len(sample.ready) >= goal.reach and sample.ready - goal.ready),
            lambda sample: f"{len(sample.ready)} pods ready, {len(sample.ready - goal.ready)} of them new",
        ),
        "pod_served": (_first(samples, _serving), _serving),
        "load_ended": (after[0] if after and begun else None, lambda sample: load_text(sample.load)),
        "desired_fell": (
            _first(after, lambda sample: sample.desired < peak),
            lambda sample: f"desired replicas {peak} → {sample.desired}",
        ),
        "back": (
            _first(after, lambda sample: sample.desired <= goal.desired and len(sample.ready) <= goal.desired < peak),
            lambda sample: f"back at {sample.desired} replicas, {len(sample.ready)} ready",
        ),
    }
    return [
        {
            "step": name,
            "seconds": round(max(sample.at - start, 0.0), 1) if sample else None,
            "message": text(sample) if sample else "",
        }
        for name, (sample, text) in found.items()
    ]


def _first(samples: list[Sample], meets) -> Sample | None:
    return next((sample for sample in samples if meets(sample)), None)


def above(sample: Sample, goal: Goal) -> str:
    """The first metric that calls for more replicas, as text; "" when none does."""
    for metric in sample.metrics:
        if metric.current is not None and metric.target and metric.current > metric.target * (1 + goal.tolerance):
            return metric.text
    return ""


def _serving(sample: Sample) -> str:
    serving = {name: count for name, count in sample.served.items() if count > 0}
    return ", ".join(f"{name} answered {count:.0f}" for name, count in sorted(serving.items())[:3])


def missing(done: list[dict], wanted: tuple) -> list[str]:
    """The names of the ``wanted`` steps that did not happen, in their order."""
    by_name = {step["step"]: step["seconds"] for step in done}
    return [name for name in wanted if by_name.get(name) is None]


def load_text(load: dict) -> str:
    if "requests" not in load:
        return "no load was sent: the replicas were up already"
    if not load.get("requests"):
        return "no request was answered"
    rate = load["requests"] / max(load.get("seconds") or 0.0, 0.1)
    text = f"load ended: {load['requests']} requests, {rate:.0f} a second, {load['failed']} failed"
    if load["failed"] and load.get("last_error"):
        text += f" ({load['last_error']})"
    return text + (f", p95 {load['p95']} ms" if load.get("p95") is not None else "")


def curve(samples: list[Sample]) -> list[list]:
    """[seconds, desired, ready] at each change."""
    points: list[list] = []
    for sample in samples:
        if not points or points[-1][1:] != [sample.desired, len(sample.ready)]:
            points.append([round(sample.at, 1), sample.desired, len(sample.ready)])
    return points


def why_not_risen(name: str, samples: list[Sample], goal: Goal, evidence: list[str]) -> Finding:
    """The finding when the replicas did not rise: about the first step that is missing. ``evidence``: the autoscaler's
    conditions, or what is wrong with the rollout of the pods that it asked for."""
    lacking = missing(steps(samples, goal), RISE)
    last = samples[-1]
    seconds = f"in {last.at:.0f} s"
    reason, message, remedy = {
        "load": (
            "LoadRefused",
            f"no request was answered {seconds}: {last.load.get('last_error') or 'no error is known'}",
            "Check load.url, load.service, load.path and load.body, and that the NetworkPolicies admit the sender "
            "(load.namespace).",
        ),
        "metric_above_target": (
            "LoadTooSmall",
            f"{load_text(last.load)}; the highest value was {_highest(samples)}",
            "Raise load.concurrency or load.seconds, or lower the target. A workload that waits more than it computes "
            "does not scale by CPU: use a metric of its queue.",
        ),
        "desired_rose": (
            "DesiredUnmoved",
            f"{_highest(samples)}, but it wants {last.desired} replicas and not {goal.reach} {seconds}",
            "See its conditions and the policies under spec.behavior.scaleUp.",
        ),
        "event": (
            "EventMissing",
            f"it wants {last.desired} replicas, but there was no SuccessfulRescale event {seconds}",
            "See its conditions: the change of replicas was not accepted.",
        ),
        "pod_ready": (
            "PodsNotReady",
            f"it wants {last.desired} replicas, but {len(last.ready)} are ready {seconds}",
            "The evidence says why the new pods do not start, as far as it is known. Else run playbooks/diagnose.yml.",
        ),
        "pod_served": (
            "NoTraffic",
            f"{len(last.ready - goal.ready)} new pods are ready but answered no request {seconds}",
            "Check that the Service selects them. Connections that are kept alive stay with the old pods.",
        ),
    }[lacking[0]]
    return Finding(reason, name, message, remedy, evidence=evidence, decided=round(last.at, 1))


def why_not_fallen(name: str, samples: list[Sample], goal: Goal, evidence: list[str]) -> Finding:
    """The finding when the replicas did not come back down. ``evidence``: the autoscaler's conditions."""
    last = samples[-1]
    return Finding(
        "DidNotFall",
        name,
        f"it is at {last.desired} replicas, {len(last.ready)} ready; before the load it was at {goal.desired} "
        f"({', '.join(metric.text for metric in last.metrics)})",
        "Raise fall_timeout if it only needs longer. See spec.behavior.scaleDown, and whether there is other load.",
        evidence=evidence,
        decided=round(last.at, 1),
    )


def _highest(samples: list[Sample]) -> str:
    """The highest value of each metric."""
    highest: dict[str, Metric] = {}
    for sample in samples:
        for metric in sample.metrics:
            known = highest.get(metric.label)
            if metric.current is not None and (known is None or metric.current > known.current):
                highest[metric.label] = metric
    return ", ".join(metric.text for metric in highest.values()) or "no value of any metric"

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an autoscaler's status and the measurements of its pods say. Each function yields messages."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import condition, epoch, is_ready, name_of
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import Metric, ScalingSnapshot

Messages = Iterator[str]
# Seconds. metrics-server measures every 15 to 60 s; older values are useless.
STALE = 180.0
# Seconds that a new pod may be without metrics: metrics-server has to measure it twice.
FIRST_MEASURE = 90.0


def not_reconciled(snapshot: ScalingSnapshot) -> Messages:
    kinds = [entry.get("type") for entry in snapshot.status.get("conditions") or []]
    if "AbleToScale" not in kinds:
        yield "the controller has not processed it yet"
    elif snapshot.status.get("observedGeneration", _generation(snapshot)) < _generation(snapshot):
        yield "the controller has not processed its latest change yet"


def _generation(snapshot: ScalingSnapshot) -> int:
    return snapshot.hpa["metadata"].get("generation", 0)


def cannot_scale(snapshot: ScalingSnapshot) -> Messages:
    state = snapshot.condition("AbleToScale")
    if state.get("status") == "False" and state.get("reason") not in ("BackoffBoth", "FailedGetScale"):
        yield _text(state)


def scale_unreadable(snapshot: ScalingSnapshot) -> Messages:
    state = snapshot.condition("AbleToScale")
    if state.get("status") == "False" and state.get("reason") == "FailedGetScale":
        yield _text(state)


def metrics_failing(snapshot: ScalingSnapshot) -> Messages:
    state = snapshot.condition("ScalingActive")
    if state.get("status") == "False" and state.get("reason", "").startswith(("FailedGet", "FailedCompute")):
        yield _text(state)


def inactive(snapshot: ScalingSnapshot) -> Messages:
    """ScalingActive is False for another reason, or Unknown."""
    state = snapshot.condition("ScalingActive")
    if state and state.get("status") != "True" and not list(metrics_failing(snapshot)):
        yield _text(state)


def _text(state: dict) -> str:
    return short(f"{state.get('reason')}: {state.get('message')}")


def value_missing(snapshot: ScalingSnapshot) -> Messages:
    missing = [metric.label for metric in snapshot.metrics if metric.current is None]
    if missing:
        yield f"its status has no value of {', '.join(missing)}"


def unmeasured(snapshot: ScalingSnapshot) -> Messages:
    """Pods that have been ready for a while and have no metrics."""
    if snapshot.pod_metrics is None or "metrics.k8s.io" not in snapshot.apis:
        return
    measured = {name_of(entry) for entry in snapshot.pod_metrics}
    without = [
        name_of(pod)
        for pod in snapshot.ready_pods
        if name_of(pod) not in measured and snapshot.now - _ready_since(pod) > FIRST_MEASURE
    ]
    if without:
        yield f"{len(without)} ready pods have no metrics: {', '.join(sorted(without)[:3])}"


def _ready_since(pod: dict) -> float:
    return epoch(condition(pod, "Ready").get("lastTransitionTime")) or 0.0


def stale(snapshot: ScalingSnapshot) -> Messages:
    ready = {name_of(pod) for pod in snapshot.ready_pods if is_ready(pod)}
    for entry in snapshot.pod_metrics or []:
        taken = epoch(entry.get("timestamp"))
        if name_of(entry) in ready and taken is not None and snapshot.now - taken > STALE:
            yield f"the latest metrics of {name_of(entry)} are {snapshot.now - taken:.0f} s old"
            return


def at_maximum(snapshot: ScalingSnapshot) -> Messages:
    state = snapshot.condition("ScalingLimited")
    if state.get("status") == "True" and state.get("reason") == "TooManyReplicas":
        yield f"it is at maxReplicas {snapshot.maximum} and wants more ({_values(snapshot)})"


def stabilizing(snapshot: ScalingSnapshot) -> Messages:
    """Only above minReplicas: the controller sets this reason at minReplicas too, where nothing can follow."""
    waits = snapshot.condition("AbleToScale").get("reason") == "ScaleDownStabilized"
    if waits and snapshot.current > snapshot.minimum:
        yield f"it will scale down once the lower recommendation has held for {snapshot.down_window} s"


def tolerated(snapshot: ScalingSnapshot) -> Messages:
    """Above the target, but not scaling because the excess is within the tolerance."""
    over = [metric for metric in snapshot.metrics if _within(metric, snapshot.tolerance("scaleUp"))]
    if over and all(metric in over or _below(metric) for metric in snapshot.metrics):
        texts = ", ".join(metric.text for metric in over)
        yield f"{texts}: above the target, but within the tolerance of {snapshot.tolerance('scaleUp'):.0%}"


def _within(metric: Metric, tolerance: float) -> bool:
    return bool(metric.target) and metric.current is not None and 1 < metric.current / metric.target <= 1 + tolerance


def _below(metric: Metric) -> bool:
    return metric.current is None or metric.current <= metric.target


def _values(snapshot: ScalingSnapshot) -> str:
    return ", ".join(metric.text for metric in snapshot.metrics)

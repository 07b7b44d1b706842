# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an autoscaler that runs tells of itself. Each yields messages."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import condition, epoch, is_ready, name_of
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import Metric, ScalingSnapshot

Messages = Iterator[str]
# metrics-server measures every 15 to 60 s; a value that is older than some rounds of that is of no use.
STALE = 180.0
# From its start until metrics-server has measured a pod twice.
FIRST_MEASURE = 90.0


def not_looked(snapshot: ScalingSnapshot) -> Messages:
    kinds = [entry.get("type") for entry in snapshot.status.get("conditions") or []]
    if "AbleToScale" not in kinds:
        yield "the controller has not looked at it yet"
    elif snapshot.status.get("observedGeneration", _generation(snapshot)) < _generation(snapshot):
        yield "the controller has not seen its latest change yet"


def _generation(snapshot: ScalingSnapshot) -> int:
    return snapshot.hpa["metadata"].get("generation", 0)


def cannot_scale(snapshot: ScalingSnapshot) -> Messages:
    told = snapshot.condition("AbleToScale")
    if told.get("status") == "False" and told.get("reason") not in ("BackoffBoth", "FailedGetScale"):
        yield _told(told)


def scale_unreadable(snapshot: ScalingSnapshot) -> Messages:
    told = snapshot.condition("AbleToScale")
    if told.get("status") == "False" and told.get("reason") == "FailedGetScale":
        yield _told(told)


def metrics_failing(snapshot: ScalingSnapshot) -> Messages:
    told = snapshot.condition("ScalingActive")
    if told.get("status") == "False" and told.get("reason", "").startswith(("FailedGet", "FailedCompute")):
        yield _told(told)


def inactive(snapshot: ScalingSnapshot) -> Messages:
    """Any other reason not to scale, and a state that the controller itself does not know."""
    told = snapshot.condition("ScalingActive")
    if told and told.get("status") != "True" and not list(metrics_failing(snapshot)):
        yield _told(told)


def _told(entry: dict) -> str:
    return short(f"{entry.get('reason')}: {entry.get('message')}")


def value_missing(snapshot: ScalingSnapshot) -> Messages:
    missing = [metric.label for metric in snapshot.metrics if metric.current is None]
    if missing:
        yield f"it holds no value of {', '.join(missing)}"


def unmeasured(snapshot: ScalingSnapshot) -> Messages:
    """Ready for a while and still without a measurement."""
    if snapshot.pod_metrics is None or "metrics.k8s.io" not in snapshot.apis:
        return
    measured = {name_of(entry) for entry in snapshot.pod_metrics}
    bare = [
        name_of(pod)
        for pod in snapshot.ready_pods
        if name_of(pod) not in measured and snapshot.now - _ready_since(pod) > FIRST_MEASURE
    ]
    if bare:
        yield f"metrics-server has measured {len(bare)} ready pods not once: {', '.join(sorted(bare)[:3])}"


def _ready_since(pod: dict) -> float:
    return epoch(condition(pod, "Ready").get("lastTransitionTime")) or 0.0


def stale(snapshot: ScalingSnapshot) -> Messages:
    ready = {name_of(pod) for pod in snapshot.ready_pods if is_ready(pod)}
    for entry in snapshot.pod_metrics or []:
        taken = epoch(entry.get("timestamp"))
        if name_of(entry) in ready and taken is not None and snapshot.now - taken > STALE:
            yield f"the last measurement of {name_of(entry)} is {snapshot.now - taken:.0f} s old"
            return


def at_maximum(snapshot: ScalingSnapshot) -> Messages:
    told = snapshot.condition("ScalingLimited")
    if told.get("status") == "True" and told.get("reason") == "TooManyReplicas":
        yield f"it runs maxReplicas {snapshot.maximum} and wants more ({_values(snapshot)})"


def stabilizing(snapshot: ScalingSnapshot) -> Messages:
    """The controller says so at minReplicas too, where there is nothing to wait for."""
    waits = snapshot.condition("AbleToScale").get("reason") == "ScaleDownStabilized"
    if waits and snapshot.current > snapshot.minimum:
        yield f"it would scale down and waits until that has stood for {snapshot.down_window} s"


def tolerated(snapshot: ScalingSnapshot) -> Messages:
    """Above the target and not scaling, because that is within the tolerance."""
    over = [metric for metric in snapshot.metrics if _within(metric, snapshot.tolerance("scaleUp"))]
    if over and all(metric in over or _below(metric) for metric in snapshot.metrics):
        texts = ", ".join(metric.text for metric in over)
        yield f"{texts} is above the target by no more than the tolerance of {snapshot.tolerance('scaleUp'):.0%}"


def _within(metric: Metric, tolerance: float) -> bool:
    return bool(metric.target) and metric.current is not None and 1 < metric.current / metric.target <= 1 + tolerance


def _below(metric: Metric) -> bool:
    return metric.current is None or metric.current <= metric.target


def _values(snapshot: ScalingSnapshot) -> str:
    return ", ".join(metric.text for metric in snapshot.metrics)

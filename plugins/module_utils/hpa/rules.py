# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges whether an autoscaler can scale and does scale. Pure: no requests, no clock.

``RULES`` is a table: what can be wrong, in which part, how long it may last, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.hpa import sizing
from ansible_collections.modelops.serving.plugins.module_utils.hpa import spec_checks as spec
from ansible_collections.modelops.serving.plugins.module_utils.hpa import status_checks as status
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot

PASSED, FAILED, WAITING = "passed", "failed", "waiting"
# FATAL fails at once: it cannot heal. LATE fails when it lasts longer than the grace: metrics may come late. NOTE never
# fails.
FATAL, LATE, NOTE = "fatal", "grace", "note"
STATIC_CHECKS = ("target", "metrics api", "requests", "selector", "one autoscaler", "bounds", "quota", "capacity")
RUNTIME_CHECKS = ("conditions", "values", "freshness", "limits")


@dataclass(frozen=True)
class ScalingRule:
    """``check``: the check that it decides. ``symptom``: "" for a cause. For a symptom the check whose failure explains
    it, or "any"; it is then evidence of that failure and not a finding of its own."""

    reason: str
    check: str
    severity: str
    find: Callable[[ScalingSnapshot], Iterator[str]]
    remedy: str
    symptom: str = ""


RULES = (
    ScalingRule("TargetMissing", "target", FATAL, spec.target_missing, "Create the workload, or fix scaleTargetRef."),
    ScalingRule(
        "TargetNotScalable",
        "target",
        FATAL,
        spec.not_scalable,
        "Name a Deployment, a StatefulSet, or a custom resource that declares the scale subresource.",
    ),
    ScalingRule(
        "ScalingDisabled",
        "target",
        FATAL,
        spec.switched_off,
        "Set the workload's replicas to 1 or more; the autoscaler then takes over.",
    ),
    ScalingRule("ScaledObjectPaused", "target", FATAL, spec.keda_paused, "Remove the annotation."),
    ScalingRule("Idle", "target", NOTE, spec.idle, "Nothing: KEDA starts it when there is work."),
    ScalingRule(
        "MetricsApiMissing",
        "metrics api",
        FATAL,
        spec.api_missing,
        "metrics.k8s.io: install metrics-server. custom.metrics.k8s.io: install prometheus-adapter or KEDA. "
        "external.metrics.k8s.io: install KEDA or a cloud's adapter.",
    ),
    ScalingRule(
        "MetricsApiFails",
        "metrics api",
        LATE,
        spec.api_failing,
        "See the APIService and the pods behind it: kubectl describe apiservice; kubectl -n kube-system logs "
        "deploy/metrics-server.",
    ),
    ScalingRule(
        "ResourceUnknown", "metrics api", FATAL, spec.resource_unknown, "Name cpu or memory, or use a Pods metric."
    ),
    ScalingRule(
        "MetricNameUnknown",
        "metrics api",
        LATE,
        spec.name_unknown,
        "Fix the metric's name, or check that the pods export it and that the adapter has a rule for it.",
    ),
    ScalingRule("ContainerUnknown", "requests", FATAL, spec.container_unknown, "Name a container of the pods."),
    ScalingRule(
        "RequestMissing",
        "requests",
        FATAL,
        spec.request_missing,
        "Give every container, sidecars included, a request for that resource, or use a ContainerResource metric.",
    ),
    ScalingRule(
        "RequestTooHigh",
        "requests",
        NOTE,
        sizing.requests_too_high,
        "Set the request to the amount shown, and review the autoscaler's targets: they are percentages of it.",
    ),
    ScalingRule(
        "RequestTooLow",
        "requests",
        NOTE,
        sizing.requests_too_low,
        "Set the request to the amount shown: on a full node, pods above their request are slowed or evicted first.",
    ),
    ScalingRule(
        "NoRecommendation",
        "requests",
        NOTE,
        sizing.nothing_recommended,
        "Check that the VPA's recommender runs. Its first recommendation takes a few minutes.",
    ),
    ScalingRule(
        "InvalidSelector",
        "selector",
        FATAL,
        spec.selector_missing,
        "Declare labelSelectorPath in the custom resource's scale subresource.",
    ),
    ScalingRule(
        "AmbiguousSelector",
        "selector",
        FATAL,
        spec.selector_ambiguous,
        "Give each workload a selector that does not match the other's pods.",
    ),
    ScalingRule(
        "SelectorTooWide",
        "selector",
        FATAL,
        spec.selector_too_wide,
        "Narrow the selector, or change the other pods' labels: their load is counted as this workload's.",
    ),
    ScalingRule(
        "SeveralAutoscalers",
        "one autoscaler",
        FATAL,
        spec.several_autoscalers,
        "Keep one autoscaler for each workload; it may have several metrics.",
    ),
    ScalingRule(
        "VpaConflict",
        "one autoscaler",
        FATAL,
        spec.vpa_conflict,
        "Set the VPA's updateMode to Off, take the resource out of its controlledResources, or scale by another "
        "metric.",
    ),
    ScalingRule("NoRange", "bounds", FATAL, spec.no_range, "Raise maxReplicas or lower minReplicas."),
    ScalingRule(
        "QuotaTooSmall",
        "quota",
        FATAL,
        spec.quota_too_small,
        "Raise the ResourceQuota, or lower maxReplicas or the requests.",
    ),
    ScalingRule(
        "CapacityShort",
        "capacity",
        NOTE,
        spec.nodes_too_few,
        "Add nodes or a node autoscaler, or lower maxReplicas or the requests.",
    ),
    ScalingRule(
        "ScaledObjectNotReady",
        "conditions",
        LATE,
        spec.keda_not_ready,
        "See kubectl describe scaledobject and the log of keda-operator: trigger, address, authentication.",
    ),
    ScalingRule(
        "FailedGetScale",
        "conditions",
        LATE,
        status.scale_unreadable,
        "Fix scaleTargetRef, or give the controller access to the scale subresource.",
        "target",
    ),
    ScalingRule(
        "CannotScale",
        "conditions",
        LATE,
        status.cannot_scale,
        "The message says what rejects the change of replicas: fix that.",
        "target",
    ),
    ScalingRule(
        "MetricsUnavailable",
        "conditions",
        LATE,
        status.metrics_failing,
        "Check that pods run, that kubectl top pods shows them, and that the metric's name is right.",
        "any",
    ),
    ScalingRule(
        "ScalingInactive",
        "conditions",
        LATE,
        status.inactive,
        "The message is the controller's reason: fix that.",
        "any",
    ),
    ScalingRule(
        "NotReconciled",
        "conditions",
        LATE,
        status.not_reconciled,
        "Check that kube-controller-manager runs; it processes every autoscaler every 15 s.",
    ),
    ScalingRule(
        "ValueMissing",
        "values",
        LATE,
        status.value_missing,
        "Check that pods run, that kubectl top pods shows them, and that the metric's name is right.",
        "any",
    ),
    ScalingRule(
        "PodsUnmeasured", "freshness", LATE, status.unmeasured, "See metrics-server's log for these pods' nodes.", "any"
    ),
    ScalingRule(
        "MetricsStale",
        "freshness",
        LATE,
        status.stale,
        "See metrics-server's log: it no longer reaches the kubelets.",
        "any",
    ),
    ScalingRule(
        "AtMaximum", "limits", NOTE, status.at_maximum, "Raise maxReplicas, or make the pods larger or faster."
    ),
    ScalingRule(
        "Stabilizing", "limits", NOTE, status.stabilizing, "Nothing: wait, or shorten the stabilization window."
    ),
    ScalingRule(
        "WithinTolerance", "limits", NOTE, status.tolerated, "Nothing: it scales once the metric exceeds the tolerance."
    ),
)

# What may not be read never passes. Quota, nodes, VPAs and ScaledObjects give a note; the rest fails.
UNREADABLE = {
    "scale": ("target", LATE, "Grant get on the scale subresource."),
    "pod metrics": ("freshness", LATE, "Grant list pods in metrics.k8s.io."),
    "ScaledObjects": ("one autoscaler", NOTE, "Grant list scaledobjects in keda.sh."),
    "VPAs": ("one autoscaler", NOTE, "Grant list verticalpodautoscalers in autoscaling.k8s.io."),
    "quotas": ("quota", NOTE, "Grant list resourcequotas."),
    "nodes": ("capacity", NOTE, "Grant list nodes."),
}


@dataclass
class ScalingVerdict:
    """``state``: passed, failed or waiting. ``checks``: [{name, state ok|note|unknown|waiting|failed, message}].

    ``seen`` goes into the next call of ``judge``: the ``now`` at which each reason was first found.
    """

    state: str
    checks: list = field(default_factory=list)
    findings: list = field(default_factory=list)
    seen: dict = field(default_factory=dict)


def judge(snapshot: ScalingSnapshot, depth: str, now: float, grace: float, seen: dict | None = None) -> ScalingVerdict:
    """The verdict at ``now`` (seconds since the wait began) for depth static, runtime or causal. ``grace``: seconds."""
    names = STATIC_CHECKS if depth == "static" else STATIC_CHECKS + RUNTIME_CHECKS
    found = _causes_only([entry for entry in _found(snapshot) if entry[1] in names])
    seen = {entry.reason: (seen or {}).get(entry.reason, now) for _rule, _check, entry in found}
    states = dict.fromkeys(names, "ok")
    messages: dict[str, list] = {name: [] for name in names}
    for _rule, check, entry in found:
        entry.since = round(seen[entry.reason], 1)
        state = _state(entry, now - seen[entry.reason], grace)
        entry.decided = round(now, 1) if state == "failed" else None
        states[check] = max(states[check], state, key=("ok", "note", "unknown", "waiting", "failed").index)
        messages[check].append(entry.message)
    checks = [{"name": name, "state": states[name], "message": "; ".join(messages[name])} for name in names]
    state = PASSED
    if "waiting" in states.values():
        state = WAITING
    if "failed" in states.values():
        state = FAILED
    order = {"failed": 0, "waiting": 1}
    found.sort(key=lambda entry: order.get(_state(entry[2], now - seen[entry[2].reason], grace), 2))
    return ScalingVerdict(state, checks, [entry for _rule, _check, entry in found], seen)


def _state(entry: Finding, lasted: float, grace: float) -> str:
    if entry.severity == NOTE:
        return "unknown" if entry.reason == "Unreadable" else "note"
    return "failed" if entry.severity == FATAL or lasted >= grace else "waiting"


def _found(snapshot: ScalingSnapshot) -> list[tuple[ScalingRule | None, str, Finding]]:
    """(rule, check, finding) for everything that is wrong; no rule for what may not be read."""
    found = []
    for what, why in snapshot.unreadable.items():
        check, severity, remedy = UNREADABLE[what]
        message = f"this is unknown, because {what} may not be read: {why}"
        found.append((None, check, Finding("Unreadable", label(snapshot.hpa), message, remedy, severity)))
    for rule in RULES:
        messages = list(rule.find(snapshot))
        if messages:
            finding = Finding(rule.reason, label(snapshot.hpa), "; ".join(messages), rule.remedy, rule.severity)
            found.append((rule, rule.check, finding))
    return found


def _causes_only(found: list) -> list:
    """Without the symptoms whose cause was found too: they become that cause's evidence."""
    causes = [entry for entry in found if not (entry[0] and entry[0].symptom) and entry[2].severity != NOTE]
    kept = []
    for rule, check, finding in found:
        cause = _cause_of(rule, causes) if rule and rule.symptom else None
        if cause is None:
            kept.append((rule, check, finding))
        elif finding.message not in cause.evidence:
            cause.evidence.append(finding.message)
    return kept


def _cause_of(rule: ScalingRule, causes: list) -> Finding | None:
    fitting = [finding for _rule, check, finding in causes if rule.symptom in ("any", check)]
    return fitting[0] if fitting else None

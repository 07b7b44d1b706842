# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules for autoscalers, on snapshots of a real cluster in each situation (tests/recordings/autoscaling.py)."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import matches
from ansible_collections.modelops.serving.plugins.module_utils.hpa import rules as hpa_rules
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot, parse_selector

RECORDINGS = Path(__file__).resolve().parents[4] / "recordings" / "autoscaling"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
GRACE = 60.0


@cache
def recorded(situation: str) -> dict:
    return yaml.load((RECORDINGS / f"{situation}.yml").read_text(), Loader=LOADER)


def snapshot(situation: str, **changed) -> ScalingSnapshot:
    return ScalingSnapshot(**{**copy.deepcopy(recorded(situation)), **changed})


def judged(given: ScalingSnapshot, depth: str = "runtime", now: float = 0.0, seen: dict | None = None):
    return hpa_rules.judge(given, depth, now, GRACE, seen)


def reasons(verdict) -> list[str]:
    return [entry.reason for entry in verdict.findings]


def state_of(verdict, check: str) -> str:
    return next(entry["state"] for entry in verdict.checks if entry["name"] == check)


def test_before_its_first_computation_the_targets_replicas_are_desired():
    fresh = snapshot("healthy")
    desired = fresh.desired
    fresh.hpa["status"].pop("desiredReplicas")
    assert fresh.desired == fresh.scale["spec"]["replicas"] == desired > 0


@pytest.mark.parametrize("situation", ["healthy", "container-metric"])
@pytest.mark.parametrize("depth", ["static", "runtime"])
def test_a_working_autoscaler_passes_every_check(situation, depth):
    verdict = judged(snapshot(situation), depth)
    assert verdict.state == hpa_rules.PASSED
    assert {entry["state"] for entry in verdict.checks} <= {"ok", "note"}
    assert len(verdict.checks) == {"static": 8, "runtime": 12}[depth]


@pytest.mark.parametrize(
    ("situation", "reason", "check", "text"),
    [
        ("no-target", "TargetMissing", "target", "its target Deployment/api does not exist"),
        ("zero", "ScalingDisabled", "target", "at 0 replicas"),
        ("custom", "MetricsApiMissing", "metrics api", "does not serve custom.metrics.k8s.io"),
        ("external", "MetricsApiMissing", "metrics api", "does not serve external.metrics.k8s.io"),
        ("resource-name", "ResourceUnknown", "metrics api", "resource gpu is not measured: only cpu and memory are"),
        ("no-request", "RequestMissing", "requests", "container proxy has no cpu request"),
        ("wrong-container", "ContainerUnknown", "requests", "container server, but the pods have api"),
        (
            "ambiguous",
            "AmbiguousSelector",
            "selector",
            "twin counts the same pods: its selector is app=api",
        ),
        ("other-pod", "SelectorTooWide", "selector", "1 pods that do not belong to Deployment/api: other"),
        ("two-autoscalers", "SeveralAutoscalers", "one autoscaler", "HorizontalPodAutoscaler/other also scales"),
        ("no-range", "NoRange", "bounds", "it cannot scale"),
        ("quota", "QuotaTooSmall", "quota", "admits 2 of maxReplicas 5"),
    ],
)
def test_a_fault_is_named_at_once(situation, reason, check, text):
    for depth in ("static", "runtime"):
        verdict = judged(snapshot(situation), depth)
        assert verdict.state == hpa_rules.FAILED
        assert verdict.findings[0].reason == reason
        assert text in verdict.findings[0].message
        assert verdict.findings[0].remedy
        assert state_of(verdict, check) == "failed"


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        ("at-maximum", "AtMaximum"),
        ("tolerance", "WithinTolerance"),
        ("stabilizing", "Stabilizing"),
        ("capacity", "CapacityShort"),
    ],
)
def test_a_note_fails_nothing(situation, reason):
    verdict = judged(snapshot(situation))
    assert reason in reasons(verdict)
    noted = next(entry for entry in verdict.findings if entry.reason == reason)
    assert noted.severity == hpa_rules.NOTE
    assert not [entry for entry in verdict.findings if entry.severity == hpa_rules.FATAL]


def test_the_symptom_of_a_known_cause_is_its_evidence():
    verdict = judged(snapshot("no-request"))
    assert "MetricsUnavailable" not in reasons(verdict)
    assert any("FailedGetResourceMetric" in line for line in verdict.findings[0].evidence)


def test_a_missing_metrics_server_is_named_before_its_symptoms():
    absent = snapshot("healthy", apis={"metrics.k8s.io": "absent"}, pod_metrics=None)
    absent.hpa["status"]["currentMetrics"] = []
    verdict = judged(absent)
    assert reasons(verdict) == ["MetricsApiMissing"]
    assert "metrics-server" in verdict.findings[0].remedy


class TestGrace:
    def test_late_metrics_fail_only_after_the_grace(self):
        late = snapshot("late")
        first = judged(late, now=0.0)
        assert first.state == hpa_rules.WAITING
        assert judged(late, now=GRACE - 1, seen=first.seen).state == hpa_rules.WAITING
        last = judged(late, now=GRACE, seen=first.seen)
        assert last.state == hpa_rules.FAILED
        assert last.findings[0].since == 0.0
        assert last.findings[0].decided == GRACE

    def test_each_finding_has_a_grace_of_its_own(self):
        first = judged(snapshot("late"), now=0.0)
        broken = snapshot("healthy", apis={"metrics.k8s.io": "503 service unavailable"})
        assert judged(broken, now=GRACE, seen=first.seen).state == hpa_rules.WAITING

    def test_metrics_that_come_within_the_grace_pass(self):
        first = judged(snapshot("late"), now=0.0)
        assert judged(snapshot("healthy"), now=20.0, seen=first.seen).state == hpa_rules.PASSED

    def test_a_failing_api_may_recover(self):
        broken = snapshot("healthy", apis={"metrics.k8s.io": "503 service unavailable"})
        assert judged(broken).state == hpa_rules.WAITING
        assert reasons(judged(broken)) == ["MetricsApiFails"]


class TestUnknownNeverPasses:
    def test_a_condition_that_the_controller_does_not_know(self):
        unknown = snapshot("healthy")
        unknown.hpa["status"]["conditions"] = [
            {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"},
            {"type": "ScalingActive", "status": "Unknown", "reason": "Whatever", "message": "no idea"},
        ]
        assert judged(unknown).state == hpa_rules.WAITING
        assert judged(unknown, now=GRACE, seen={"ScalingInactive": 0.0}).state == hpa_rules.FAILED

    def test_a_metric_without_a_value(self):
        unknown = snapshot("healthy")
        unknown.hpa["status"]["currentMetrics"] = [{"type": "Resource", "resource": {"name": "cpu", "current": {}}}]
        assert reasons(judged(unknown)) == ["ValueMissing"]

    def test_measurements_that_may_not_be_read(self):
        unknown = snapshot("healthy", pod_metrics=None, unreadable={"pod metrics": "403"})
        assert judged(unknown).state == hpa_rules.WAITING

    def test_nodes_that_may_not_be_read_are_reported_as_unknown(self):
        unknown = snapshot("healthy", nodes=None, unreadable={"nodes": "403"})
        verdict = judged(unknown)
        assert verdict.state == hpa_rules.PASSED
        assert state_of(verdict, "capacity") == "unknown"

    def test_old_measurements(self):
        changed = snapshot("healthy")
        changed.now += 3600
        assert reasons(judged(changed)) == ["MetricsStale"]

    def test_ready_pods_without_metrics(self):
        changed = snapshot("healthy", pod_metrics=[])
        changed.now += 3600
        assert reasons(judged(changed)) == ["PodsUnmeasured"]


def vpa(update: str, **policy) -> dict:
    return {
        "apiVersion": "autoscaling.k8s.io/v1",
        "kind": "VerticalPodAutoscaler",
        "metadata": {"name": "api", "uid": "vpa"},
        "spec": {
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"},
            "updatePolicy": {"updateMode": update},
            "resourcePolicy": {"containerPolicies": [{"containerName": "*", **policy}]},
        },
    }


@pytest.mark.parametrize(
    ("given", "conflict"),
    [
        (vpa("Auto"), True),
        (vpa("InPlaceOrRecreate", controlledResources=["cpu"]), True),
        (vpa("Auto", controlledResources=["memory"]), False),
        (vpa("Auto", mode="Off"), False),
        (vpa("Off"), False),
    ],
)
def test_a_vpa_that_changes_what_the_percentage_is_of(given, conflict):
    assert ("VpaConflict" in reasons(judged(snapshot("healthy", vpas=[given])))) == conflict


def scaled_object(**spec) -> dict:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "api", "uid": "keda", "annotations": {}},
        "spec": {"scaleTargetRef": {"name": "api"}, **spec},
        "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "ScaledObjectReady"}]},
    }


class TestKeda:
    def test_its_own_scaled_object_is_not_a_second_autoscaler(self):
        ours = scaled_object()
        assert not reasons(judged(snapshot("healthy", scaled_object=ours, scaled_objects=[ours])))

    def test_a_foreign_one_is(self):
        assert reasons(judged(snapshot("healthy", scaled_objects=[scaled_object()]))) == ["SeveralAutoscalers"]

    def test_paused(self):
        paused = scaled_object()
        paused["metadata"]["annotations"]["autoscaling.keda.sh/paused-replicas"] = "0"
        changed = snapshot("healthy", scaled_object=paused, scaled_objects=[paused])
        assert reasons(judged(changed)) == ["ScaledObjectPaused"]

    def test_not_ready_is_waited_for(self):
        broken = scaled_object()
        broken["status"]["conditions"][0] |= {"status": "False", "message": "no such host prometheus"}
        verdict = judged(snapshot("healthy", scaled_object=broken, scaled_objects=[broken]))
        assert verdict.state == hpa_rules.WAITING
        assert "no such host prometheus" in verdict.findings[0].message

    def test_it_may_keep_zero_replicas(self):
        idle = snapshot("zero", scaled_object=scaled_object(), scaled_objects=[])
        assert "ScalingDisabled" not in reasons(judged(idle, "static"))
        assert "Idle" in reasons(judged(idle, "static"))
        kept = snapshot("zero", scaled_object=scaled_object(minReplicaCount=1), scaled_objects=[])
        assert "ScalingDisabled" in reasons(judged(kept, "static"))


def test_a_misspelt_pods_metric_gets_similar_names():
    listed = ["model_server_in_flight_requests", "model_server_queue_depth", "go_threads"]
    changed = snapshot("custom", apis={"custom.metrics.k8s.io": "available"}, metric_names=listed)
    verdict = judged(changed)
    assert verdict.findings[0].reason == "MetricNameUnknown"
    assert "similar names: model_server_in_flight_requests, model_server_queue_depth" in verdict.findings[0].message
    assert verdict.state == hpa_rules.WAITING


@pytest.mark.parametrize(
    ("text", "labels", "selected"),
    [
        ("app=api", {"app": "api", "x": "y"}, True),
        ("app=api,x!=y", {"app": "api", "x": "y"}, False),
        ("app in (api, web),tier notin (test)", {"app": "web"}, True),
        ("app in (api,web)", {"app": "db"}, False),
        ("app,!canary", {"app": "api"}, True),
        ("app,!canary", {"app": "api", "canary": "1"}, False),
    ],
)
def test_selectors_as_text(text, labels, selected):
    assert matches(parse_selector(text), labels) == selected

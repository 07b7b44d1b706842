# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests compared with a VPA's recommendation, recorded from a real cluster with a real recommender."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.module_utils.hpa import report as hpa_report
from ansible_collections.modelops.serving.plugins.module_utils.hpa import rules as hpa_rules
from ansible_collections.modelops.serving.plugins.module_utils.hpa.sizing import amount, sizings
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot

RECORDING = Path(__file__).resolve().parents[4] / "recordings" / "autoscaling" / "vpa.yml"
RECORDED = yaml.load(RECORDING.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def snapshot(**bounds) -> ScalingSnapshot:
    """The recorded snapshot; ``bounds`` replaces parts of the recommendation."""
    changed = ScalingSnapshot(**copy.deepcopy(RECORDED))
    changed.vpas[0]["status"]["recommendation"]["containerRecommendations"][0] |= bounds
    return changed


def reasons(changed: ScalingSnapshot) -> dict[str, str]:
    return {entry.reason: entry.message for entry in hpa_rules.judge(changed, "static", 0.0, 60.0).findings}


def test_the_first_recommendation_has_wide_bounds():
    changed = snapshot()
    assert [(entry.container, entry.resource, entry.verdict) for entry in sizings(changed)] == [
        ("api", "cpu", "fits"),
        ("api", "memory", "too low"),
    ]
    message = "container api requests 8Mi of memory, 0.03 times what it needs: set 250Mi"
    assert reasons(changed) == {"RequestTooLow": message}
    entry = hpa_report.autoscaler(changed)["sizing"][0]
    assert set(entry) == {"container", "resource", "requested", "target", "lower", "upper", "ratio", "verdict"}


@pytest.mark.parametrize(
    ("requested", "reason", "message"),
    [
        ("100m", "RequestTooHigh", "container api requests 100m of cpu, 4 times what it needs: set 25m"),
        ("10m", "RequestTooLow", "container api requests 10m of cpu, 0.4 times what it needs: set 25m"),
    ],
)
def test_a_request_beyond_the_bounds_is_a_note(requested, reason, message):
    narrow = {"target": {"cpu": "25m"}, "lowerBound": {"cpu": "20m"}, "upperBound": {"cpu": "40m"}}
    changed = snapshot(**narrow)
    changed.target["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = requested
    assert reasons(changed) == {reason: message}
    assert hpa_rules.judge(changed, "static", 0.0, 60.0).state == hpa_rules.PASSED


def test_without_a_request_there_is_nothing_to_compare():
    changed = snapshot()
    changed.target["spec"]["template"]["spec"]["containers"][0]["resources"] = {}
    assert {entry.verdict for entry in sizings(changed)} == {"no request"}


def test_a_vpa_without_a_recommendation_is_a_note():
    changed = snapshot()
    changed.vpas[0]["status"] = {}
    assert list(reasons(changed)) == ["NoRecommendation"]
    assert sizings(changed) == []


def test_the_vpa_of_another_workload_is_ignored():
    changed = snapshot()
    changed.vpas[0]["spec"]["targetRef"]["name"] = "other"
    assert sizings(changed) == []


@pytest.mark.parametrize(
    ("resource", "value", "text"),
    [
        ("cpu", 0.025, "25m"),
        ("cpu", 0.0251, "26m"),
        ("cpu", 1.5, "1500m"),
        ("memory", 262144000.0, "250Mi"),
        ("memory", 1.0, "1Mi"),
    ],
)
def test_amounts_are_rounded_up(resource, value, text):
    assert amount(resource, value) == text

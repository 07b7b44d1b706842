# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests beside what a VPA recommends, on what a real cluster and a real recommender said."""

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
    """What was recorded; ``bounds`` replaces parts of the recommendation, as a longer look would."""
    taken = ScalingSnapshot(**copy.deepcopy(RECORDED))
    taken.vpas[0]["status"]["recommendation"]["containerRecommendations"][0] |= bounds
    return taken


def reasons(taken: ScalingSnapshot) -> dict[str, str]:
    return {entry.reason: entry.message for entry in hpa_rules.judge(taken, "static", 0.0, 60.0).findings}


def test_the_first_minutes_of_a_recommender_are_sure_of_little():
    taken = snapshot()
    assert [(entry.container, entry.resource, entry.verdict) for entry in sizings(taken)] == [
        ("api", "cpu", "fits"),
        ("api", "memory", "too low"),
    ]
    message = "container api requests 8Mi of memory, 0.03 times what it needs: set 250Mi"
    assert reasons(taken) == {"RequestTooLow": message}
    told = hpa_report.autoscaler(taken)["sizing"][0]
    assert set(told) == {"container", "resource", "requested", "target", "lower", "upper", "ratio", "verdict"}


@pytest.mark.parametrize(
    ("requested", "reason", "words"),
    [
        ("100m", "RequestTooHigh", "container api requests 100m of cpu, 4 times what it needs: set 25m"),
        ("10m", "RequestTooLow", "container api requests 10m of cpu, 0.4 times what it needs: set 25m"),
    ],
)
def test_a_request_outside_of_the_bounds_is_told(requested, reason, words):
    sure = {"target": {"cpu": "25m"}, "lowerBound": {"cpu": "20m"}, "upperBound": {"cpu": "40m"}}
    taken = snapshot(**sure)
    taken.target["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = requested
    assert reasons(taken) == {reason: words}
    assert hpa_rules.judge(taken, "static", 0.0, 60.0).state == hpa_rules.PASSED


def test_without_a_request_there_is_nothing_to_compare():
    taken = snapshot()
    taken.target["spec"]["template"]["spec"]["containers"][0]["resources"] = {}
    assert {entry.verdict for entry in sizings(taken)} == {"no request"}


def test_a_vpa_that_says_nothing_is_told():
    taken = snapshot()
    taken.vpas[0]["status"] = {}
    assert list(reasons(taken)) == ["NoRecommendation"]
    assert sizings(taken) == []


def test_the_vpa_of_another_workload_is_none_of_ours():
    taken = snapshot()
    taken.vpas[0]["spec"]["targetRef"]["name"] = "other"
    assert sizings(taken) == []


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

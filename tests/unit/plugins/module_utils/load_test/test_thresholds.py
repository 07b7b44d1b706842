# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load test's numbers and thresholds, on a summary that k6 wrote, and its reports."""

from __future__ import annotations

import copy
import json
from xml.etree import ElementTree

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.load_test import report as load_test_report
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed, Point, back
from ansible_collections.modelops.serving.plugins.module_utils.load_test.thresholds import (
    Limits,
    judge,
    numbers,
    risen_after,
    summary,
)

# As k6 1.8.1 wrote them after 76 requests.
METRICS = {
    "http_req_failed": {"type": "rate", "values": {"fails": 76, "passes": 0, "rate": 0}},
    "checks": {"type": "rate", "values": {"fails": 0, "passes": 76, "rate": 1}},
    "http_reqs": {"type": "counter", "values": {"count": 76, "rate": 5.06395069604607}},
    "http_req_duration": {
        "type": "trend",
        "values": {"avg": 3.506, "max": 31.007, "med": 2.381, "p(90)": 5.303, "p(95)": 8.244, "p(99)": 19.908},
    },
}
POINTS = [
    Point(0.4, 3, 3, 1.0),
    Point(4.5, 3, 3, 1.0, 4.0, 3.4),
    Point(14.6, 3, 3, 1.0, 77.0, 5.1),
    Point(30.1, 6, 3, 140.0, 60.0, 22.0),
    Point(55.0, 6, 6, 90.0, 80.0, 6.0),
    Point(460.0, 3, 3, 2.0),
]
LIMITS = Limits(500, 6, 60, back=True)


def seen(**changed) -> Observed:
    given = {"points": POINTS, "metrics": copy.deepcopy(METRICS), "loaded": 104.0, "before": 3}
    return Observed(**{**given, **changed})


def crossed(observed: Observed, limits: Limits = LIMITS) -> list[str]:
    return [one.name for one in judge(observed, limits) if not one.held]


def test_numbers():
    told = numbers(seen())
    assert told["requests"] == 76
    assert told["failed"] == 0
    assert told["replicas"] == {"before": 3, "most": 6, "after": 3}
    assert told["latency"]["p(95)"] == 8.24


def test_the_rise_is_timed_from_full_load_and_not_from_the_warming_up():
    assert risen_after(seen(), 6) == 15.5
    assert risen_after(seen(), 7) is None


def test_everything_held():
    assert not crossed(seen())
    assert summary("model-api", "spike", seen(), judge(seen(), LIMITS))[0] == "model-api, spike: 6 of 6 thresholds held"


@pytest.mark.parametrize(
    ("metric", "value", "name"),
    [
        ("http_req_failed", {"passes": 2, "fails": 74, "rate": 0.026}, "no failed request"),
        ("http_reqs", {"count": 0, "rate": 0}, "no failed request"),
        ("checks", {"passes": 75, "fails": 1, "rate": 0.987}, "every answer is right"),
        ("http_req_duration", {"p(95)": 812.0}, "p95 below 500 ms"),
        ("http_req_duration", {}, "p95 below 500 ms"),
    ],
)
def test_a_crossed_threshold(metric, value, name):
    metrics = {**METRICS, metric: {"values": value}}
    assert crossed(seen(metrics=metrics)) == [name]


def test_a_failed_request_is_told_with_its_answer():
    metrics = {
        **METRICS,
        "http_req_failed": {"values": {"passes": 3, "fails": 73, "rate": 0.04}},
        "http_reqs{status:0}": {"values": {"count": 1, "rate": 0.1}},
        "http_reqs{status:429}": {"values": {"count": 0, "rate": 0}},
        "http_reqs{status:504}": {"values": {"count": 2, "rate": 0.2}},
    }
    first = judge(seen(metrics=metrics), LIMITS)[0]
    assert (first.held, first.value) == (False, "3 failed (504: 2, no answer: 1)")


def test_a_restart_and_replicas_that_do_not_come_or_go():
    assert crossed(seen(restarts=1)) == ["no restart"]
    assert crossed(seen(), Limits(500, 6, 10, back=True)) == ["6 replicas within 10 s of full load"]
    assert crossed(seen(), Limits(500, 8, 60, back=True)) == ["8 replicas within 60 s of full load"]
    assert crossed(seen(points=POINTS[:-1])) == ["back after the load"]
    assert not crossed(seen(points=POINTS[:-1]), Limits(500, 0, 60, back=False))


def test_it_is_back_only_after_a_look_without_load():
    assert back(seen())
    assert not back(seen(points=POINTS[:-1]))
    assert not back(seen(points=POINTS[:1]))


def test_the_reports(tmp_path):
    observed = seen()
    thresholds = judge(observed, Limits(5, 6, 60, back=True))
    paths = load_test_report.write(str(tmp_path / "new" / "load"), "a <title>", observed, thresholds, {"numbers": {}})
    assert [path.rpartition(".")[2] for path in paths] == ["json", "xml", "png", "html"]
    assert json.loads((tmp_path / "new" / "load.json").read_text())["observed"]["before"] == 3
    assert (tmp_path / "new" / "load.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "new" / "load.html").read_text()
    assert "<title>a &lt;title&gt;</title>" in page
    assert "<svg" in page
    suite = ElementTree.parse(tmp_path / "new" / "load.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("6", "1")
    assert suite.find("testcase/failure").get("message") == "8.24 ms"

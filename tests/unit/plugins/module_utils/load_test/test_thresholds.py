# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load test's numbers and thresholds."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed, Point
from ansible_collections.modelops.serving.plugins.module_utils.load_test.thresholds import (
    Limits,
    judge,
    numbers,
    risen_after,
    summary,
)

LATENCY = {1000 * millis: 1 for millis in range(1, 101)}
POINTS = [
    Point(0.4, 3, 3, 1.0),
    Point(14.6, 3, 3, 1.0),
    Point(30.1, 6, 3, 140.0),
    Point(55.0, 6, 6, 90.0),
    Point(460.0, 3, 3, 2.0),
]
LIMITS = Limits(500, 6, 60, back=True)


def total(**changed) -> Counts:
    return Counts.of({"requests": 100, "latency": LATENCY, **changed})


def seen(**changed) -> Observed:
    given = {"points": POINTS, "total": total(), "loaded": 104.0, "full": 10.0, "before": 3}
    return Observed(**{**given, **changed})


def crossed(observed: Observed, limits: Limits = LIMITS) -> list[str]:
    return [one.name for one in judge(observed, limits) if not one.held]


def test_numbers():
    figures = numbers(seen(total=total(failed={"504": 2}, wrong=1), generators=2))
    assert (figures["requests"], figures["failed"], figures["failures"], figures["wrong"]) == (100, 2, {"504": 2}, 1)
    assert figures["replicas"] == {"before": 3, "most": 6, "after": 3}
    assert figures["latency"] == {"mean": 50.5, "p50": 50, "p90": 90, "p95": 95, "p99": 99, "max": 100}
    assert (figures["rate"], figures["generators"]) == (1.0, 2)


def test_without_a_request_there_are_no_latencies():
    empty = seen(total=Counts(), loaded=0.0)
    assert numbers(empty)["latency"] == {}
    assert crossed(empty)[:3] == ["no failed request", "every answer is right", "p95 below 500 ms"]


def test_the_rise_is_timed_from_full_load():
    assert risen_after(seen(), 6) == 20.1
    assert risen_after(seen(full=40.0), 6) == 0.0
    assert risen_after(seen(), 7) is None


def test_everything_held():
    assert not crossed(seen())
    assert summary("model-api", "spike", seen(), judge(seen(), LIMITS))[0] == "model-api, spike: 6 of 6 thresholds held"


@pytest.mark.parametrize(
    ("changed", "limits", "name", "value"),
    [
        (
            {"failed": {"504": 2, "no answer in time": 1}},
            LIMITS,
            "no failed request",
            "3 failed (504: 2, no answer in time: 1)",
        ),
        ({"wrong": 1}, LIMITS, "every answer is right", "99.00% right, 1 answered wrongly"),
        ({}, Limits(95, 6, 60, back=True), "p95 below 95 ms", "95.0 ms"),
    ],
)
def test_a_crossed_threshold(changed, limits, name, value):
    judged = {one.name: one for one in judge(seen(total=total(**changed)), limits)}
    assert (judged[name].held, judged[name].value) == (False, value)


def test_a_wrong_answer_fails_nothing_else():
    assert crossed(seen(total=total(wrong=1))) == ["every answer is right"]


def test_a_restart_and_replicas_that_do_not_come_or_go():
    restarted = [*POINTS[:-1], Point(460.0, 3, 3, 2.0, restarts=1)]
    assert crossed(seen(points=restarted)) == ["no restart"]
    assert crossed(seen(), Limits(500, 6, 10, back=True)) == ["6 replicas within 10 s of full load"]
    assert crossed(seen(), Limits(500, 8, 60, back=True)) == ["8 replicas within 60 s of full load"]
    assert crossed(seen(points=POINTS[:-1])) == ["back after the load"]
    assert not crossed(seen(points=POINTS[:-1]), Limits(500, 0, 60, back=False))


def test_the_summary_says_what_failures_said_once_a_kind():
    examples = [
        {"at": 1.0, "kind": "504", "words": "first\n gateway"},
        {"at": 2.0, "kind": "504", "words": "second"},
        {"at": 3.0, "kind": "503", "words": ""},
    ]
    observed = seen(examples=examples, generators=2, late=2500.0)
    lines = summary("model-api", "spike", observed, judge(observed, LIMITS))
    assert lines[-1] == "  for example  504: first gateway"
    assert "by 2 generators" in lines[1]
    assert "sent 2.5 s late" in lines[-2]

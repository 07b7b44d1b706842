# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a proof, found in samples; and which step a finding names when one is missing."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.pod_counters import counted
from ansible_collections.modelops.serving.plugins.module_utils.hpa.proof import (
    FALL,
    RISE,
    Goal,
    Sample,
    curve,
    load_text,
    missing,
    steps,
    why_not_fallen,
    why_not_risen,
)
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import Metric
from ansible_collections.modelops.serving.plugins.module_utils.load.loop import Tally

OLD = frozenset({"a", "b"})
GOAL = Goal(2, OLD, 3, 0.1)
ANSWERED = {"first": 1.0, "requests": 24463, "failed": 0, "seconds": 60.9, "p95": 15.8}
EVENT = "New size: 3; reason: cpu resource utilization (percentage of request) above target"


def cpu(value: float | None) -> list[Metric]:
    return [Metric("Resource", "cpu", None, "%", 70.0, value)]


def at(seconds: float, desired: int = 2, ready: frozenset = OLD, **more) -> Sample:
    return Sample(seconds, desired, ready, **{"metrics": cpu(1.0), "load": ANSWERED, **more})


# The times are those of a run on a real cluster.
WHOLE = [
    at(0.1, load={"first": None}),
    at(4.4),
    at(33.2, 3, metrics=cpu(98), events=[EVENT]),
    at(57.1, 3, OLD | {"c"}, metrics=cpu(74), events=[EVENT]),
    at(63.5, 3, OLD | {"c"}, metrics=cpu(69), events=[EVENT], served={"c": 414.0}),
    at(63.7, 3, OLD | {"c"}, metrics=cpu(69), events=[EVENT], served={"c": 414.0}, loading=False),
    at(108.0, 2, OLD, events=[EVENT], served={"c": 414.0}, loading=False),
]


def test_every_step_is_timed_from_the_first_answer():
    assert {step["step"]: step["seconds"] for step in steps(WHOLE, GOAL)} == {
        "load": 0.0,
        "metric_above_target": 28.8,
        "desired_rose": 28.8,
        "event": 28.8,
        "pod_ready": 52.7,
        "pod_served": 59.1,
        "load_ended": 59.3,
        "desired_fell": 103.6,
        "back": 103.6,
    }
    assert not missing(steps(WHOLE, GOAL), RISE + FALL)


def test_the_messages_carry_the_figures():
    messages = {step["step"]: step["message"] for step in steps(WHOLE, GOAL)}
    assert messages["metric_above_target"] == "cpu 98% of 70%"
    assert messages["desired_rose"] == "desired replicas 2 → 3"
    assert messages["pod_served"] == "c answered 414"
    assert messages["load_ended"] == "load ended: 24463 requests, 402 a second, 0 failed, p95 15.8 ms"


def test_the_curve_has_a_point_a_change():
    assert curve(WHOLE) == [[0.1, 2, 2], [33.2, 3, 2], [57.1, 3, 3], [108.0, 2, 2]]


@pytest.mark.parametrize(
    ("samples", "reason", "text"),
    [
        (
            [at(20.0, load={"first": None, "last_error": "HTTP 404: no such route"})],
            "LoadRefused",
            "HTTP 404: no such route",
        ),
        (
            [at(9.0, metrics=cpu(65)), at(60.0, metrics=cpu(61))],
            "LoadTooSmall",
            "the highest value was cpu 65% of 70%",
        ),
        ([at(60.0, metrics=cpu(76))], "LoadTooSmall", "cpu 76% of 70%"),
        ([at(60.0, metrics=cpu(None))], "LoadTooSmall", "no value of any metric"),
        ([at(60.0, metrics=cpu(140))], "DesiredUnmoved", "it wants 2 replicas and not 3"),
        ([at(60.0, 3, metrics=cpu(140))], "EventMissing", "no SuccessfulRescale event"),
        ([at(60.0, 3, metrics=cpu(140), events=[EVENT])], "PodsNotReady", "2 are ready"),
        ([at(60.0, 3, OLD | {"c"}, metrics=cpu(140), events=[EVENT])], "NoTraffic", "1 new pods are ready"),
    ],
)
def test_the_first_missing_step_is_named(samples, reason, text):
    finding = why_not_risen("HorizontalPodAutoscaler/api", samples, GOAL, ["a condition"])
    assert finding.reason == reason
    assert text in finding.message
    assert finding.evidence == ["a condition"]
    assert finding.remedy


def test_the_finding_for_replicas_that_stay_up_shows_the_metric():
    stuck = [*WHOLE[:-1], at(400.0, 3, OLD | {"c"}, metrics=cpu(2), loading=False)]
    assert missing(steps(stuck, GOAL), FALL) == ["desired_fell", "back"]
    finding = why_not_fallen("HorizontalPodAutoscaler/api", stuck, GOAL, [])
    assert finding.reason == "DidNotFall"
    assert "at 3 replicas, 3 ready; before the load it was at 2 (cpu 2% of 70%)" in finding.message


def test_requests_of_probes_and_people_do_not_count():
    metrics = (
        "# TYPE model_server_requests_total counter\n"
        'model_server_requests_total{code="200",model="",route="/health",version=""} 81.0\n'
        'model_server_requests_total{code="200",model="",route="/",version=""} 2.0\n'
        'model_server_requests_total{code="200",model="iris",route="/predict",version="1"} 40.0\n'
        'model_server_requests_total{code="422",model="iris",route="/predict",version="1"} 2.0\n'
    )
    assert counted(metrics) == 42.0
    assert counted("process_cpu_seconds_total 1\n") is None


def test_failed_requests_are_shown_with_their_error():
    load = {"requests": 200, "seconds": 10.0, "failed": 50, "p95": 8.0, "last_error": "HTTP 429: Too Many Requests"}
    text = "load ended: 200 requests, 20 a second, 50 failed (HTTP 429: Too Many Requests), p95 8.0 ms"
    assert load_text(load) == text
    assert load_text({"first": 0.0}) == "no load was sent: the replicas were up already"


def test_a_load_counts_failures_and_keeps_the_last_error():
    tally = Tally()
    for milliseconds in range(1, 101):
        tally.add(milliseconds / 1000, "")
    tally.add(9.0, "HTTP 503: busy")
    line = tally.line(ended=True)
    assert '"requests": 101, "failed": 1' in line
    assert '"p50": 50.0, "p95": 95.0, "last_error": "HTTP 503: busy", "ended": true' in line

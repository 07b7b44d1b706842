# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each disturbance cost, from requests by the second."""

from __future__ import annotations

from collections import Counter

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts
from ansible_collections.modelops.serving.plugins.module_utils.resilience import figures
from ansible_collections.modelops.serving.plugins.module_utils.resilience.figures import QUIET, Disturbance


def answered(number: int, milliseconds: int = 10) -> Counts:
    return Counts(number, latency=Counter({1000 * milliseconds: number}))


def failed(number: int, kind: str, milliseconds: int) -> Counts:
    latency = Counter({1000 * milliseconds: number})
    return Counts(number, failed=Counter({kind: number}), latency=latency, failed_latency=latency)


def steady(seconds: int) -> dict[int, Counts]:
    return {second: answered(10) for second in range(seconds)}


def test_each_request_is_counted_for_the_last_thing_that_was_done_before_it_was_due():
    found = figures.rows([Disturbance("a", "first", 5.4), Disturbance("b", "second", 12.0)], steady(20), 20.0)
    assert [(row.title, row.requests) for row in found] == [
        ("before anything was disturbed", 50),
        ("first", 70),
        ("second", 80),
    ]
    assert found[0].fault == QUIET


def test_what_was_lost_is_told_by_its_kind_and_by_when_it_ended():
    seconds = steady(20)
    seconds[7].add(failed(3, "502", 2))
    seconds[9].add(failed(1, "no answer in time", 10_000))
    seconds[9].wrong += 1
    (_quiet, row) = figures.rows([Disturbance("a", "first", 5.0, 0.1)], seconds, 20.0)
    assert (row.lost, row.by) == (5, {"502": 3, "no answer in time": 1, "wrong answer": 1})
    assert row.recovered == 5.0
    assert row.held


def test_milliseconds_are_of_those_that_were_answered():
    seconds = steady(20)
    seconds[7].add(failed(50, "no answer in time", 10_000))
    (_quiet, row) = figures.rows([Disturbance("a", "first", 5.0)], seconds, 20.0)
    assert (row.p99, row.longest) == (10.0, 10.0)


@pytest.mark.parametrize(("lost", "loss", "held"), [(0, 0.0, True), (1, 0.0, False), (1, 0.01, True), (2, 0.01, False)])
def test_a_disturbance_may_cost_its_share_and_no_more(lost, loss, held):
    seconds = {0: answered(1), 5: answered(100 - lost)}
    if lost:
        seconds[5].add(failed(lost, "502", 1))
    (_quiet, row) = figures.rows([Disturbance("a", "first", 5.0, loss)], seconds, 6.0)
    assert row.held is held


def test_without_a_request_nothing_passes():
    (_quiet, row) = figures.rows([Disturbance("a", "first", 5.0, 1.0)], {}, 10.0)
    assert not row.held


def test_reports_are_compared_by_what_was_disturbed():
    before = [{"fault": "a", "title": "x", "lost": 4, "p99": 30.0, "recovered": 2.0, "whole": None}]
    now = [
        {"fault": "a", "title": "x", "lost": 0, "p99": 31.0, "recovered": 0.0, "whole": 3.0},
        {"fault": "b", "title": "new", "lost": 0, "p99": 31.0, "recovered": 0.0, "whole": 3.0},
    ]
    (row,) = figures.differences(now, before)
    assert (row["title"], row["lost"], row["whole"]) == ("x", [4, 0], [None, 3.0])


def test_settings_are_compared_by_name():
    assert figures.changed_settings({"a": "1", "b": "2"}, {"a": "1", "c": "3"}) == {"b": [None, "2"], "c": ["3", None]}

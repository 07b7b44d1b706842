# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time, and the load as it is said meanwhile."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts
from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import (
    Observed,
    Point,
    back,
    lately,
    restarted,
)


def second(requests: int, micros: int, **more) -> Counts:
    return Counts.of({"requests": requests, "latency": {micros: requests}, **more})


def generator(**more) -> Heard:
    given = {"total": second(4, 1000), "length": 2.04, "late": 1.5}
    return Heard(seconds={0: second(2, 1000), 1: second(2, 9000)}, **{**given, **more})


def test_generators_are_added():
    seen = Observed()
    seen.add_load([generator(), generator(late=7.0, examples=[{"at": 2}]), generator(examples=[{"at": 1}])])
    assert (seen.total.requests, seen.generators, seen.late, seen.loaded) == (12, 3, 7.0, 2.0)
    assert [(one.second, one.requests, one.p50, one.p99) for one in seen.seconds] == [
        (0, 6, 1.0, 1.0),
        (1, 6, 9.0, 9.0),
    ]
    assert [entry["at"] for entry in seen.examples] == [1, 2]


def test_what_could_not_be_sent_has_failed():
    seen = Observed()
    seen.add_load([generator(unsent=3), generator()])
    assert (seen.total.requests, seen.total.failures_text()) == (11, "not sent: 3")


def test_the_load_of_the_last_seconds():
    heard = [Heard(seconds={number: second(40, 2000) for number in range(10)}) for _generator in range(2)]
    assert lately(heard, 10.5, 2.0) == "80 requests a second, p95 2.0 ms"
    assert lately(heard, 30.0, 2.0) == "no load"
    assert lately([Heard()], 3.0, 2.0) == "no load"


def test_failures_of_the_last_seconds_are_named():
    failing = second(10, 3000, failed={"504": 2}, wrong=1)
    text = lately([Heard(seconds={4: failing, 5: failing})], 7.2, 2.0)
    assert text == "10 requests a second, p95 3.0 ms, 4 failed (504: 4), 2 answered wrongly"


def test_restarts_of_pods_that_go_away_are_not_taken_back():
    before = {("a", "server"): 2, ("b", "server"): 0}
    assert restarted(before, {("b", "server"): 1}) == 1
    assert restarted(before, {("b", "server"): 0, ("c", "server"): 1}) == 1
    assert restarted(before, before) == 0


def test_it_is_back_only_after_a_point_without_load():
    points = [Point(0.4, 3, 3), Point(55.0, 6, 6), Point(460.0, 3, 3)]
    assert back(Observed(points=points, loaded=104.0, before=3))
    assert not back(Observed(points=points[:-1], loaded=104.0, before=3))
    assert not back(Observed(points=points[:1], loaded=104.0, before=3))

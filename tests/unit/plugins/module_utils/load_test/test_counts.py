# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts add up, and so do percentiles."""

from __future__ import annotations

import random

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts, merged


def of(*millis: float) -> Counts:
    counts = Counts()
    for value in millis:
        counts.requests += 1
        counts.latency[round(value * 1000)] += 1
    return counts


@pytest.mark.parametrize(("percent", "millis"), [(1, 1), (50, 50), (95, 95), (99, 99), (99.5, 100), (100, 100)])
def test_a_percentile_is_a_latency_that_was_measured(percent, millis):
    assert of(*range(1, 101)).percentile(percent) == millis


def test_one_slow_request_of_a_few_is_seen():
    assert of(1, 1, 1, 2000).percentile(95) == 2000
    assert of(7).percentile(50) == 7


def test_without_a_request_there_is_no_latency():
    assert Counts().percentile(95) is None
    assert Counts().mean() is None


def test_percentiles_of_what_is_merged_are_those_of_all_requests():
    """And not the mean of the parts' percentiles: one generator of three is slow."""
    chosen = random.Random(1)
    parts = [[chosen.randint(1, 50) for _number in range(900)] for _part in range(2)]
    parts.append([chosen.randint(500, 900) for _number in range(200)])
    together = merged([of(*part) for part in parts])
    ordered = sorted(value for part in parts for value in part)
    assert together.requests == 2000
    for percent in (50, 90, 95, 99):
        assert together.percentile(percent) == ordered[int(percent / 100 * 2000) - 1]
    assert together.mean() == pytest.approx(sum(ordered) / 2000)


def test_what_a_generator_says():
    said = {"requests": 4, "wrong": 1, "failed": {"504": 2}, "latency": {"1230": 3, "30000000": 1}}
    counts = Counts.of(said)
    assert (counts.requests, counts.wrong, counts.failures) == (4, 1, 2)
    assert counts.percentile(100) == 30000


def test_failures_are_named_the_most_frequent_first():
    counts = merged([Counts.of({"failed": {"connection refused": 1, "504": 2}}), Counts.of({"failed": {"504": 1}})])
    assert counts.failures_text() == "504: 3, connection refused: 1"

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Counts of columns, whatever is in them."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

from model_server.models.schema import Column
from model_server.service.column_counts import ColumnCounts, of_array, of_column

NAN, INF = float("nan"), float("inf")


def test_extreme_numbers_do_not_end_the_sums() -> None:
    rows = np.array([[1.0], [1e200], [-1e308], [INF], [-INF], [NAN], [2.0]])
    (counts,) = of_array(rows, SimpleNamespace(ranges=None))
    assert counts == ColumnCounts(3.0, 5.0, 1, 4, 0)
    assert of_column([1.0, 1e200, -1e308, INF, -INF, NAN, None, 2.0], None) == ColumnCounts(3.0, 5.0, 2, 4, 0)


def test_the_sum_of_many_large_numbers_is_finite() -> None:
    (counts,) = of_array(np.full((100_000, 1), 1e15, np.float32), SimpleNamespace(ranges=None))
    assert math.isfinite(counts.squares)


def test_what_training_did_not_have_is_counted() -> None:
    ranges = np.array([0.0, -np.inf]), np.array([1.0, np.inf])
    rows = np.array([[0.5, 1], [-1, 2], [2, 3], [NAN, 4], [INF, 5]])
    assert [counts.outside for counts in of_array(rows, SimpleNamespace(ranges=ranges))] == [3, 0]
    assert of_column([0.5, -1, 2, None, INF], Column("a", "number", range=[0, 1])).outside == 3
    assert of_column(["a", "b", None, "c"], Column("a", "text", categories=["a"])) == ColumnCounts(0.0, 0.0, 1, 0, 2)


def test_other_kinds() -> None:
    assert of_column([True, False, None, True], None) == ColumnCounts(2.0, 2.0, 1, 0, 0)
    assert of_column([None, None], Column("a", "number", range=[0, 1])) == ColumnCounts(0.0, 0.0, 2, 0, 0)
    assert of_column(["a", "b"], None) == ColumnCounts(0.0, 0.0, 0, 0, 0)

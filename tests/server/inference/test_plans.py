# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan that is chosen for a method."""

from __future__ import annotations

import numpy as np
import pytest

from model_server.inference.plans import PROBES, choose, same

ROWS = np.random.default_rng(8).normal(size=(PROBES, 3))


def total(rows: np.ndarray) -> np.ndarray:
    return rows[:, 0] + rows[:, 1]


def fast_total(rows: np.ndarray, _bounds: object) -> np.ndarray:
    return rows[:, 0] + rows[:, 1]


def rounded(rows: np.ndarray, _bounds: object) -> np.ndarray:
    return total(rows) * (1 + 1e-15)


def broken(_rows: np.ndarray, _bounds: object) -> np.ndarray:
    raise ZeroDivisionError


def distance_from_the_mean(rows: np.ndarray) -> np.ndarray:
    """A method whose result depends on the other rows of a batch."""
    return rows[:, 0] - rows[:, 0].mean()


def label(rows: np.ndarray) -> np.ndarray:
    return np.where(rows[:, 0] > 0, "yes", "no").astype(object)


@pytest.mark.parametrize(
    ("method", "fast", "by_row", "name"),
    [
        (total, fast_total, True, "fast, together"),
        (total, fast_total, False, "fast, products apart"),
        (total, rounded, True, "estimator, together"),
        (total, rounded, False, "estimator, apart"),
        (total, broken, False, "estimator, apart"),
        (total, None, True, "estimator, together"),
        (total, None, False, "estimator, apart"),
        (label, None, False, "estimator, together"),
        (distance_from_the_mean, None, False, "estimator, apart"),
    ],
)
def test_the_fastest_that_is_exact(method, fast, by_row: bool, name: str) -> None:
    plan = choose(method, fast, by_row, ROWS)
    assert plan.name == name
    blocks = [ROWS[:2], ROWS[2:3], ROWS[3:20]]
    for result, block in zip(plan.run(blocks), blocks, strict=True):
        assert same(result, method(block))


@pytest.mark.parametrize("by_row", [True, False])
def test_a_result_without_an_entry_for_each_row_is_refused(by_row: bool) -> None:
    with pytest.raises(ValueError, match="one entry for each row"):
        choose(lambda rows: rows.sum(axis=0), None, by_row, ROWS)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array([1.0]), np.array([1.0], dtype=np.float32), False),
        (np.array([1.0]), np.array([[1.0]]), False),
        (np.array([1.0]), np.nextafter(np.array([1.0]), 2), False),
        (np.array(["a"], dtype=object), np.array(["a"], dtype=object), True),
    ],
)
def test_same(one: np.ndarray, other: np.ndarray, equal: bool) -> None:
    assert same(one, other) == equal

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faster functions for ensembles give every bit of the estimator's own answer, also for missing values."""

from __future__ import annotations

import numpy as np
import pytest
from same_bits import check
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)

from model_server.fast import joined_trees, level_walk, quickscorer
from model_server.fast.nodes import of_boosting, of_forest

RANDOM = np.random.default_rng(5)
MOST = (joined_trees.MAX_ROWS, quickscorer.MAX_ROWS, level_walk.MAX_ROWS)
COUNTS = (1, 2, 7, 40, *(most + more for most in MOST for more in (0, 1)))
ROWS = RANDOM.normal(size=(400, 6))
LABELS = (ROWS[:, 0] + ROWS[:, 1] ** 2 > 0.7).astype(int) + (ROWS[:, 2] > 1)
NOISE = RANDOM.integers(0, 3, 400)
VALUES = ROWS @ np.arange(6.0)


def with_holes(rows: np.ndarray) -> np.ndarray:
    """Missing values have two signs too."""
    chance = RANDOM.random(rows.shape)
    return np.where(chance < 0.1, np.nan, np.where(chance < 0.2, -np.nan, rows))


def hist(kind: type, target: np.ndarray, **options):
    return kind(random_state=0, **options).fit(with_holes(ROWS), target)


CASES = {
    "two classes": lambda: hist(HistGradientBoostingClassifier, LABELS > 0, max_iter=30),
    "three classes": lambda: hist(HistGradientBoostingClassifier, LABELS, max_iter=30),
    "more than 32 leaves": lambda: hist(
        HistGradientBoostingClassifier, LABELS > 0, max_leaf_nodes=60, min_samples_leaf=3
    ),
    "more than 64 leaves": lambda: hist(
        HistGradientBoostingRegressor, VALUES, max_leaf_nodes=None, min_samples_leaf=2, max_iter=30
    ),
    "values": lambda: hist(HistGradientBoostingRegressor, VALUES, max_iter=30),
    "counts": lambda: hist(HistGradientBoostingRegressor, np.abs(VALUES), loss="poisson", max_iter=30),
    "a single leaf": lambda: hist(HistGradientBoostingRegressor, np.ones(400), max_iter=3),
}


@pytest.mark.parametrize("case", CASES)
def test_histogram_boosting(case: str) -> None:
    estimator = CASES[case]()
    check(estimator, with_holes(RANDOM.normal(0, 2, (600, 6))), COUNTS)
    edges = np.array([node["num_threshold"] for tree in estimator._predictors[0] for node in tree.nodes] or [0.0])
    on_thresholds = np.resize(edges, (len(edges), 6))  # where less-or-equal and less differ
    check(estimator, np.vstack([on_thresholds, np.full((1, 6), np.inf), np.full((1, 6), -np.inf)]), COUNTS)


def test_both_ways_through_boosting_are_taken() -> None:
    small, large = CASES["two classes"](), CASES["more than 64 leaves"]()
    assert quickscorer.evaluator([of_boosting(tree.nodes) for (tree,) in small._predictors], np.float64) is not None
    trees = [tree.nodes for (tree,) in large._predictors]
    assert quickscorer.evaluator(list(map(of_boosting, trees)), np.float64) is None
    assert joined_trees.boosting_walker(large, trees) is not None


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesRegressor])
@pytest.mark.parametrize("trees", [1, 2, 37])
def test_forests(kind: type, trees: int) -> None:
    target = LABELS if kind is RandomForestClassifier else VALUES
    estimator = kind(trees, random_state=0).fit(with_holes(ROWS), target)
    check(estimator, with_holes(RANDOM.normal(0, 2, (600, 6))), COUNTS)


def test_both_ways_through_forests_are_taken() -> None:
    small, large = (
        [tree.tree_ for tree in RandomForestClassifier(20, max_leaf_nodes=most, random_state=0).fit(ROWS, NOISE)]
        for most in (40, None)
    )
    assert quickscorer.evaluator(list(map(of_forest, small)), np.float32) is not None
    assert quickscorer.evaluator(list(map(of_forest, large)), np.float32) is None
    assert joined_trees.forest_walker(large, 6, 3) is not None
    assert level_walk.evaluator(list(map(of_forest, large)), 6) is not None


NUMBERS = np.array([-np.inf, -1e300, -3.5, -1e-50, -0.0, 0.0, 1e-50, 1e-38, 1.0, 1 + 1e-9, 1 + 1e-7, 1e39, np.inf])


def test_thresholds_that_float32_cannot_tell_apart() -> None:
    """Thresholds a rounding apart, as of times in seconds, and ones on both sides of zero."""
    column = np.sort(
        np.concatenate([1.7e9 + np.arange(150.0), RANDOM.normal(0, 1e-45, 150), np.zeros(50), -np.zeros(50)])
    )
    rows = np.stack([column, RANDOM.permutation(column)], axis=1)
    for target in (np.arange(400) % 7, RANDOM.integers(0, 2, 400)):
        estimator = HistGradientBoostingRegressor(min_samples_leaf=1, max_iter=20, random_state=0).fit(rows, target)
        check(estimator, np.vstack([rows, np.stack([NUMBERS, NUMBERS[::-1]], axis=1)]), COUNTS)

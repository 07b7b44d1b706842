# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shorter ways through ensembles of trees give every bit of the estimator's own answer, also for missing values."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)

from model_server import leafmasks, merged
from model_server.fastpaths import compile_method
from model_server.plans import same

RANDOM = np.random.default_rng(5)
ROWS = RANDOM.normal(size=(400, 6))
LABELS = (ROWS[:, 0] + ROWS[:, 1] ** 2 > 0.7).astype(int) + (ROWS[:, 2] > 1)
VALUES = ROWS @ np.arange(6.0)


def with_holes(rows: np.ndarray) -> np.ndarray:
    return np.where(RANDOM.random(rows.shape) < 0.2, np.nan, rows)


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
    check(estimator, with_holes(RANDOM.normal(0, 2, (300, 6))))
    edges = np.array([node["num_threshold"] for tree in estimator._predictors[0] for node in tree.nodes] or [0.0])
    on_thresholds = np.resize(edges, (len(edges), 6))  # where less-or-equal and less differ
    check(estimator, np.vstack([on_thresholds, np.full((1, 6), np.inf), np.full((1, 6), -np.inf)]))


def check(estimator, rows: np.ndarray) -> None:
    for method in ("predict", "predict_proba"):
        if not hasattr(estimator, method):
            continue
        fast = compile_method(estimator, method)
        assert fast is not None
        for count in (1, 2, 7, merged.MAX_ROWS, merged.MAX_ROWS + 1):
            some = rows[:count]
            assert same(fast(some, None), getattr(estimator, method)(some)), (method, count)


def test_both_ways_through_boosting_are_taken() -> None:
    small, large = CASES["two classes"](), CASES["more than 64 leaves"]()
    assert leafmasks.finder([tree.nodes for (tree,) in small._predictors]) is not None
    trees = [tree.nodes for (tree,) in large._predictors]
    assert leafmasks.finder(trees) is None
    assert merged.walker(large, trees) is not None


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesRegressor])
@pytest.mark.parametrize("trees", [1, 2, 37])
def test_forests(kind: type, trees: int) -> None:
    target = LABELS if kind is RandomForestClassifier else VALUES
    estimator = kind(trees, random_state=0).fit(with_holes(ROWS), target)
    check(estimator, with_holes(RANDOM.normal(0, 2, (300, 6))))


@pytest.mark.parametrize("addends", [1, 2, 9, 100, 1001])
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 3), (3, 2), (64, 1), (1, 64), (64, 10)])
def test_sums_are_in_order(addends: int, shape: tuple[int, int]) -> None:
    values = RANDOM.normal(size=(addends, *shape)) * 10.0 ** RANDOM.integers(-8, 8, (addends, *shape))
    one_by_one = np.zeros(shape)
    for value in values:
        one_by_one += value
    assert np.array_equal(merged.in_order(values), one_by_one)


def test_large_ensembles_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second copy of many nodes; the answers stay."""
    monkeypatch.setattr(merged, "MAX_NODES", 100)
    estimator = RandomForestClassifier(20, random_state=0).fit(ROWS, LABELS)
    assert merged.forest([tree.tree_ for tree in estimator.estimators_], 6, 3) is None
    check(estimator, ROWS)

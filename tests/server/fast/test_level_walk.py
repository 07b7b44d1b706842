# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Large trees walked level by level give every bit of the estimator's own answer."""

from __future__ import annotations

import numpy as np
import pytest
from same_bits import check
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier

from model_server.fast import level_walk
from model_server.fast.nodes import of_forest

RANDOM = np.random.default_rng(5)
ROWS = RANDOM.normal(size=(400, 6))
NOISE = RANDOM.integers(0, 3, 400)
VALUES = ROWS @ np.arange(6.0)
COUNTS = (1, level_walk.MIN_ROWS - 1, level_walk.MIN_ROWS, 40, level_walk.MAX_ROWS, level_walk.MAX_ROWS + 1)


@pytest.mark.parametrize("trees", [1, 2, 37])
@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesRegressor])
def test_large_forests_that_know_no_missing_values(kind: type, trees: int) -> None:
    """Rows on thresholds, beyond them, and so small that only float64 tells them from zero."""
    target = NOISE if kind is RandomForestClassifier else VALUES
    estimator = kind(trees, random_state=0).fit(ROWS, target)
    edges = np.concatenate([tree.tree_.threshold[tree.tree_.feature >= 0] for tree in estimator.estimators_])
    on_thresholds = np.resize(edges, (300, 6))
    tiny = RANDOM.choice([1e-50, -1e-50, 0.0, -0.0, 1e30, -1e30], (100, 6))
    check(estimator, np.vstack([on_thresholds, tiny, RANDOM.normal(0, 2, (200, 6))]), COUNTS)


@pytest.mark.parametrize(("bits", "most"), [("CHILD_BITS", 5), ("COLUMN_BITS", 2)])
def test_forests_with_too_many_nodes_or_columns_are_walked_otherwise(monkeypatch, bits: str, most: int) -> None:
    monkeypatch.setattr(level_walk, bits, most)
    estimator = RandomForestClassifier(20, random_state=0).fit(ROWS, NOISE)
    assert level_walk.evaluator([of_forest(tree.tree_) for tree in estimator.estimators_], 6) is None
    check(estimator, ROWS, COUNTS)


def test_the_steps_of_a_level_end_where_every_walk_has_reached_a_leaf() -> None:
    """Also where one tree is a single leaf, and another one is deep."""
    deep = RandomForestClassifier(2, random_state=0).fit(ROWS, NOISE)
    flat = RandomForestClassifier(1, max_depth=1, min_samples_leaf=390, random_state=0).fit(ROWS, NOISE)
    trees = [tree.tree_ for forest in (flat, deep) for tree in forest.estimators_]
    assert trees[0].node_count == 1
    rows = RANDOM.normal(0, 2, (50, 6)).astype(np.float32)
    found = level_walk.evaluator(list(map(of_forest, trees)), 6)
    for tree, values in zip(trees, found.run(rows), strict=True):
        assert np.array_equal(values, tree.predict(rows))

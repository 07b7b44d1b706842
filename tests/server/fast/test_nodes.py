# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nodes of both kinds of trees lead rows to the same leaves as the trees themselves."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.tree import DecisionTreeRegressor

from model_server.fast.nodes import Nodes, of_boosting, of_forest

ROWS = np.random.default_rng(6).normal(size=(200, 3)).astype(np.float32).astype(np.float64)
ROWS[::7, 1] = np.nan
VALUES = np.nan_to_num(ROWS).sum(axis=1)


def value_of(nodes: Nodes, row: np.ndarray) -> np.ndarray:
    here = 0
    while not nodes.leaf[here]:
        number = row[nodes.column[here]]
        left = nodes.missing_left[here] if np.isnan(number) else number <= nodes.threshold[here]
        here = (nodes.left if left else nodes.right)[here]
    return nodes.value[here]


def test_of_a_forest() -> None:
    tree = DecisionTreeRegressor(max_depth=5, random_state=0).fit(ROWS, VALUES).tree_
    nodes = of_forest(tree)
    walked = np.array([value_of(nodes, row) for row in ROWS])
    assert np.array_equal(walked.ravel(), tree.predict(ROWS.astype(np.float32)).ravel())


def test_of_boosting() -> None:
    model = HistGradientBoostingRegressor(max_iter=1, min_samples_leaf=5).fit(ROWS, VALUES)
    nodes = of_boosting(model._predictors[0][0].nodes)
    walked = np.array([value_of(nodes, row) for row in ROWS]) + model._baseline_prediction.item()
    assert np.array_equal(walked, model.predict(ROWS))

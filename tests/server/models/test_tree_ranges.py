# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trees that point at what is not there are refused before they are walked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import train
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor
from support import Server

from model_server.models.tree_ranges import fault

ROWS = np.random.default_rng(0).normal(size=(80, 3))
LABELS = (ROWS[:, 0] + ROWS[:, 1] > 0).astype(int)
TREES = {
    "forest": RandomForestClassifier(3, random_state=0),
    "extra": ExtraTreesRegressor(3, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=3, random_state=0),
    "isolation": IsolationForest(n_estimators=3, random_state=0),
    "tree": DecisionTreeRegressor(),
    "pipeline": make_pipeline(StandardScaler(), RandomForestClassifier(3, random_state=0)),
}


def tree_of(estimator: BaseEstimator):
    last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    inner = np.ravel(getattr(last, "estimators_", [last]))[-1]
    return inner.tree_


@pytest.mark.parametrize("name", TREES)
def test_whole_trees_have_no_fault(name: str) -> None:
    assert fault(TREES[name].fit(ROWS, LABELS)) is None


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize(
    ("array", "value"),
    [
        ("children_left", 10**6),
        ("children_left", 0),
        ("children_right", -7),
        ("children_right", 10**6),
        ("feature", 3),
        ("feature", -1),
    ],
)
def test_damaged_trees_have_one(name: str, array: str, value: int) -> None:
    estimator = TREES[name].fit(ROWS, LABELS)
    getattr(tree_of(estimator), array)[0] = value
    assert fault(estimator).startswith("a tree of its ")


@pytest.mark.parametrize(("field", "value"), [("left", 10**6), ("left", 0), ("right", 10**6), ("feature_idx", 3)])
def test_trees_of_histogram_boosting(field: str, value: int) -> None:
    estimator = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5).fit(ROWS, LABELS)
    assert fault(estimator) is None
    estimator._predictors[-1][0].nodes[field][0] = value
    assert fault(estimator).startswith("a tree of its HistGradientBoostingClassifier is damaged: ")


def test_sets_of_categories() -> None:
    rows = np.column_stack([np.arange(80) % 4, ROWS[:, 0]])
    estimator = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5, categorical_features=[0])
    estimator.fit(rows, np.arange(80) % 4 == 2)
    assert fault(estimator) is None
    nodes = estimator._predictors[0][0].nodes
    nodes["bitset_idx"][np.flatnonzero(nodes["is_categorical"])] = 99
    assert fault(estimator).endswith("a split is of no set of categories")


def test_other_estimators_have_none() -> None:
    assert fault(LinearRegression().fit(ROWS, LABELS)) is None
    assert fault(object()) is None


def test_a_damaged_forest_is_not_served(tmp_path: Path) -> None:
    forest = RandomForestClassifier(3, random_state=0).fit(ROWS, LABELS)
    tree_of(forest).children_left[0] = 10**6
    train.write(forest, {"example": ROWS[:2].tolist()}, tmp_path / "m" / "1")
    digest = hashlib.sha256((tmp_path / "m" / "1" / "model.skops").read_bytes()).hexdigest()
    server = Server(tmp_path, MODEL_SHA256=digest)
    assert server.wait_exit() == 3
    assert "a tree of its DecisionTreeClassifier is damaged" in server.lines()[-1]["message"]

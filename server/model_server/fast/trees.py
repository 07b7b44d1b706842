# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Forests and histogram gradient boosting without scikit-learn's checks and dispatch at each call."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from . import joined_trees
from .finite import surely_finite
from .steps import Bounds, Step


def tree_steps(estimator: Any) -> dict[str, Step]:
    """The methods of a forest or of histogram gradient boosting; else none.

    Recognised by the name of their module, so that no other module is imported.
    """
    module = type(estimator).__module__
    if module == "sklearn.ensemble._forest":
        return forest(estimator)
    return boosting(estimator) if module.startswith("sklearn.ensemble._hist_gradient_boosting.") else {}


def forest(estimator: Any) -> dict[str, Step]:
    """Random forests and extra trees of one output, without joblib's dispatch of trees to threads."""
    from sklearn.ensemble._forest import ForestClassifier, ForestRegressor

    kind = type(estimator)
    if not isinstance(estimator, ForestClassifier | ForestRegressor) or estimator.n_outputs_ != 1:  # e.g. an embedding
        return {}
    trees = [tree.tree_ for tree in estimator.estimators_]
    columns = estimator.n_classes_ if isinstance(estimator, ForestClassifier) else 1
    faster = joined_trees.forest_evaluator(trees, estimator.n_features_in_, columns)

    def mean(rows: np.ndarray, bounds: Bounds) -> np.ndarray:
        single = rows.astype(np.float32)
        if not surely_finite(single) and np.isinf(single).any():
            raise ValueError("input contains a value too large for float32")
        if faster is not None and len(single) <= faster.max_rows:
            total = faster.run(single)
        else:
            total = np.zeros((len(rows), columns))
            for tree in trees:
                total += tree.predict(single)
        total /= len(trees)
        return total

    if kind.predict is ForestRegressor.predict:
        return {"predict": lambda rows, bounds: mean(rows, bounds)[:, 0]}
    if not isinstance(estimator, ForestClassifier) or kind.predict_proba is not ForestClassifier.predict_proba:
        return {}
    if kind.predict is not ForestClassifier.predict:
        return {"predict_proba": mean}
    classes = estimator.classes_
    return {
        "predict": lambda rows, bounds: classes.take(mean(rows, bounds).argmax(axis=1), axis=0),
        "predict_proba": mean,
    }


def boosting(estimator: Any) -> dict[str, Step]:
    """Histogram gradient boosting: the estimator's own methods, on raw predictions made in one call."""
    faster = joined_trees.boosting_evaluator(estimator)
    if faster is None:
        return {}
    own = type(estimator)._raw_predict
    twin = copy.copy(estimator)
    twin._raw_predict = lambda rows: faster.run(rows) if len(rows) <= faster.max_rows else own(estimator, rows)
    methods = [method for method in ("predict", "predict_proba") if hasattr(twin, method)]
    return {method: without_bounds(getattr(twin, method)) for method in methods}


def without_bounds(method: Callable[[np.ndarray], np.ndarray]) -> Step:
    return lambda rows, bounds: method(rows)

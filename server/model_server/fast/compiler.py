# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shorter ways to an estimator's own answer: the same arithmetic without what scikit-learn checks at each call.

A fast path is only ever used where inference/plans.py found it equal to the estimator, bit for bit, on probes.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.utils.extmath import softmax

from . import joined_trees
from .finite import surely_finite

# A step takes rows and the requests' bounds among them. Bounds are None where rows may be multiplied all at once;
# else each request's rows are multiplied by themselves, since a BLAS sums differently for different numbers of rows.
Bounds = list[tuple[int, int]] | None
Step = Callable[[np.ndarray, Bounds], np.ndarray]


# Where the predict of linear regressions is written that is no more than their scores.
LINEAR_PREDICTS = ("sklearn.linear_model._base", "sklearn.linear_model._ridge")


def compile_methods(estimator: Any) -> dict[str, Step]:
    """Its methods as functions of float64 rows, as far as there are shorter ways."""
    steps: list[Step] = []
    if type(estimator).__module__ == "sklearn.pipeline" and type(estimator).__name__ == "Pipeline":
        for _unused, transformer in estimator.steps[:-1]:
            step = transform(transformer)
            if step is None:
                return {}
            steps.append(step)
        estimator = estimator.steps[-1][1]
    finals = linear(estimator) or ensemble(estimator)
    return {method: after(steps, final) for method, final in finals.items()}


def after(steps: list[Step], final: Step) -> Step:
    """All of them, one after the other."""
    if not steps:
        return final

    def run(rows: np.ndarray, bounds: Bounds) -> np.ndarray:
        for step in steps:
            rows = step(rows, bounds)
        return final(rows, bounds)

    return run


def transform(transformer: Any) -> Step | None:
    """A scaler's transform; None for every other transformer."""
    name = type(transformer).__name__ if type(transformer).__module__.startswith("sklearn.") else ""
    if transformer == "passthrough":
        return lambda rows, bounds: rows
    if name == "StandardScaler":
        return shift_and_divide(
            transformer.mean_ if transformer.with_mean else None, transformer.scale_ if transformer.with_std else None
        )
    if name == "RobustScaler":
        return shift_and_divide(
            transformer.center_ if transformer.with_centering else None,
            transformer.scale_ if transformer.with_scaling else None,
        )
    if name == "MaxAbsScaler" and not getattr(transformer, "clip", False):
        return shift_and_divide(None, transformer.scale_)
    if name == "MinMaxScaler" and not transformer.clip:
        scale, low = transformer.scale_, transformer.min_
        return lambda rows, bounds: rows * scale + low
    return None


def shift_and_divide(shift: np.ndarray | None, divisor: np.ndarray | None) -> Step:
    def run(rows: np.ndarray, bounds: Bounds) -> np.ndarray:
        if shift is None:
            return rows if divisor is None else rows / divisor
        moved = rows - shift
        return moved if divisor is None else np.divide(moved, divisor, out=moved)  # without another copy

    return run


def linear(estimator: Any) -> dict[str, Step]:
    """Models whose answer is made of `rows @ coef.T + intercept` as scikit-learn's own base classes do it."""
    base = sys.modules.get("sklearn.linear_model._base")
    if base is None:  # so this is no linear model, and its module need not be imported
        return {}
    kind = type(estimator)
    if isinstance(estimator, base.LinearModel) and kind.predict.__module__ in LINEAR_PREDICTS:
        return {"predict": scores_of(estimator)}
    if not isinstance(estimator, base.LinearClassifierMixin):
        return {}
    if kind.decision_function is not base.LinearClassifierMixin.decision_function:
        return {}
    scores = scores_of(estimator)
    found: dict[str, Step] = {}
    if kind.predict is base.LinearClassifierMixin.predict:
        classes = estimator.classes_

        def labels(rows: np.ndarray, bounds: Bounds) -> np.ndarray:
            values = scores(rows, bounds)
            return classes.take(values.argmax(axis=1) if values.ndim == 2 else (values > 0).astype(np.intp))

        found["predict"] = labels
    if kind.__name__ not in ("LogisticRegression", "LogisticRegressionCV"):
        return found
    if len(estimator.classes_) > 2:
        return {**found, "predict_proba": lambda rows, bounds: softmax(scores(rows, bounds), copy=False)}

    def two_classes(rows: np.ndarray, bounds: Bounds) -> np.ndarray:
        second = expit(scores(rows, bounds))
        return np.stack([1 - second, second], axis=1)

    return {**found, "predict_proba": two_classes}


def scores_of(estimator: Any) -> Step:
    """The decision function; one column is returned as a flat array."""
    weights, intercept = estimator.coef_.T, estimator.intercept_

    def run(rows: np.ndarray, bounds: Bounds) -> np.ndarray:
        size = len(rows) if bounds is None else bounds[0][1]
        if size == len(rows):
            products = rows @ weights
        elif all(end - start == size for start, end in bounds):  # one call that multiplies each by itself
            products = (rows.reshape(len(bounds), size, -1) @ weights).reshape(len(rows), *weights.shape[1:])
        else:
            products = np.empty((len(rows), *weights.shape[1:]))
            for start, end in bounds:
                np.matmul(rows[start:end], weights, out=products[start:end])
        products += intercept
        return products.reshape(-1) if products.ndim == 2 and products.shape[1] == 1 else products

    return run


def ensemble(estimator: Any) -> dict[str, Step]:
    """Forests and histogram gradient boosting, told by their modules, so that no other's module is imported."""
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
    shorter = joined_trees.forest(trees, estimator.n_features_in_, columns)

    def mean(rows: np.ndarray, bounds: Bounds) -> np.ndarray:
        single = rows.astype(np.float32)
        if not surely_finite(single) and np.isinf(single).any():
            raise ValueError("input contains a value too large for float32")
        if shorter is not None and len(single) <= shorter.most:
            total = shorter.run(single)
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
    """Histogram gradient boosting: the estimator's own methods, on raw predictions that are made in one call."""
    shorter = joined_trees.boosting(estimator)
    if shorter is None:
        return {}
    whole = type(estimator)._raw_predict
    twin = copy.copy(estimator)
    twin._raw_predict = lambda rows: shorter.run(rows) if len(rows) <= shorter.most else whole(estimator, rows)
    return {
        method: rows_only(getattr(twin, method)) for method in ("predict", "predict_proba") if hasattr(twin, method)
    }


def rows_only(method: Callable[[np.ndarray], np.ndarray]) -> Step:
    return lambda rows, bounds: method(rows)

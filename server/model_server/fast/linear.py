# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Linear models without scikit-learn's checks at each call."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.utils.extmath import softmax

from .steps import Bounds, Step

# The modules whose predict returns the scores themselves.
LINEAR_PREDICTS = ("sklearn.linear_model._base", "sklearn.linear_model._ridge")


def linear_steps(estimator: Any) -> dict[str, Step]:
    """The methods of a model that computes `rows @ coef.T + intercept` as scikit-learn's base classes do; else none."""
    base = sys.modules.get("sklearn.linear_model._base")
    if base is None:  # so this is no linear model, and its module need not be imported
        return {}
    kind = type(estimator)
    if not kind.__module__.startswith("sklearn."):  # a subclass may change what its methods call
        return {}
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
    """The decision function; a single column is returned as a flat array."""
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

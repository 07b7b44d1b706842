# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which estimators have faster functions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler

from model_server.fast.compiler import compile_methods

ROWS = np.random.default_rng(4).normal(size=(40, 3))
LABELS = (ROWS[:, 0] > 0).astype(int)


@pytest.mark.parametrize(
    ("estimator", "methods"),
    [
        (LinearRegression(), {"predict"}),
        (LogisticRegression(), {"predict", "predict_proba"}),
        (RidgeClassifier(), {"predict"}),
        (RandomForestClassifier(3), {"predict", "predict_proba"}),
        (GaussianNB(), set()),
        (make_pipeline(StandardScaler(), "passthrough", LogisticRegression()), {"predict", "predict_proba"}),
        (make_pipeline(PolynomialFeatures(), LogisticRegression()), set()),
        (make_pipeline(StandardScaler(), GaussianNB()), set()),
    ],
    ids=str,
)
def test_methods(estimator: BaseEstimator, methods: set[str]) -> None:
    assert compile_methods(estimator.fit(ROWS, LABELS)).keys() == methods


@pytest.mark.parametrize("bounds", [[(0, 10), (10, 20), (20, 30), (30, 40)], [(0, 1), (1, 4), (4, 40)]])
def test_each_request_is_multiplied_by_itself(bounds: list[tuple[int, int]]) -> None:
    """For requests of one size and of several, the bits are those of each request alone."""
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, LABELS)
    together = compile_methods(model)["predict_proba"](ROWS, bounds)
    for start, end in bounds:
        assert np.array_equal(together[start:end], model.predict_proba(ROWS[start:end]))


@pytest.mark.parametrize("final", [LogisticRegression(), RidgeClassifier(), RandomForestClassifier(3)], ids=str)
def test_what_a_scaler_makes_infinite_is_refused_by_the_next_step(final: BaseEstimator) -> None:
    model = make_pipeline(MinMaxScaler((0, 1e10)), final).fit(ROWS, LABELS)
    far = np.full((1, 3), 1e305)
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="too large for"):
        compile_methods(model)["predict"](far, None)
    with pytest.raises(ValueError, match="infinity"):
        model.predict(far)

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The precision of a model is that of its training rows, where it keeps it."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model_server.models.precision import precision_of

ROWS = np.random.default_rng(1).normal(size=(30, 3))
KEEPING = [
    Ridge(),
    make_pipeline(StandardScaler(), Ridge()),
    make_pipeline(PCA(2), HistGradientBoostingRegressor(max_iter=2)),
    KNeighborsRegressor(),
    KMeans(2, n_init=1),
    MLPRegressor(hidden_layer_sizes=(2,), max_iter=5),
]


@pytest.mark.parametrize("estimator", KEEPING, ids=str)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_it_is_that_of_the_rows(estimator: object, kind: type) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(ROWS.astype(kind), ROWS[:, 0].astype(kind))
    assert precision_of(estimator) is kind


@pytest.mark.parametrize("estimator", [RandomForestRegressor(2), HistGradientBoostingRegressor(max_iter=2)], ids=str)
def test_trees_take_double_precision_whatever_they_were_fitted_with(estimator: object) -> None:
    assert precision_of(estimator.fit(ROWS.astype(np.float32), ROWS[:, 0])) is np.float64

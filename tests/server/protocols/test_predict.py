# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The server's own protocol."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from support import Server

ROWS = load_iris().data[[0, 50, 100]].tolist()
SPECIES = ["setosa", "versicolor", "virginica"]


def test_own_predict(iris: Server) -> None:
    answer = iris.post("/predict", {"instances": ROWS})
    assert (answer.status, answer.json) == (200, {"model": "iris", "version": "1", "predictions": SPECIES})
    named = [dict(zip(load_iris().feature_names, row, strict=True)) for row in ROWS]
    assert iris.post("/predict", {"instances": named}).json == answer.json


def test_own_predict_proba(iris: Server) -> None:
    answer = iris.post("/predict", {"instances": ROWS, "method": "predict_proba"}).json
    assert answer["classes"] == SPECIES
    assert np.argmax(answer["predictions"], axis=1).tolist() == [0, 1, 2]
    assert np.sum(answer["predictions"], axis=1) == pytest.approx(1)

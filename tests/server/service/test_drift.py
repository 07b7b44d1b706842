# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inputs are counted and sampled."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.datasets import load_iris
from support import Server

ROWS = load_iris().data[[0, 50, 100]].tolist()
SPECIES = ["setosa", "versicolor", "virginica"]


def test_inputs_are_counted_and_sampled(iris_store: Path) -> None:
    with Server(iris_store, SERVER_SAMPLE_RATE="1", SERVER_SAMPLE_REDACT="petal width (cm), none") as server:
        server.post("/predict", {"instances": ROWS})
        metrics = server.metrics()
        label = '{column="sepal length (cm)",model="iris",version="1"}'
        assert metrics['model_server_input_rows_total{model="iris",version="1"}'] == 3
        assert metrics[f"model_server_input_sum{label}"] == pytest.approx(sum(row[0] for row in ROWS))
        (sample,) = server.lines("sample")
        assert sample["inputs"]["sepal length (cm)"] == [row[0] for row in ROWS]
        assert sample["inputs"]["petal width (cm)"] == "(redacted)"
        assert sample["outputs"] == SPECIES

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inputs are counted and sampled."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_iris
from support import Server

from model_server.observe.metrics import Metrics
from model_server.service.drift import InputMonitor

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


def call(rows: list, columns: int = 2) -> SimpleNamespace:
    labels = [("m", "1", str(i)) for i in range(min(columns, 100))]
    model = SimpleNamespace(name="m", version="1", column_labels=labels, columns=["0", "1"])
    return SimpleNamespace(model=model, method="predict", rows=np.array(rows, dtype=float), result=np.array([1]))


def monitor(metrics: Metrics, rate: float = 0.0) -> InputMonitor:
    return InputMonitor(metrics, SimpleNamespace(server_sample_rate=rate, server_sample_redact=("1",)))


def test_missing_values_are_counted_and_left_out_of_the_sums() -> None:
    metrics = Metrics()
    monitor(metrics).observe(call([[1, 2], [3, np.nan]]), 1.0)
    sums = {name: dict(metrics.counters[f"model_server_input_{name}"]) for name in ("sum", "squares", "missing")}
    first, second = ("m", "1", "0"), ("m", "1", "1")
    assert sums == {"sum": {first: 4, second: 2}, "squares": {first: 10, second: 4}, "missing": {first: 0, second: 1}}
    assert metrics.counters["model_server_input_rows"][("m", "1")] == 2


def test_at_most_a_hundred_requests_a_second() -> None:
    metrics = Metrics()
    inputs = monitor(metrics)
    for now in (1.0, 1.001, 1.009, 1.011, 1.012):
        inputs.observe(call([[1, 2]]), now)
    assert metrics.counters["model_server_input_rows"][("m", "1")] == 2


def test_of_a_wide_model_the_first_columns() -> None:
    metrics = Metrics()
    monitor(metrics).observe(call([[1] * 150], columns=150), 1.0)
    assert len(metrics.counters["model_server_input_sum"]) == 100


def test_a_sample_holds_no_value_of_a_redacted_column(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    monitor(Metrics(), rate=1.0).observe(call([[1, 2]]), 1.0)
    assert caplog.records[0].fields["inputs"] == {"0": [1.0], "1": "(redacted)"}

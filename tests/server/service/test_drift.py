# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inputs are counted and sampled."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import train
from pandas import DataFrame
from prometheus_client import generate_latest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from support import Server

from model_server.models.model import Model
from model_server.models.schema import Column
from model_server.observe.exposition import MetricsCollector
from model_server.observe.metrics import Metrics
from model_server.service.drift import InputMonitor

ROWS = load_iris().data[[0, 50, 100]].tolist()
CITY = Column("city", "text", True, ["Basel", "Bern"])
SPECIES = ["setosa", "versicolor", "virginica"]


def test_inputs_are_counted_and_sampled(iris_store: Path) -> None:
    with Server(iris_store, SERVER_SAMPLE_RATE="1", SERVER_SAMPLE_REDACT="petal width (cm), none") as server:
        server.post("/predict", {"instances": ROWS})
        metrics = server.metrics()
        label = '{column="sepal length (cm)",model="iris",version="1"}'
        assert metrics['model_server_input_rows_total{model="iris",version="1"}'] == 3
        assert metrics[f"model_server_input_values{label}"] == pytest.approx(sum(row[0] for row in ROWS))
        (sample,) = server.lines("sample")
        assert sample["inputs"]["sepal length (cm)"] == [row[0] for row in ROWS]
        assert sample["inputs"]["petal width (cm)"] == "(redacted)"
        assert sample["outputs"] == SPECIES


def call(rows: list, columns: int = 2, schema: list | None = None) -> SimpleNamespace:
    model = Model.__new__(Model)
    vars(model).update(name="m", version="1", names=None, features=columns, schema=schema, takes="numbers")
    return SimpleNamespace(model=model, method="predict", rows=np.array(rows, dtype=float), result=np.array([1]))


def monitor(metrics: Metrics, rate: float = 0.0) -> InputMonitor:
    return InputMonitor(metrics, SimpleNamespace(server_sample_rate=rate, server_sample_redact=("1",)))


def test_each_column_has_its_counts() -> None:
    metrics = Metrics()
    monitor(metrics).observe(call([[1, 2], [3, np.nan], [np.inf, 4]]), 1.0)
    fields = ("values", "squares", "missing", "extreme", "outside")
    sums = {name: dict(metrics.counters[f"model_server_input_{name}"]) for name in fields}
    first, second = ("m", "1", "0"), ("m", "1", "1")
    assert sums == {
        "values": {first: 4, second: 6},
        "squares": {first: 10, second: 20},
        "missing": {first: 0, second: 1},
        "extreme": {first: 1, second: 0},
        "outside": {},  # there is no schema
    }
    assert metrics.counters["model_server_input_rows"][("m", "1")] == 3
    assert metrics.windows == {}


def test_with_a_schema_there_is_a_verdict() -> None:
    metrics = Metrics()
    schema = [Column("0", "number", range=[0, 2]), Column("1", "number", range=[0, 9])]
    monitor(metrics).observe(call([[1, 2]] * 80 + [[3, 2]] * 20, schema=schema), 1.0)
    assert metrics.counters["model_server_input_outside"] == {("m", "1", "0"): 20, ("m", "1", "1"): 0}
    assert metrics.windows == {("m", "1", "0"): [100, 20], ("m", "1", "1"): [100, 0]}
    text = generate_latest(SimpleNamespace(collect=MetricsCollector(lambda: [metrics.snapshot()]).collect)).decode()
    assert 'model_server_input_drifted{column="0",model="m",version="1"} 1.0' in text
    assert 'model_server_input_drifted{column="1",model="m",version="1"} 0.0' in text


def test_models_that_take_frames_are_counted_too(tmp_path: Path) -> None:
    frame = DataFrame({"age": [20.0, 40.0, None, 60.0], "city": ["Bern", "Basel", None, "Bern"]})
    encoder = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["city"]), (SimpleImputer(), ["age"]))
    model = make_pipeline(encoder, LogisticRegression()).fit(frame, [0, 1, 0, 1])
    schema = [column.public() for column in (Column("age", "number", True, None, [20, 60]), CITY)]
    rows = [{"age": 20, "city": "Bern"}, {"age": 40, "city": "Basel"}]
    train.write(model, {"example": rows, "schema": schema}, tmp_path / "m" / "1")
    with Server(tmp_path, MODEL_TRUSTED_TYPES="numpy.dtype") as server:
        rows = [{"age": 30, "city": "Bern"}, {"age": None, "city": "Rome"}, {"age": 1e200, "city": None}]
        assert server.post("/predict", {"instances": rows}).status == 200
        metrics = server.metrics()
    found = {
        (field, column): metrics[f'model_server_input_{field}{{column="{column}",model="m",version="1"}}']
        for field in ("values", "missing_total", "extreme_total", "outside_total")
        for column in ("age", "city")
    }
    assert [found[field, "age"] for field in ("values", "missing_total", "extreme_total", "outside_total")] == [
        30,
        1,
        1,
        1,
    ]
    assert [found[field, "city"] for field in ("values", "missing_total", "extreme_total", "outside_total")] == [
        0,
        1,
        0,
        1,
    ]


def test_at_most_a_hundred_requests_a_second() -> None:
    metrics = Metrics()
    inputs = monitor(metrics)
    for now in (1.0, 1.001, 1.009, 1.011, 1.012):
        inputs.observe(call([[1, 2]]), now)
    assert metrics.counters["model_server_input_rows"][("m", "1")] == 2


def test_of_a_wide_model_the_first_columns() -> None:
    metrics = Metrics()
    monitor(metrics).observe(call([[1] * 150], columns=150), 1.0)
    assert len(metrics.counters["model_server_input_values"]) == 100


def test_a_sample_holds_no_value_of_a_redacted_column(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    monitor(Metrics(), rate=1.0).observe(call([[1, 2]]), 1.0)
    assert caplog.records[0].fields["inputs"] == {"0": [1.0], "1": "(redacted)"}

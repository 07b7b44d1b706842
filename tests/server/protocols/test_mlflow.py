# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MLflow's scoring protocol, with bodies as its client writes them."""

from __future__ import annotations

import json

import pytest
from sklearn.datasets import load_iris
from support import Server

FRAME = load_iris(as_frame=True).data.iloc[[0, 50, 100]]
SHUFFLED = FRAME[list(reversed(FRAME.columns))]
ROWS = FRAME.to_numpy().tolist()
ONE = "only one of instances, dataframe_split, dataframe_records, inputs is taken"
SPECIES = {"predictions": ["setosa", "versicolor", "virginica"]}


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": FRAME.to_dict("split")},
        {"dataframe_split": SHUFFLED.to_dict("split")},
        {"dataframe_records": SHUFFLED.to_dict("records")},
        {"instances": FRAME.to_numpy().tolist()},
        {"inputs": FRAME.to_numpy().tolist()},
        {"inputs": SHUFFLED.to_dict("list"), "params": {}},
    ],
    ids=lambda body: next(iter(body)),
)
def test_invocations(iris: Server, body: dict) -> None:
    assert iris.post("/invocations", body).json == SPECIES
    if "inputs" not in body:
        assert iris.post("/predict", body).json["predictions"] == SPECIES["predictions"]


def test_what_the_client_asks_first(iris: Server) -> None:
    assert iris.get("/ping").status == 200
    assert "version" in iris.get("/version").json


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"inputs": {"a": [1], "b": [1, 2]}}, "inputs: expected a list of one length for each column"),
        ({"inputs": {"a": 1}}, "inputs: expected a list of one length for each column"),
        ({"inputs": {}}, "inputs: expected a list with at least one row"),
        ({"dataframe_records": [{"a": 1}]}, "dataframe_records[0]: columns do not fit the model"),
        (
            {"params": {}},
            "instances: missing; expected a list of rows (or dataframe_split or dataframe_records or inputs)",
        ),
        ({"inputs": ROWS, "instances": ROWS}, f"inputs: {ONE}"),
        ({"dataframe_split": {"data": ROWS}, "inputs": ROWS}, f"inputs: {ONE}"),
        ({"inputs": ROWS, "dataframe_records": [{"a": 1}]}, f"inputs: {ONE}"),
        ({"instances": ROWS, "dataframe_split": {"data": ROWS}}, f"dataframe_split: {ONE}"),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_refusals(iris: Server, body: dict, message: str) -> None:
    answer = iris.post("/invocations", body)
    assert answer.status == 422
    assert answer.json["error"].startswith(message)

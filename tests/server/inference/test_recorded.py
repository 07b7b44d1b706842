# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a model predicts is compared with what its training recorded."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression
from support import Server

from model_server.inference.recorded import answered, same
from model_server.inference.warm_up import prepare
from model_server.models.description import describe
from model_server.models.model import ModelError

ROWS = np.arange(8.0).reshape(4, 2)
MODEL = LinearRegression().fit(ROWS, [1.0, 2.0, 3.0, 4.0])


def warm(expected: list | None, estimator: object = MODEL) -> None:
    metadata = {"sklearn_version": "1", "example": ROWS[:2].tolist(), "expected": expected}
    prepare(describe("m", "1", "d" * 64, metadata, estimator))


def test_expected_predictions_are_accepted_within_rounding() -> None:
    warm(None)
    warm([1.0, 2.0])
    warm([1.0 + 1e-9, 2])


def test_other_predictions_are_refused_and_both_are_named() -> None:
    with pytest.raises(ModelError, match=r"model m version 1: predicts \[1\.0.*\] for .* expected is \[1\.0,2\.5\]"):
        warm([1.0, 2.5])


def test_predictions_that_json_cannot_hold_are_refused() -> None:
    labels = np.array([datetime.timedelta(hours=h) for h in (1, 2, 1, 2)], dtype="timedelta64[us]")
    with pytest.raises(ModelError, match="its predictions cannot be answered as JSON"):
        warm(None, DummyClassifier(strategy="most_frequent").fit(ROWS, labels))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ([1, "a", [0.5]], [1.0, "a", [0.5 + 1e-8]], True),
        ([True], [1], False),
        ([1.0], [1.0, 1.0], False),
        (["1"], [1], False),
        ([None], [None], True),
        ([1.0], [1.00001], False),
    ],
)
def test_equal_but_for_rounding(one: list, other: list, equal: bool) -> None:
    assert same(one, other) is equal


def test_answers_are_as_a_client_reads_them() -> None:
    assert answered(np.array([1.5, np.nan])) == [1.5, None]


def test_the_server_lists_them(tmp_path: Path, iris_store: Path, iris: Server) -> None:
    entry = iris.get("/").json["models"][0]
    about = json.loads((iris_store / "iris" / "1" / "model.json").read_text())
    assert entry["expected"] == about["expected"] == ["setosa", "versicolor", "virginica"]
    assert iris.post("/predict", {"instances": entry["example"]}).json["predictions"] == entry["expected"]


def test_a_model_that_predicts_otherwise_is_not_served(tmp_path: Path, iris_store: Path) -> None:
    store = Path(shutil.copytree(iris_store, tmp_path / "models"))
    path = store / "iris" / "1" / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "expected": ["setosa"] * 3}))
    server = Server(store)
    assert server.wait_exit() == 3
    assert '["setosa","versicolor","virginica"]' in server.lines()[-1]["message"]

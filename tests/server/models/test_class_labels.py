# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Labels of a booster's classes: from model.json, held against the file, and answered in every protocol."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from grpc_calls import calls
from ports import free_port
from sklearn.linear_model import LinearRegression, LogisticRegression
from support import Server

from model_server.models.boosted import Boosted, open_lightgbm, open_xgboost
from model_server.models.class_labels import are_labels, name_classes
from model_server.models.model import ModelError

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(60, 3))
LABELS = np.array(["high", "low", "middle"])
NUMBERS = RANDOM.integers(0, 3, 60)
FEW = {"n_estimators": 3, "n_jobs": 1}


def save_xgboost(path: Path) -> np.ndarray:
    """The predictions of a model that was trained with numbers for classes, as the labels for these."""
    model = xgboost.XGBClassifier(**FEW).fit(ROWS, NUMBERS)
    model.save_model(path / "model.ubj")
    return LABELS[model.predict(ROWS)]


def save_lightgbm(path: Path) -> np.ndarray:
    """The predictions of a model that was trained with labels, of which the file knows nothing."""
    model = lightgbm.LGBMClassifier(verbose=-1, **FEW).fit(ROWS, LABELS[NUMBERS])
    model.booster_.save_model(path / "model.txt")
    return model.predict(ROWS)


SAVED: dict[str, Callable[[Path], np.ndarray]] = {"xgboost": save_xgboost, "lightgbm": save_lightgbm}


def describe(folder: Path, **more: Any) -> None:
    """Write the model.json of the file in the folder."""
    (file,) = folder.iterdir()
    about = {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), **more}
    (folder / "model.json").write_text(json.dumps(about))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory):
    """A server of both boosters, its gRPC port, and what each was saved to predict."""
    store, predicted, port = tmp_path_factory.mktemp("labels"), {}, free_port()
    for name, save in SAVED.items():
        folder = store / name / "1"
        folder.mkdir(parents=True)
        predicted[name] = save(folder).tolist()
        example = {"example": ROWS[:3].tolist(), "expected": predicted[name][:3]}
        describe(folder, classes=LABELS.tolist(), **example)
    with Server(store, MODEL_NAME="xgboost", SERVER_GRPC_PORT=str(port)) as server:
        yield server, port, predicted


@pytest.mark.parametrize("name", SAVED)
def test_every_protocol_answers_with_them(served, name: str) -> None:
    server, port, predicted = served
    rows = {"instances": ROWS.tolist()}
    assert server.post(f"/v1/models/{name}:predict", rows).json["predictions"] == predicted[name]
    tensor = {"name": "x", "shape": [60, 3], "datatype": "FP64"}
    asked = {"inputs": [{**tensor, "data": ROWS.ravel().tolist()}]}
    (output,) = server.post(f"/v2/models/{name}/infer", asked).json["outputs"]
    assert (output["datatype"], output["data"]) == ("BYTES", predicted[name])
    assert {"name": "predict", "datatype": "BYTES", "shape": [-1]} in server.get(f"/v2/models/{name}").json["outputs"]
    with calls(port) as call:
        answer = call("ModelInfer", model_name=name, inputs=[{**tensor, "contents": {"fp64_contents": ROWS.ravel()}}])
    labels = [label.decode() for label in answer.outputs[0].contents.bytes_contents]
    assert (answer.outputs[0].datatype, labels) == ("BYTES", predicted[name])


def test_so_do_predict_and_mlflows_way(served) -> None:
    server, _port, predicted = served
    answer = server.post("/predict", {"instances": ROWS.tolist(), "method": "predict_proba"}).json
    assert answer["classes"] == LABELS.tolist()
    best = [answer["classes"][int(np.argmax(row))] for row in answer["predictions"]]
    assert best == server.post("/predict", {"instances": ROWS.tolist()}).json["predictions"] == predicted["xgboost"]
    assert server.post("/invocations", {"inputs": ROWS.tolist()}).json["predictions"] == predicted["xgboost"]
    assert {tuple(model["classes"]) for model in server.get("/").json["models"]} == {tuple(LABELS)}


def booster(classes: int) -> Boosted:
    model = xgboost.XGBClassifier(**FEW).fit(ROWS, NUMBERS % classes)
    return open_xgboost(bytes(model.get_booster().save_raw("ubj")))


@pytest.mark.parametrize("labels", [["no", "yes"], [-1, 1], [False, True]])
def test_predictions_are_of_their_kind(labels: list) -> None:
    model = booster(2)
    numbers = model.predict(ROWS)
    name_classes("m", model, labels)
    assert model.classes_.tolist() == labels
    assert model.predict(ROWS).tolist() == [labels[number] for number in numbers]


def test_without_them_the_library_answers() -> None:
    model = booster(3)
    numbers = model.predict(ROWS)
    name_classes("m", model, None)
    assert (model.predict(ROWS) == numbers).all() and model.predict(ROWS).dtype == numbers.dtype


def test_where_a_row_is_of_several_classes_they_name_the_probabilities() -> None:
    several = RANDOM.integers(0, 2, (60, 4))
    trained = xgboost.XGBClassifier(**FEW).fit(ROWS, several)
    model = open_xgboost(bytes(trained.get_booster().save_raw("ubj")))
    assert model.classes_.tolist() == [0, 1, 2, 3]
    name_classes("m", model, ["a", "b", "c", "d"])
    assert model.classes_.tolist() == ["a", "b", "c", "d"]
    assert (model.predict(ROWS) == trained.predict(ROWS)).all()


def amounts() -> Boosted:
    native = lightgbm.train({"verbose": -1, "num_threads": 1}, lightgbm.Dataset(ROWS, ROWS[:, 0]), 2)
    return open_lightgbm(native.model_to_string().encode())


@pytest.mark.parametrize(
    ("estimator", "labels", "message"),
    [
        (
            lambda: booster(3),
            ["no", "yes"],
            r"m has 3 classes; 'classes' in model.json has 2: no, yes\. List the labels",
        ),
        (lambda: booster(2), ["a", "b", "c"], r"m has 2 classes; 'classes' in model.json has 3: a, b, c\."),
        (amounts, ["no", "yes"], "m predicts no classes: take 'classes' out of model.json"),
        (lambda: LinearRegression().fit(ROWS, NUMBERS), ["no", "yes"], "m predicts no classes"),
        (
            lambda: LogisticRegression().fit(ROWS, LABELS[NUMBERS]),
            ["low", "middle", "high"],
            "m has the classes high, low, middle; 'classes' in model.json says low, middle, high",
        ),
    ],
)
def test_labels_that_do_not_fit_the_model_are_refused(estimator: Callable, labels: list, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        name_classes("m", estimator(), labels)


def test_the_labels_of_another_model_are_those_it_has() -> None:
    model = LogisticRegression().fit(ROWS, LABELS[NUMBERS])
    name_classes("m", model, LABELS.tolist())
    assert model.predict(ROWS[:1])[0] in LABELS


@pytest.mark.parametrize("value", [["no", "yes"], [-1, 1], [False, True], ["only"]])
def test_labels(value: list) -> None:
    assert are_labels(value)


@pytest.mark.parametrize(
    "value", [[], "no", {"no": 0}, ["no", "no"], ["no", 1], [0, True], [0.5, 1.5], [["a"]], [None]]
)
def test_what_are_no_labels(value: Any) -> None:
    assert not are_labels(value)


def test_a_server_whose_labels_do_not_fit_says_so(tmp_path: Path, start: Callable[..., Server]) -> None:
    folder = tmp_path / "churn" / "1"
    folder.mkdir(parents=True)
    save_lightgbm(folder)
    describe(folder, classes=["no", "yes"])
    server = start(tmp_path)
    assert server.wait_exit() == 3
    assert "model churn version 1 has 3 classes; 'classes' in model.json has 2: no, yes" in "".join(server.log)

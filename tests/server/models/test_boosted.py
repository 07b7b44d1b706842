# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models of XGBoost and LightGBM: saved in their own formats, served, and equal to the libraries themselves."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas
import pytest
import xgboost
from support import Server, fetch

from model_server.models import formats
from model_server.models.boosted import open_lightgbm, open_xgboost

RANDOM = np.random.default_rng(0)
ROWS = 200
NUMBERS = RANDOM.normal(size=(ROWS, 3))
NUMBERS[::7, 1] = np.nan
CITIES = ["Bern", "Oslo", "Rom"]
FRAME = pandas.DataFrame(
    {
        "age": RANDOM.integers(18, 80, ROWS).astype(float),
        "city": pandas.Categorical(RANDOM.choice(CITIES, ROWS), categories=CITIES),
        "pay": RANDOM.normal(3, 1, ROWS),
    }
)
FRAME.loc[::9, "city"] = np.nan
FRAME.loc[::5, "age"] = np.nan
CLASSES = {2: (np.nan_to_num(NUMBERS).sum(axis=1) > 0).astype(int), 3: RANDOM.integers(0, 3, ROWS)}
AMOUNTS = np.nan_to_num(NUMBERS) @ [1.0, 2.0, 3.0]
X = {"n_estimators": 5, "max_depth": 3, "n_jobs": 1}
L = {"n_estimators": 5, "num_leaves": 7, "n_jobs": 1, "verbose": -1}


def xgb(estimator: Any, rows: Any, targets: np.ndarray, path: Path) -> Any:
    estimator.fit(rows, targets).save_model(path)
    return estimator


def lgb(estimator: Any, rows: Any, targets: np.ndarray, path: Path) -> Any:
    estimator.fit(rows, targets).booster_.save_model(path)
    return estimator


CASES: dict[str, tuple[str, Callable[[Path], Any], Any]] = {
    "xgboost two classes": (
        "model.ubj",
        lambda path: xgb(xgboost.XGBClassifier(**X), NUMBERS, CLASSES[2], path),
        NUMBERS,
    ),
    "xgboost three classes": (
        "xgboost.json",
        lambda path: xgb(xgboost.XGBClassifier(**X), NUMBERS, CLASSES[3], path),
        NUMBERS,
    ),
    "xgboost amounts": ("model.ubj", lambda path: xgb(xgboost.XGBRegressor(**X), NUMBERS, AMOUNTS, path), NUMBERS),
    "xgboost dart": (
        "model.ubj",
        lambda path: xgb(xgboost.XGBRegressor(booster="dart", **X), NUMBERS, AMOUNTS, path),
        NUMBERS,
    ),
    "xgboost categories": (
        "model.ubj",
        lambda path: xgb(xgboost.XGBClassifier(enable_categorical=True, **X), FRAME, CLASSES[3], path),
        FRAME,
    ),
    "lightgbm two classes": (
        "model.txt",
        lambda path: lgb(lightgbm.LGBMClassifier(**L), NUMBERS, CLASSES[2], path),
        NUMBERS,
    ),
    "lightgbm three classes": (
        "model.txt",
        lambda path: lgb(lightgbm.LGBMClassifier(**L), NUMBERS, CLASSES[3], path),
        NUMBERS,
    ),
    "lightgbm amounts": ("model.txt", lambda path: lgb(lightgbm.LGBMRegressor(**L), NUMBERS, AMOUNTS, path), NUMBERS),
    "lightgbm categories": (
        "model.txt",
        lambda path: lgb(lightgbm.LGBMClassifier(**L), FRAME, CLASSES[3], path),
        FRAME,
    ),
}


def store_of(file: Path, folder: Path) -> None:
    """Metadata for a model's file in its folder, which names no scikit-learn."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps({"file": file.name, "sha256": digest}))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory):
    """One server of all cases: its models by name, and what each library itself made of it."""
    store = tmp_path_factory.mktemp("boosted")
    trained = {}
    for name, (file, train, _rows) in CASES.items():
        folder = store / name.replace(" ", "-") / "1"
        folder.mkdir(parents=True)
        trained[name] = train(folder / file)
        store_of(folder / file, folder)
    with Server(store) as server:
        yield server, trained


def plain(rows: Any) -> list[list]:
    """As a client sends them."""
    if isinstance(rows, np.ndarray):
        return [[None if np.isnan(value) else value for value in row] for row in rows.tolist()]
    return [[None if pandas.isna(value) else value for value in row] for row in rows.astype(object).values.tolist()]


@pytest.mark.parametrize("name", CASES)
def test_answers_are_the_librarys_own(served, name: str) -> None:
    server, trained = served
    rows = CASES[name][2]
    path = f"/v1/models/{name.replace(' ', '-')}:predict"
    answer = server.post(path, {"instances": plain(rows)})
    assert answer.status == 200, answer.json
    assert answer.json["predictions"] == trained[name].predict(rows).tolist()
    one = server.post(path, {"instances": plain(rows[:1])}).json
    assert one["predictions"] == trained[name].predict(rows[:1]).tolist()
    if hasattr(trained[name], "classes_"):
        infer = f"/v2/models/{name.replace(' ', '-')}"
        metadata = server.get(infer).json
        assert metadata["platform"] == name.partition(" ")[0]
        assert {output["name"] for output in metadata["outputs"]} == {"predict", "predict_proba"}


@pytest.mark.parametrize("name", [name for name in CASES if "classes" in name])
def test_probabilities_are_the_librarys_own(served, name: str) -> None:
    server, trained = served
    tensor = {"name": "x", "shape": [ROWS, 3], "datatype": "FP64", "data": list(chain.from_iterable(plain(NUMBERS)))}
    body = {"inputs": [tensor], "outputs": [{"name": "predict_proba"}]}
    (output,) = server.post(f"/v2/models/{name.replace(' ', '-')}/infer", body).json["outputs"]
    expected = trained[name].predict_proba(NUMBERS)
    found = np.array(output["data"], dtype=expected.dtype).reshape(expected.shape)
    assert (found == expected).all()


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_an_unknown_category_is_a_missing_value(served, library: str) -> None:
    server, _trained = served
    path = f"/v1/models/{library}-categories:predict"
    unknown, missing = (server.post(path, {"instances": [[40, city, 3]]}).json for city in ("Paris", None))
    assert unknown["predictions"] == missing["predictions"]
    by_name = {"instances": [{"age": 40, "city": "Rom", "pay": 3}]}
    assert server.post(path, by_name).status == 200


@pytest.mark.parametrize(("library", "file"), [("xgboost", "model.ubj"), ("lightgbm", "model.txt")])
def test_an_image_without_the_library_says_what_to_build(monkeypatch, library: str, file: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(formats.FormatError) as refused:
        formats.open_boosted(b"tree\n", library)
    assert f"needs {library}, which this image does not have" in str(refused.value)
    assert f"the line {library} in server/extras.txt" in str(refused.value)


@pytest.mark.parametrize(
    ("library", "content"),
    [("xgboost", b"{}"), ("xgboost", b'{"learner": 1}'), ("lightgbm", b"tree\nversion=v4\n"), ("lightgbm", b"notes")],
)
def test_a_damaged_file_is_named(library: str, content: bytes) -> None:
    with pytest.raises(formats.FormatError, match=f"cannot be opened by {library}: "):
        formats.open_boosted(content, library)


def test_a_booster_of_the_native_interface(tmp_path: Path) -> None:
    matrix = xgboost.DMatrix(NUMBERS, CLASSES[2])
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, matrix, 3)
    model = open_xgboost(bytes(booster.save_raw("ubj")))
    assert (model.predict_proba(NUMBERS)[:, 1] == booster.predict(matrix)).all()
    native = lightgbm.train({"verbose": -1, "num_threads": 1}, lightgbm.Dataset(NUMBERS, AMOUNTS), 3)
    assert (open_lightgbm(native.model_to_string().encode()).predict(NUMBERS) == native.predict(NUMBERS)).all()


def test_one_is_fetched(tmp_path: Path) -> None:
    file = tmp_path / "churn.json"
    xgb(xgboost.XGBRegressor(**X), NUMBERS, AMOUNTS, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    done = fetch(tmp_path / "store", MODEL_SOURCES=f"churn/1=file://{file}", MODEL_SHA256=f"churn/1={digest}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "store/churn/1/model.json").read_text())["file"] == "xgboost.json"
    with Server(tmp_path / "store") as server:
        assert server.post("/predict", {"instances": [[1, None, 3]]}).status == 200

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models of XGBoost and LightGBM in their own formats, as estimators. Opening one runs no code of the file.

Both predict with one thread: the event loop has one, and threads of OpenMP would not survive the fork of workers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

# By suffix, the library that writes such a file, which is also the name of the image's extra.
LIBRARIES = {".json": "xgboost", ".ubj": "xgboost", ".txt": "lightgbm"}
# What LightGBM calls the columns of an array.
NO_NAME = re.compile(r"Column_\d+")


class Boosted:
    """What the server needs of an estimator.

    :param names: of the columns, or None.
    :param categories: of each column those that it was trained with, by which rows are coded; empty for numbers.
    :param predict: the library's own, for an array or a DataFrame.
    """

    library = ""

    def __init__(self, features: int, names: list[str] | None, categories: list[list], predict: Callable):
        self.n_features_in_ = features
        self.categories = categories
        self.own_predict = predict
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
        if any(categories):
            self.categories_ = [np.array(known, dtype=object) for known in categories]

    def rows(self, rows: Any) -> Any:
        """The rows, with the texts of a DataFrame as categories of training; any other is a missing value."""
        if isinstance(rows, np.ndarray) or not any(self.categories):
            return rows
        known = dict(zip(rows.columns, self.categories, strict=True))
        return rows.assign(
            **{
                name: rows[name].astype("object").astype("category").cat.set_categories(categories)
                for name, categories in known.items()
                if categories
            }
        )

    def predict(self, rows: Any) -> np.ndarray:
        return self.own_predict(self.rows(rows))


class BoostedRegressor(Boosted):
    """A model of numbers: also ranks, counts and scores."""


class BoostedClassifier(Boosted):
    """A model of classes, which the file numbers from 0. Where a row may be of several, it predicts 0 or 1 for each.

    :ivar labels: of the classes, where model.json has them (class_labels.py); otherwise it predicts numbers.
    """

    def __init__(self, classes: int, probabilities: Callable, *about: Any):
        super().__init__(*about)
        self.classes_ = np.arange(classes)
        self.labels: np.ndarray | None = None
        self.own_probabilities = probabilities

    def predict(self, rows: Any) -> np.ndarray:
        numbers = super().predict(rows)
        return numbers if self.labels is None or numbers.ndim == 2 else self.labels.take(numbers)

    def predict_proba(self, rows: Any) -> np.ndarray:
        return self.own_probabilities(self.rows(rows))


def open_xgboost(file: bytes) -> Boosted:
    """The model in a file of XGBoost, JSON or UBJSON.

    :raises ImportError: XGBoost is not installed.
    :raises Exception: whatever XGBoost raises for a damaged file.
    """
    import xgboost

    booster = xgboost.Booster(model_file=bytearray(file))
    learner = json.loads(booster.save_config())["learner"]
    objective = learner["objective"]["name"]
    is_classifier = objective.startswith(("binary:", "multi:"))
    model = (xgboost.XGBClassifier if is_classifier else xgboost.XGBRegressor)(n_jobs=1)
    model.load_model(bytearray(file))
    booster = model.get_booster()
    about = booster.num_features(), booster.feature_names, categories_of_xgboost(booster), model.predict
    if is_classifier:
        of_one_row = int(learner["learner_model_param"]["num_target"])
        return BoostedClassifier(of_one_row if of_one_row > 1 else int(model.n_classes_), model.predict_proba, *about)
    return BoostedRegressor(*about)


def categories_of_xgboost(booster: Any) -> list[list]:
    """Of each column the categories that the file holds. One that was trained with codes has none, and takes codes."""
    if "c" not in (booster.feature_types or ()):
        return [[]] * booster.num_features()
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
    model = model.get("gbtree", model)["model"]
    encoded = model.get("cats", {}).get("enc") or [{}] * booster.num_features()
    return [texts_or_numbers(column) for column in encoded]


def texts_or_numbers(column: dict) -> list:
    """A column's categories: texts are the bytes between offsets."""
    values, offsets = column.get("values", []), column.get("offsets")
    if offsets is None:
        return values
    raw = bytes(value % 256 for value in values)
    return [raw[start:end].decode() for start, end in pairwise(offsets)]


def open_lightgbm(file: bytes) -> Boosted:
    """The model in a text file of LightGBM.

    :raises ImportError: LightGBM is not installed.
    :raises Exception: whatever LightGBM raises for a damaged file.
    """
    import lightgbm

    text = file.decode("utf-8")
    if not text.startswith("tree\n"):
        raise ValueError("it does not begin as LightGBM writes a model")
    booster = lightgbm.Booster(model_str=text)
    names = booster.feature_name()
    about = len(names), None if all(map(NO_NAME.fullmatch, names)) else names, categories_of_lightgbm(text, booster)
    objective = re.search(r"^objective=(\w+)", text, re.MULTILINE)
    name = objective[1] if objective else ""

    def predict(rows: Any) -> np.ndarray:
        return booster.predict(rows, num_threads=1)

    def probabilities(rows: Any) -> np.ndarray:
        found = predict(rows)
        return found if found.ndim == 2 else np.vstack((1.0 - found, found)).transpose()

    def classes(rows: Any) -> np.ndarray:
        return np.argmax(probabilities(rows), axis=1)

    if name == "binary" or name.startswith("multiclass"):
        return BoostedClassifier(max(2, booster.num_model_per_iteration()), probabilities, *about, classes)
    return BoostedRegressor(*about, predict)


def categories_of_lightgbm(text: str, booster: Any) -> list[list]:
    """Of each column the categories of the DataFrame that it was trained with. One trained with codes has none."""
    known = booster.pandas_categorical or []
    infos = re.search(r"^feature_infos=(.*)$", text, re.MULTILINE)[1].split(" ")
    coded = [info != "none" and not info.startswith("[") for info in infos]
    if not known:
        return [[]] * len(infos)
    if sum(coded) != len(known):
        raise ValueError("a column of categories had only one value in training: train it without that column")
    left = iter(known)
    return [next(left) if is_coded else [] for is_coded in coded]


OPENERS = {"xgboost": open_xgboost, "lightgbm": open_lightgbm}

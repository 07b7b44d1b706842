# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The form in which models take rows."""

from __future__ import annotations

import numpy as np
import pandas
import pytest
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from model_server.models.input_form import form
from model_server.models.input_parts import first, input_parts

TEXTS = ["cold rain", "sun"] * 6
CITIES = np.array([["Rome", 1.5], ["Oslo", 2.5]] * 6, dtype=object)
CATEGORIES = pandas.DataFrame({"city": pandas.Categorical(["Rome", "Oslo"] * 6), "note": TEXTS})
NUMBERS = pandas.DataFrame({"age": np.arange(12.0), "income": np.arange(12.0)})
LABELS = np.arange(12) % 3 == 0
ENCODED = make_column_transformer((OneHotEncoder(), ["city"]), (CountVectorizer(), "note"))


@pytest.mark.parametrize(
    ("steps", "rows", "takes"),
    [
        ([StandardScaler()], NUMBERS, "numbers"),
        ([StandardScaler()], NUMBERS.to_numpy(), "numbers"),
        ([CountVectorizer()], TEXTS, "texts"),
        (["passthrough", CountVectorizer()], TEXTS, "texts"),
        ([ENCODED], CATEGORIES, "frame"),
        ([OneHotEncoder()], CATEGORIES, "frame"),
        ([OneHotEncoder()], CITIES, "objects"),
        ([SimpleImputer(strategy="most_frequent"), OneHotEncoder()], CITIES, "objects"),
        ([make_column_transformer((OneHotEncoder(), [0]), remainder="passthrough")], CITIES, "objects"),
        ([OneHotEncoder()], np.array([[1.0], [2.0]] * 6), "numbers"),
    ],
)
def test_forms(steps: list, rows: object, takes: str) -> None:
    for estimator in (
        make_pipeline(*steps, LogisticRegression()),
        GridSearchCV(make_pipeline(*steps, LogisticRegression()), {}, cv=2),
    ):
        assert form_of(estimator.fit(rows, LABELS)) == takes


def test_categories_of_histogram_boosting_make_a_frame() -> None:
    rows = CATEGORIES[["city"]].assign(age=np.arange(12.0))
    assert form_of(HistGradientBoostingClassifier(max_iter=2).fit(rows, LABELS)) == "frame"


def test_texts_of_the_example_count_where_the_estimator_does_not_say() -> None:
    assert form_of(DummyClassifier().fit(TEXTS, LABELS), ["a text"]) == "texts"
    assert form_of(DummyClassifier().fit(CATEGORIES, LABELS), [["Rome", "sun"]]) == "frame"


def form_of(estimator: object, example: list | None = None) -> str:
    features, names = first(estimator, "n_features_in_"), first(estimator, "feature_names_in_")
    names = None if names is None else names.tolist()
    return form(list(input_parts(estimator, features or 1, names)), features is not None, names is not None, example)

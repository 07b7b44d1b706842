# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a model takes missing values is found by asking it."""

from __future__ import annotations

import numpy as np
import pandas
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from model_server.inference.nullable import taken
from model_server.inference.warm_up import prepare
from model_server.models.description import describe

ROWS = np.random.default_rng(3).normal(size=(30, 4))
LABELS = np.arange(30) % 3 == 0
IMPUTED = make_pipeline(SimpleImputer(), LogisticRegression())
BOOSTED = HistGradientBoostingClassifier(max_iter=2)
SOME = make_column_transformer((SimpleImputer(), [0, 2]), (StandardScaler(), [1]), remainder="drop")
FRAME = pandas.DataFrame(
    {"city": ["Rome", "Oslo", None] * 10, "age": ROWS[:, 0], "note": ["sun", "cold rain", "rain"] * 10}
)


@pytest.mark.parametrize(
    ("estimator", "nullable"),
    [
        (LogisticRegression(), [False] * 4),
        (IMPUTED, [True] * 4),
        (make_pipeline("passthrough", StandardScaler(), KNNImputer(), LogisticRegression()), [True] * 4),
        (CalibratedClassifierCV(BOOSTED, cv=2), [True] * 4),
        (CalibratedClassifierCV(IMPUTED, cv=2), [True] * 4),
        (VotingClassifier([("a", IMPUTED), ("b", BOOSTED)]), [True] * 4),
        (VotingClassifier([("a", IMPUTED), ("b", LogisticRegression())]), [False] * 4),
        (make_pipeline(StandardScaler(), LogisticRegression()), [False] * 4),
        (make_pipeline(SOME, LogisticRegression()), [True, False, True, True]),
    ],
)
def test_columns_of_numbers(estimator: object, nullable: list[bool]) -> None:
    model = describe("m", "1", "d" * 64, {"sklearn_version": "1"}, estimator.fit(ROWS, LABELS))
    prepare(model)
    assert model.nullable == nullable


def test_columns_of_a_frame() -> None:
    columns = make_column_transformer((OneHotEncoder(), ["city"]), (TfidfVectorizer(), "note"), remainder="passthrough")
    estimator = make_pipeline(columns, LogisticRegression()).fit(FRAME, LABELS)
    model = describe("m", "1", "d" * 64, {"sklearn_version": "1"}, estimator)
    prepare(model)
    assert dict(zip(model.columns, model.nullable, strict=True)) == {"city": True, "age": False, "note": False}


def test_halves_are_tried() -> None:
    tried = []

    def takes(columns: list[int]) -> bool:
        tried.append(columns)
        return 5 not in columns

    assert taken(list(range(8)), takes) == [0, 1, 2, 3, 4, 6, 7]
    assert len(tried) == 7

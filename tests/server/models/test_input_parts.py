# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of an estimator that are given the model's own columns."""

from __future__ import annotations

import numpy as np
import pandas
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from model_server.models.input_parts import columns_of, first, input_parts

NAMES = ["city", "age", "member"]
FRAME = pandas.DataFrame(
    {"city": pandas.Categorical(["Rome", "Oslo"] * 6), "age": np.arange(12.0), "member": [1.0, 0.0, 0.0] * 4}
)
LABELS = np.arange(12) % 3 == 0


def inner() -> object:
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), ["city"]),
        (StandardScaler(), [1, 2]),
    )
    return make_pipeline("passthrough", columns, LogisticRegression())


WRAPPED = {
    "pipeline": inner(),
    "searched": GridSearchCV(inner(), {}, cv=2),
    "calibrated": CalibratedClassifierCV(inner(), cv=2),
    "one of several": VotingClassifier([("a", inner()), ("b", inner())]),
    "union": make_pipeline(make_union(inner()[:-1], inner()[:-1]), LogisticRegression()),
}


@pytest.mark.parametrize("case", WRAPPED)
def test_parts_of_wrappers_are_found_with_their_columns(case: str) -> None:
    estimator = WRAPPED[case].fit(FRAME, LABELS)
    found = {
        (type(part).__name__, *(NAMES[c] for c in columns))
        for part, columns, _unused in input_parts(estimator, 3, NAMES)
    }
    assert found >= {("SimpleImputer", "city"), ("OneHotEncoder", "city"), ("StandardScaler", "age", "member")}
    assert "LogisticRegression" not in {part[0] for part in found}
    assert first(estimator, "n_features_in_") == 3
    assert first(estimator, "feature_names_in_").tolist() == NAMES


def test_histogram_boosting_encodes_its_categories_itself() -> None:
    parts = input_parts(HistGradientBoostingClassifier(max_iter=2).fit(FRAME, LABELS), 3, NAMES)
    assert [part.columns for part in parts if isinstance(part.estimator, OrdinalEncoder)] == [[0]]


@pytest.mark.parametrize(
    ("chosen", "columns"),
    [
        ("age", [1]),
        (["city", "member"], [0, 2]),
        ([0, 2], [0, 2]),
        (2, [2]),
        (slice(1, 3), [1, 2]),
        (np.array([True, False, True]), [0, 2]),
    ],
)
def test_columns_that_a_part_is_given(chosen: object, columns: list[int]) -> None:
    assert columns_of(chosen, [0, 1, 2], NAMES) == columns


def test_what_has_not_the_attribute_gives_none() -> None:
    assert first(LogisticRegression(), "n_features_in_") is None

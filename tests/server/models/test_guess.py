# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows for models that come without an example."""

from __future__ import annotations

import numpy as np
import pandas
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from model_server.models.guess import guess
from model_server.models.input_parts import input_parts

FRAME = pandas.DataFrame(
    {"age": [1.0, 2.0], "city": ["Rome", None], "note": ["cold rain", "sun"], "more": ["a", "b"], "kind": [np.nan, "x"]}
)


def test_each_column_gets_what_its_part_was_fitted_with() -> None:
    columns = make_column_transformer(
        (OneHotEncoder(), ["city"]),
        (TfidfVectorizer(), "note"),
        (HashingVectorizer(), "more"),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), ["kind"]),
        (StandardScaler(), ["age"]),
    ).fit(FRAME)
    assert guess(list(input_parts(columns, 5, list(FRAME))), 5) == [0.0, "Rome", "cold", "", "x"]

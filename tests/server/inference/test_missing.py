# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A JSON null is what the training data had for a missing value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas
import pytest
import train
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from support import Server

from model_server.inference.missing import columns_with_none
from model_server.inference.validation import kind_of_column, table_of
from model_server.inference.warm_up import prepare
from model_server.models.description import describe
from model_server.models.input_parts import input_parts
from model_server.models.model import Model

CITIES = ["Rome", "Oslo", "Rome", "Lima"] * 5
NAMES = ["city", "age", "member"]


def fitted(missing: object, *steps: object) -> tuple[Pipeline, pandas.DataFrame]:
    """A model of a text column in which some are missing, with the frame that it was fitted on."""
    cities = pandas.Series([missing if i % 7 == 0 else city for i, city in enumerate(CITIES)], dtype="object")
    ages = [np.nan if i % 9 == 0 else float(i) for i in range(20)]
    members = pandas.Series([missing if i % 5 == 0 else i % 2 == 0 for i in range(20)], dtype="object")
    frame = pandas.DataFrame({"city": cities, "age": ages, "member": members})
    columns = make_column_transformer(
        (make_pipeline(*steps, OneHotEncoder(handle_unknown="ignore")), ["city"]),
        (OneHotEncoder(handle_unknown="ignore"), ["member"]),
        (SimpleImputer(), ["age"]),
    )
    return make_pipeline(columns, LogisticRegression()).fit(frame, np.arange(20) % 3 == 0), frame


def served(estimator: Pipeline, rows: list) -> list:
    model = ready(estimator)
    return model.plans["predict_proba"].run([table_of(rows, model, "instances")])[0].tolist()


def ready(estimator: Pipeline) -> Model:
    metadata = {"sklearn_version": "1", "example": [["Rome", 1.0, True], ["Oslo", 2.0, False]]}
    model = describe("m", "1", "d" * 64, metadata, estimator)
    prepare(model)
    return model


CASES = {
    "imputed": (np.nan, SimpleImputer(strategy="most_frequent")),
    "imputed with a constant": (np.nan, SimpleImputer(strategy="constant", fill_value="none")),
    "a category of its own": (np.nan,),
    "None, imputed": (None, SimpleImputer(missing_values=None, strategy="most_frequent")),
    "None, a category": (None,),
    "None, not imputed": (None, SimpleImputer(strategy="most_frequent")),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("chosen", [[0, 1, 5, 7, 9], [0], [7], [5], [9], [0, 7]])
def test_null_is_what_the_training_data_had(case: str, chosen: list[int]) -> None:
    estimator, frame = fitted(*CASES[case])
    rows = [[None if pandas.isna(value) else value for value in row] for row in frame.iloc[chosen].values.tolist()]
    assert served(estimator, rows) == estimator.predict_proba(frame.iloc[chosen]).tolist()


def test_where_a_model_knows_none() -> None:
    for case, (missing, *steps) in CASES.items():
        known = columns_with_none(list(input_parts(fitted(missing, *steps)[0], 3, NAMES)), NAMES)
        assert known == ({"city", "member"} if missing is None else set()), case


def test_a_column_of_nulls_alone_is_of_the_kind_of_the_example() -> None:
    assert kind_of_column("c", [None], "rows", "text") == "text"
    assert kind_of_column("c", [None], "rows", "boolean") == "mixed"
    assert kind_of_column("c", [None], "rows") == "number"
    assert kind_of_column("c", [None, True], "rows") == "mixed"


def test_a_missing_text_is_imputed_over_http(tmp_path: Path) -> None:
    estimator, frame = fitted(*CASES["imputed"])
    example = frame.iloc[1:3].to_numpy(dtype=object).tolist()
    train.write(estimator, {"example": example}, tmp_path / "m" / "1")
    with Server(tmp_path, MODEL_TRUSTED_TYPES="numpy.dtype") as server:
        rows = [{"city": None, "age": 7.0, "member": False}, {"city": "Oslo", "age": None, "member": None}]
        wanted = pandas.DataFrame(
            {
                "city": pandas.Series([np.nan, "Oslo"], dtype="object"),
                "age": [7.0, np.nan],
                "member": pandas.Series([False, np.nan], dtype="object"),
            }
        )
        answer = server.post("/predict", {"instances": rows, "method": "predict_proba"})
        assert answer.json["predictions"] == estimator.predict_proba(wanted).tolist()
        assert server.get("/v2/models/m").status == 200

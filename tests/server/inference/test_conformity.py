# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A schema is enforced, with the row and the column of what does not conform."""

from __future__ import annotations

import numpy as np
import pandas
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from model_server.api.errors import RequestError
from model_server.inference.conformity import check_numbers
from model_server.inference.validation import rows_of
from model_server.inference.warm_up import prepare
from model_server.models.description import describe
from model_server.models.model import Model, ModelError
from model_server.protocols.open_inference_v2 import metadata
from model_server.protocols.openapi import columns

FRAME = pandas.DataFrame(
    {"city": ["Rome", "Oslo", "Lima"] * 4, "age": np.arange(20.0, 32), "member": [True, False, False, True] * 3}
)
SCHEMA = [
    {"name": "city", "kind": "text", "categories": ["Lima", "Oslo", "Rome"], "strict": True, "nullable": True},
    {"name": "age", "kind": "number", "range": [0, 120], "strict": True, "nullable": True},
    {"name": "member", "kind": "boolean"},
]
LABELS = np.arange(12) % 3 == 0


@pytest.fixture(scope="module")
def visits() -> Model:
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), ["city"]),
        (SimpleImputer(), ["age"]),
        remainder="passthrough",
    )
    estimator = make_pipeline(columns, LogisticRegression()).fit(FRAME, LABELS)
    about = {"sklearn_version": "1", "schema": SCHEMA, "example": [["Rome", 40, True]]}
    model = describe("visits", "1", "d" * 64, about, estimator)
    prepare(model)
    return model


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["Rome", "40", True], "instances[0] (age): expected numbers, got texts"),
        (["Rome", True, True], "instances[0] (age): expected numbers, got booleans"),
        ([5, 40, True], "instances[0] (city): expected texts, got numbers"),
        (["Rome", 40, 1], "instances[0] (member): expected booleans, got numbers"),
        (["Rome", 40, None], "instances[0] (member): null, which the schema does not allow"),
        (["Bern", 40, True], "instances[0] (city): none of the schema's categories: Lima, Oslo, Rome"),
        (["Rome", 400, True], "instances[0] (age): outside the schema's range, 0 to 120"),
    ],
)
def test_rows_of_a_frame_that_do_not_conform(visits: Model, row: list, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        rows_of([row], visits, 10)
    assert (refused.value.status, refused.value.message) == (422, message)


def test_what_conforms_is_taken(visits: Model) -> None:
    for row in (["Rome", 40, True], [None, None, False], ["Lima", 0.5, False]):
        visits.plans["predict"].run([rows_of([row], visits, 10)])


def test_it_is_published(visits: Model) -> None:
    assert [(t["name"], t["datatype"], t["shape"]) for t in metadata(visits, ["1"])["inputs"]] == [
        ("city", "BYTES", [-1]),
        ("age", "FP64", [-1]),
        ("member", "BOOL", [-1]),
    ]
    assert columns(visits) == [
        {"type": ["string", "null"], "enum": ["Lima", "Oslo", "Rome", None]},
        {"type": ["number", "null"], "minimum": 0, "maximum": 120},
        {"type": "boolean"},
    ]


def test_numbers_that_do_not_conform() -> None:
    schema = [
        {"name": "age", "kind": "number", "range": [0, 120], "strict": True},
        {"name": "income", "kind": "number", "range": [0, 10], "nullable": True},
        {"name": "member", "kind": "boolean"},
    ]
    rows = np.column_stack([np.arange(12.0), np.arange(12.0), LABELS])
    estimator = HistGradientBoostingClassifier(max_iter=2).fit(rows, LABELS)
    model = describe("m", "1", "d" * 64, {"sklearn_version": "1", "schema": schema}, estimator)
    prepare(model)
    assert model.nullable == [False, True, False]
    assert rows_of([[120, None, True], [0, 1e9, 0]], model, 10).tolist()[1] == [0, 1e9, 0]
    for row, message in {
        (121, 1, 0): "instances[0] (age): outside the schema's range, 0 to 120",
        (None, 1, 0): "instances[0][0] (age): expected a number, got null",
        (True, 1, 0): "instances[0][0] (age): expected a number, got a boolean",
        ("40", 1, 0): "instances[0][0] (age): expected a number, got text",
    }.items():
        with pytest.raises(RequestError) as refused:
            rows_of([list(row)], model, 10)
        assert refused.value.message == message
    with pytest.raises(RequestError):
        check_numbers(np.array([[-1.0, 0, 0]]), model, "inputs")


def test_a_schema_of_other_columns_is_refused() -> None:
    estimator = LogisticRegression().fit(FRAME[["age", "member"]], LABELS)
    for names in (["age"], ["member", "age"]):
        schema = [{"name": name, "kind": "number"} for name in names]
        with pytest.raises(ModelError, match="the model takes age, member, in this order"):
            describe("m", "1", "d" * 64, {"sklearn_version": "1", "schema": schema}, estimator)


def ready(estimator: object, schema: list[dict], **about: object) -> Model:
    model = describe("m", "1", "d" * 64, {"sklearn_version": "1", "schema": schema, **about}, estimator)
    prepare(model)
    return model


NUMBERS = LogisticRegression().fit(FRAME[["age"]], LABELS)
ENCODED = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression())


@pytest.mark.parametrize(
    ("estimator", "column", "message"),
    [
        (NUMBERS, {"name": "age", "kind": "text"}, "says that age is text; LogisticRegression was fitted with numbers"),
        (
            NUMBERS,
            {"name": "age", "kind": "number", "nullable": True},
            "says that age may be null; LogisticRegression takes no missing value there",
        ),
        (
            clone(ENCODED).fit(FRAME[["age"]], LABELS),
            {"name": "age", "kind": "text"},
            "says that age is text; Pipeline was fitted with numbers there",
        ),
        (
            clone(ENCODED).fit(FRAME[["city"]], LABELS),
            {"name": "city", "kind": "number"},
            "says that city is number; Pipeline was fitted with texts there",
        ),
    ],
    ids=["text", "null", "categories of numbers", "categories of texts"],
)
def test_a_schema_that_contradicts_the_model_is_refused(estimator: object, column: dict, message: str) -> None:
    value = "1" if column["kind"] == "text" and estimator is not NUMBERS else 1
    with pytest.raises(ModelError, match=f"model m version 1: the schema in model.json {message}"):
        ready(estimator, [column], example=[[value]])


def test_a_model_of_numbers_takes_booleans_only_where_the_schema_has_them() -> None:
    estimator = LogisticRegression().fit(FRAME[["age", "member"]], LABELS)
    model = ready(estimator, [{"name": "age", "kind": "number"}, {"name": "member", "kind": "boolean"}])
    assert rows_of([[5.1, True], [5.1, 0]], model, 10).tolist() == [[5.1, 1], [5.1, 0]]
    for value in (5.1, 0.5, -1):
        with pytest.raises(RequestError, match=r"instances\[1\] \(member\): expected a boolean, got a number"):
            rows_of([[1, 1], [1, value]], model, 10)
    with pytest.raises(ModelError, match=r"model.json's example\[0\] \(age\): expected a boolean"):
        ready(NUMBERS, [{"name": "age", "kind": "boolean"}], example=[[5.1]])


def test_a_null_is_tried_only_where_the_schema_allows_it() -> None:
    """Of a frame whose columns are not treated apart, too."""
    estimator = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    fitted = make_pipeline(estimator, LogisticRegression()).fit(FRAME[["city", "age"]], LABELS)
    schema = [{"name": "city", "kind": "text", "nullable": True}, {"name": "age", "kind": "number"}]
    assert ready(fitted, schema, example=[["Rome", 40]]).nullable == [True, False]


def test_booleans_may_have_been_learned_as_numbers() -> None:
    pipeline = make_pipeline(SimpleImputer(), OneHotEncoder(), LogisticRegression())
    fitted = pipeline.fit(FRAME[["member"]].astype(float), LABELS)
    assert ready(fitted, [{"name": "member", "kind": "boolean"}], example=[[True]]).methods[0] == "predict"

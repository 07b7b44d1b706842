# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models that take a DataFrame, with columns of different kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas
import train
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from support import Server

from model_server.inference.table import Table, stack


def test_named_columns_of_different_kinds(tmp_path: Path) -> None:
    frame = pandas.DataFrame(
        {"city": ["Rome", "Oslo", "Rome", "Lima"] * 5, "age": np.arange(20.0), "member": [True, False] * 10}
    )
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["city", "member"]), remainder=StandardScaler()
    )
    model = make_pipeline(columns, LogisticRegression()).fit(frame, np.arange(20) % 3 == 0)
    example = frame.iloc[:3].to_numpy(dtype=object).tolist()
    train.write(model, {"example": example}, tmp_path / "visits" / "1")
    with Server(tmp_path) as server:
        wanted = model.predict_proba(frame.iloc[[2, 5]]).tolist()
        rows = [{"city": "Rome", "age": 2.0, "member": True}, {"member": False, "age": 5, "city": "Oslo"}]
        answer = server.post("/predict", {"instances": rows, "method": "predict_proba"})
        assert answer.json["predictions"] == wanted
        tensors = [
            {"name": "city", "shape": [2], "datatype": "BYTES", "data": ["Rome", "Oslo"]},
            {"name": "age", "shape": [2], "datatype": "FP64", "data": [2, 5]},
            {"name": "member", "shape": [2], "datatype": "BOOL", "data": [True, False]},
        ]
        body = {"inputs": tensors, "outputs": [{"name": "predict_proba"}]}
        answer = server.post("/v2/models/visits/infer", body).json["outputs"][0]
        assert np.reshape(answer["data"], answer["shape"]).tolist() == wanted
        missing = server.post("/predict", {"instances": [{"city": "Rome", "age": 1}]})
        assert (missing.status, missing.json["code"]) == (422, "InvalidInput")
        assert "missing member" in missing.json["error"]


def test_tables_are_cut_and_stacked() -> None:
    table = Table({"city": ["Rome", "Oslo", None], "age": [1, 2, 3]}, ("text", "number"))
    parts = [table[:1], table[1:]]
    assert [len(part) for part in parts] == [1, 2]
    assert stack(parts).columns == table.columns
    assert stack([table]) is table
    assert table.frame().dtypes.tolist() == [object, np.float64]


def test_texts_are_a_list_or_a_column(tmp_path: Path) -> None:
    texts = ["cold rain", "warm sun", "cold wind", "sun and sun"] * 4
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [0, 1, 0, 1] * 4)
    train.write(model, {}, tmp_path / "weather" / "1")
    asked = ["wind", "warm sun"]
    wanted = model.predict_proba(asked).tolist()
    with Server(tmp_path) as server:
        for rows in (asked, [[text] for text in asked], [{"text": text} for text in asked]):
            answer = server.post("/predict", {"instances": rows, "method": "predict_proba"})
            assert answer.json["predictions"] == wanted
        assert server.post("/v1/models/weather:predict", {"instances": asked}).json["predictions"] == [0, 1]
        for shape in ([2], [2, 1]):
            tensor = {"name": "any", "shape": shape, "datatype": "BYTES", "data": asked}
            answer = server.post("/v2/models/weather/infer", {"inputs": [tensor]})
            assert answer.json["outputs"][0]["data"] == [0, 1]
        assert server.get("/v2/models/weather").json["inputs"] == [{"name": "text", "datatype": "BYTES", "shape": [-1]}]
        for rows in ([5], [None], [["a", "b"]], [True], ["a", 5], [{"words": "a"}]):
            refused = server.post("/predict", {"instances": rows})
            assert refused.status == 422, (rows, refused.body)


def test_texts_and_numbers_as_an_array_of_objects(tmp_path: Path) -> None:
    rows = np.array([["Rome", 1.5], ["Oslo", 2.5], ["Lima", np.nan]] * 5, dtype=object)
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), [0]), (SimpleImputer(), [1]))
    model = make_pipeline(columns, LogisticRegression()).fit(rows, [0, 1, 0] * 5)
    train.write(model, {}, tmp_path / "visits" / "1")
    with Server(tmp_path, MODEL_TRUSTED_TYPES="numpy.dtype") as server:
        asked = [["Oslo", None], ["Bern", 2]]
        answer = server.post("/predict", {"instances": asked, "method": "predict_proba"})
        wanted = model.predict_proba(np.array([["Oslo", np.nan], ["Bern", 2]], dtype=object))
        assert answer.json["predictions"] == wanted.tolist()

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the OpenAPI document says of V2's tensors, beside what the server takes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from jsonschema import Draft202012Validator
from sklearn.datasets import load_iris
from support import Server

from model_server.protocols.openapi_columns import NUMBER
from model_server.protocols.openapi_tensors import datatypes, part

NAMES = load_iris().feature_names
ROW = [5.1, 3.5, 1.4, 0.2]
NAMED = dict(zip(NAMES, ROW, strict=True))


def described(server: Server, path: str) -> Draft202012Validator:
    """Of a POST to the path, what the document says of its body."""
    document = server.get("/openapi.json").json
    body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return Draft202012Validator({**body, "components": document["components"]})


def tensor(data: list, **more: object) -> dict:
    return {"name": "input", "shape": [1, 4], "datatype": "FP64", "data": data, **more}


COLUMNS = [{"name": name, "shape": [1], "datatype": "FP32", "data": [value]} for name, value in NAMED.items()]


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ({"inputs": [tensor(ROW)]}, True),
        ({"inputs": [tensor([ROW], parameters={})], "outputs": [{"name": "predict_proba"}]}, True),
        ({"inputs": [tensor([5, 3, 1, 0], datatype="UINT8")], "parameters": None, "outputs": None}, True),
        ({"inputs": [tensor([5.0, 3.0, 1.0, 0.0], datatype="INT64", shape=[1.0, 4.0])]}, True),
        ({"inputs": COLUMNS}, True),
        ({"inputs": [{**column, "shape": [1, 1]} for column in COLUMNS]}, True),
        ({"inputs": [{**column, "shape": [1, 1, 1]} for column in COLUMNS]}, False),
        ({"inputs": COLUMNS[:3]}, False),
        ({"inputs": [tensor([5, 3, 1, 256], datatype="UINT8")]}, False),
        ({"inputs": [tensor([5.5, 3, 1, 0], datatype="INT64")]}, False),
        ({"inputs": [tensor([True] * 4, datatype="BOOL")]}, False),
        ({"inputs": [{**column, "datatype": "BOOL", "data": [True]} for column in COLUMNS]}, False),
        ({"inputs": [tensor([1e5, 3, 1, 0], datatype="FP16")]}, False),
        ({"inputs": [tensor([None, 3, 1, 0])]}, False),
        ({"inputs": [tensor(["5", "3", "1", "0"], datatype="BYTES")]}, False),
        ({"inputs": [tensor(ROW[:3], shape=[1, 3])]}, False),
        ({"inputs": [tensor(ROW, shape=[4])]}, False),
        ({"inputs": [tensor(ROW, name="")]}, False),
        ({"inputs": [tensor(ROW, parameters="no")]}, False),
        ({"inputs": [tensor(ROW, parameters={"binary_data_size": 32})]}, False),
        ({"inputs": [tensor(ROW)], "parameters": {"binary_data_output": 1}}, False),
        ({"inputs": [tensor(ROW)], "outputs": [{"name": "predict", "parameters": {"binary_data": "yes"}}]}, False),
        ({"inputs": [tensor(ROW)], "outputs": [{"name": "rank"}]}, False),
        ({"inputs": []}, False),
    ],
)
def test_tensors_are_described_as_they_are_taken(iris: Server, body: dict, taken: bool) -> None:
    assert described(iris, "/v2/models/iris/infer").is_valid(body) is taken
    assert iris.post("/v2/models/iris/infer", body).status == (200 if taken else 422)


NUMERIC = SimpleNamespace(numeric=True, schema=None)
FRAME = SimpleNamespace(numeric=False, schema=[])


def test_the_datatypes_of_a_kind() -> None:
    assert datatypes({"type": ["string", "null"], "enum": ["x", None]}, FRAME) == {
        "BYTES": {"type": "string", "enum": ["x"]}
    }
    assert datatypes({"type": "boolean"}, FRAME) == {"BOOL": {"type": "boolean"}}
    numbers = datatypes(NUMBER, NUMERIC)
    assert numbers["UINT8"] == {"type": "integer", "minimum": 0, "maximum": 255}
    assert numbers["FP32"] == NUMBER
    assert "BOOL" in numbers and "BOOL" not in datatypes(NUMBER, FRAME)


def test_null_is_a_value_of_floats_alone() -> None:
    found = datatypes({**NUMBER, "type": ["number", "null"]}, NUMERIC)
    assert found["FP64"]["type"] == ["number", "null"]
    assert found["INT64"]["type"] == "integer"


def test_a_strict_range_limits_every_datatype() -> None:
    found = datatypes({"type": "number", "minimum": 0.5, "maximum": 300.5}, NUMERIC)
    assert found["FP64"] == {"type": "number", "minimum": 0.5, "maximum": 300.5}
    assert found["UINT8"] == {"type": "integer", "minimum": 1, "maximum": 255}
    assert "FP32" not in found
    assert "UINT8" not in datatypes({"type": "number", "minimum": -2.5, "maximum": -1.5}, NUMERIC)


def test_equal_columns_share_a_part_of_the_document() -> None:
    parts: dict = {}
    assert part({"a": 1}, parts) == part({"a": 1}, parts) != part({"a": 2}, parts)
    assert len(parts) == 2

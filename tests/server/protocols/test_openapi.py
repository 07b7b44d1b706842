# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The OpenAPI document describes what is served: requests made from it, right and wrong ones."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)
from sklearn.datasets import load_iris
from support import Server

CHECKS = [
    *(not_a_server_error, status_code_conformance, content_type_conformance),
    *(response_schema_conformance, negative_data_rejection, positive_data_acceptance),
]


def test_openapi_document_is_what_is_served(iris: Server) -> None:
    """Requests made from the document, right and wrong ones."""
    schema = schemathesis.openapi.from_dict(iris.get("/openapi.json").json)
    schema.config.base_url = f"http://127.0.0.1:{iris.port}"

    for operation in schema.get_all_operations():
        run_operation(operation.ok())


def run_operation(operation) -> None:
    from hypothesis import given

    @given(case=operation.as_strategy())
    @hypothesis_settings(
        max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
    )
    def ask(case) -> None:
        if operation.method == "post" and case.meta.generation.mode is GenerationMode.POSITIVE:
            fit(case.body)
        case.call_and_validate(checks=CHECKS)

    ask()


def fit(body: object) -> None:
    """Make lengths fit each other, which no JSON Schema can demand; the document says it in words."""
    inputs = body.get("inputs") if isinstance(body, dict) else None
    if isinstance(inputs, dict):
        rows = min(map(len, inputs.values()))
        body["inputs"] = {name: values[:rows] for name, values in inputs.items()}
    elif inputs and isinstance(inputs[0], dict) and "shape" in inputs[0]:
        fit_tensors(inputs)


def fit_tensors(tensors: list[dict]) -> None:
    """Have the shapes say how many data there are."""
    widths = [int(tensor["shape"][1]) if len(tensor["shape"]) == 2 else 1 for tensor in tensors]
    steps = [1 if isinstance(t["data"][0], list) else width for t, width in zip(tensors, widths, strict=True)]
    rows = min(len(tensor["data"]) // step for tensor, step in zip(tensors, steps, strict=True))
    for tensor, step in zip(tensors, steps, strict=True):
        tensor["data"] = tensor["data"][: rows * step]
        tensor["shape"][0] = rows


NAMES = load_iris().feature_names
ROW = [5.1, 3.5, 1.4, 0.2]
NAMED = dict(zip(NAMES, ROW, strict=True))


@pytest.mark.parametrize("path", ["/predict", "/invocations"])
@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ({"instances": [ROW]}, True),
        ({"dataframe_records": [NAMED]}, True),
        ({"dataframe_records": [{**NAMED, "more": 1}]}, False),
        ({"dataframe_records": [{**NAMED, NAMES[0]: "5"}]}, False),
        ({"dataframe_split": {"columns": NAMES, "data": [ROW]}}, True),
        ({"dataframe_split": {"columns": NAMES[::-1], "index": [0], "data": [ROW[::-1]]}}, True),
        ({"dataframe_split": {"columns": [0, 1, 2, 3], "data": [ROW]}}, True),
        ({"dataframe_split": {"columns": None, "data": [ROW]}}, True),
        ({"dataframe_split": {"data": [ROW]}}, True),
        ({"dataframe_split": {"columns": NAMES[:3], "data": [ROW[:3]]}}, False),
        ({"dataframe_split": {"columns": [*NAMES[:3], "other"], "data": [ROW]}}, False),
        ({"dataframe_split": {"columns": [*NAMES[:3], NAMES[0]], "data": [ROW]}}, False),
        ({"dataframe_split": {"columns": NAMES, "data": [["5", 3.5, 1.4, 0.2]]}}, False),
        ({"dataframe_split": {"columns": NAMES}}, False),
        ({"instances": [ROW], "dataframe_records": [NAMED]}, False),
        ({}, False),
    ],
)
def test_rows_in_each_form_are_described_as_they_are_taken(iris: Server, path: str, body: dict, taken: bool) -> None:
    described = iris.get("/openapi.json").json["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert Draft202012Validator(described["schema"]).is_valid(body) is taken
    assert iris.post(path, body).status == (200 if taken else 422)


@pytest.mark.parametrize(
    ("inputs", "taken"),
    [
        ([ROW], True),
        ({name: [value] for name, value in NAMED.items()}, True),
        (dict(NAMED), False),
        ({name: [value] for name, value in list(NAMED.items())[:3]}, False),
    ],
)
def test_inputs_are_described_as_they_are_taken(iris: Server, inputs: object, taken: bool) -> None:
    described = iris.get("/openapi.json").json["paths"]["/invocations"]["post"]["requestBody"]["content"]
    assert Draft202012Validator(described["application/json"]["schema"]).is_valid({"inputs": inputs}) is taken
    assert iris.post("/invocations", {"inputs": inputs}).status == (200 if taken else 422)
    both = {"inputs": inputs, "instances": [ROW]}
    assert not Draft202012Validator(described["application/json"]["schema"]).is_valid(both)
    assert iris.post("/invocations", both).status == 422

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows in any of the ways in which clients write them."""

from __future__ import annotations

import pytest

from model_server.api.errors import RequestError
from model_server.protocols.instances import instances_of


@pytest.mark.parametrize(
    ("body", "rows", "field"),
    [
        ({"instances": [[1]], "method": "predict"}, [[1]], "instances"),
        ({"dataframe_records": [{"a": 1}]}, [{"a": 1}], "dataframe_records"),
        ({"dataframe_split": {"columns": ["b", "a"], "index": [7], "data": [[1, 2]]}}, [{"b": 1, "a": 2}], None),
        ({"dataframe_split": {"columns": [0, 1], "data": [[1, 2]]}}, [[1, 2]], None),
        ({"dataframe_split": {"data": [[1, 2]]}}, [[1, 2]], None),
    ],
)
def test_rows(body: dict, rows: list, field: str | None) -> None:
    assert instances_of(body) == (rows, field or "dataframe_split")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "instances: missing; expected a list of rows"),
        ({"instances": [], "dataframe_records": []}, "dataframe_records: only one of"),
        ({"dataframe_split": []}, "dataframe_split: expected an object with columns and data"),
        ({"dataframe_split": {"columns": ["a"]}}, "dataframe_split: expected an object with columns and data"),
        ({"dataframe_split": {"columns": "a", "data": []}}, "dataframe_split.columns: expected a list of different"),
        ({"dataframe_split": {"columns": ["a", "a"], "data": []}}, "dataframe_split.columns: expected a list of diff"),
        (
            {"dataframe_split": {"columns": ["a"], "data": [[1], [1, 2]]}},
            "dataframe_split.data[1]: expected a list of 1",
        ),
        ({"dataframe_split": {"columns": ["a"], "data": [5]}}, "dataframe_split.data[0]: expected a list of 1"),
    ],
)
def test_what_is_no_rows(body: dict, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        instances_of(body)
    assert refused.value.status == 422
    assert refused.value.message.startswith(message)

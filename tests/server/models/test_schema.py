# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Schemas: read from model.json, and made from sample data."""

from __future__ import annotations

import pytest

from model_server.models.schema import MAX_CATEGORIES, Column, SchemaError, of_data, read

DATA = {
    "age": [40, 38.5, None],
    "city": ["Rome", None, "Lima"],
    "member": [True, False, True],
    "note": [str(i) for i in range(MAX_CATEGORIES + 1)],
    "empty": [None, float("nan")],
}


def test_what_is_made_of_data_can_be_read() -> None:
    made = of_data(DATA)
    assert read(made) == [
        Column("age", "number", True, None, [38.5, 40]),
        Column("city", "text", True, ["Lima", "Rome"]),
        Column("member", "boolean"),
        Column("note", "text"),
        Column("empty", "text", True),
    ]
    assert [column.public() for column in read(made)] == made


def test_a_column_of_several_kinds_has_no_schema() -> None:
    for values in ([1, "1"], [True, 1], [1, float("inf")], [[1]]):
        with pytest.raises(SchemaError, match="column 'a' of the data is not all numbers"):
            of_data({"a": values})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "is no list of columns"),
        ([], "is no list of columns"),
        ([5], r"\[0\] is no object with only categories, kind"),
        ([{"name": "a", "kind": "number", "more": 1}], r"\[0\] is no object with only"),
        ([{"name": "a", "kind": "date"}], "a kind that is one of number, boolean, text"),
        ([{"kind": "text"}], r"\[0\] needs a name"),
        ([{"name": "a", "kind": "text", "nullable": 1}], "nullable is neither true nor false"),
        ([{"name": "a", "kind": "text", "categories": [1]}], "categories is no list of texts"),
        ([{"name": "a", "kind": "number", "range": [1]}], "range is not the least and the greatest number"),
        ([{"name": "a", "kind": "number", "range": [1, True]}], "range is not the least and the greatest number"),
        ([{"name": "a", "kind": "number", "strict": True}], "has neither categories nor a range"),
        ([{"name": "a", "kind": "text"}] * 2, "two columns of one name"),
    ],
)
def test_what_is_no_schema_is_refused(value: object, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        read(value)

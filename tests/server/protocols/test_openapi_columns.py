# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the OpenAPI document says of a column."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from model_server.models.schema import Column
from model_server.protocols.openapi_columns import NUMBER, columns, of_schema


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (Column("a", "number"), NUMBER),
        (Column("a", "number", range=[0, 9]), {**NUMBER, "description": "in training: 0 to 9"}),
        (Column("a", "number", range=[0, 9], strict=True), {"type": "number", "minimum": 0, "maximum": 9}),
        (Column("a", "boolean"), {"type": "boolean"}),
        (Column("a", "text", categories=["x", "y"]), {"type": "string", "description": "in training: x, y"}),
        (Column("a", "text", True, ["x"], strict=True), {"type": "string", "enum": ["x", None]}),
    ],
)
def test_a_column_of_the_schema(column: Column, said: dict) -> None:
    assert of_schema(column) == said


def test_null_where_a_value_may_be_missing() -> None:
    model = SimpleNamespace(schema=None, numeric=True, features=2, nullable=[False, True])
    assert columns(model) == [NUMBER, {**NUMBER, "type": ["number", "null"]}]

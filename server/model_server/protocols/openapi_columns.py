# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A model's columns in the OpenAPI document: what a value of each may be."""

from __future__ import annotations

from types import SimpleNamespace

from ..models.model import Model
from ..models.schema import Column
from . import open_inference_v2

# Single precision is what trees compute with, so larger numbers are refused.
NUMBER = {"type": "number", "minimum": -3e38, "maximum": 3e38}
SCALARS = {"FP64": {"type": "number"}, "BOOL": {"type": "boolean"}, "BYTES": {"type": "string"}}


def columns(model: Model) -> list[dict]:
    """The kind of each of the model's columns, with null where it may be missing."""
    return [
        {**kind, "type": [kind["type"], "null"]} if null else kind
        for kind, null in zip(kinds(model), model.nullable, strict=True)
    ]


def kinds(model: Model) -> list[dict]:
    """The kind of each of the model's columns."""
    if model.schema is not None:
        return [of_schema(column) for column in model.schema]
    if model.numeric:
        return [NUMBER] * model.features
    return [SCALARS[tensor["datatype"]] for tensor in open_inference_v2.inputs_of(model)]


def of_schema(column: Column) -> dict:
    """A column of the schema. What is not strict stands in its description."""
    kind = {"number": NUMBER, "boolean": SCALARS["BOOL"], "text": SCALARS["BYTES"]}[column.kind]
    if column.range is not None:
        low, high = column.range
        words = {"description": f"in training: {low:g} to {high:g}"}
        kind = kind | ({"minimum": low, "maximum": high} if column.strict else words)
    if column.categories is not None:
        known = column.categories
        kind = kind | (
            {"enum": [*known, *([None] if column.nullable else [])]}
            if column.strict
            else {"description": f"in training: {', '.join(known)}"}
        )
    return kind


def rows(items: dict, settings: SimpleNamespace) -> dict:
    """A list of one item a row."""
    return {"type": "array", "minItems": 1, "maxItems": settings.server_max_rows, "items": items}

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bodies of the Open Inference Protocol V2 in the OpenAPI document: only tensors that the model takes.

JSON Schema cannot say one thing of them, which the description does: the data are as many as the shape says.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

from ..models.model import Model
from .openapi_columns import columns, rows
from .tensors import CONTENT_TYPES

FIT = "The data are as many as the shape says, one row after the other, flat or nested as the shape is."
FLOATS = {"FP16": 65504, "FP32": 3e38, "FP64": 3e38}
INTEGERS = {
    **{f"INT{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
CONTENT_TYPE = {"content_type": {"enum": [*CONTENT_TYPES, None]}}


def request(model: Model, settings: SimpleNamespace, parts: dict) -> dict:
    """The body of a request.

    :param parts: the document's schemas by name; those that the body refers to are added.
    """
    output = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"enum": list(model.methods)}, "parameters": given(binary_data={"type": "boolean"})},
    }
    return {
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "id": {"type": "string"},
            "parameters": given(binary_data_output={"type": "boolean"}, **CONTENT_TYPE),
            "inputs": {"description": FIT, "anyOf": inputs(model, settings, parts)},
            "outputs": {"type": ["array", "null"], "maxItems": len(model.methods), "items": output},
        },
        "examples": [{"inputs": [example(model)]}] if model.numeric else [],
    }


def given(**read: dict) -> dict:
    """Parameters, of which these are read."""
    return {"type": ["object", "null"], "properties": read}


def example(model: Model) -> dict:
    """A tensor with one row, for a model of numbers."""
    return {"name": "input", "shape": [1, model.features], "datatype": "FP64", "data": model.example[:1]}


def inputs(model: Model, settings: SimpleNamespace, parts: dict) -> list[dict]:
    """The ways to give the rows: a tensor of all columns, or one for each in the model's order; any order is taken."""
    kinds = [datatypes(kind, model) for kind in columns(model)]
    ways = []
    if model.features > 1:
        shared = [name for name in kinds[0] if all(name in kind for kind in kinds)]
        if shared:
            ways.append([{"anyOf": [matrix(name, [kind[name] for kind in kinds], settings) for name in shared]}])
    if model.features == 1 or model.names:
        vectors = [part({"anyOf": [vector(name, kind[name], settings) for name in kind]}, parts) for kind in kinds]
        anonymous = model.takes == "texts" or not model.names
        ways.append(vectors if anonymous else list(map(named, vectors, model.names)))
    return [{"type": "array", "minItems": len(way), "maxItems": len(way), "prefixItems": way} for way in ways]


def part(schema: dict, parts: dict) -> dict:
    """A reference to the schema, which is among the parts then: most columns of a model have the same."""
    name = next((name for name, known in parts.items() if known == schema), f"Column{len(parts)}")
    parts[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}


def named(tensor: dict, name: str) -> dict:
    return {"allOf": [tensor, {"properties": {"name": {"const": name}}}]}


def datatypes(kind: dict, model: Model) -> dict[str, dict]:
    """What a value of each datatype may be in a column of this kind. Only FP has null."""
    null = isinstance(kind["type"], list)
    base = kind["type"][0] if null else kind["type"]
    if base == "string":
        return {"BYTES": without_null(kind)}
    if base == "boolean":
        numbers = {name: {"enum": [0, 1]} for name in ("FP64", "INT64")} if model.numeric else {}
        return {"BOOL": {"type": "boolean"}, **numbers}
    low, high = kind.get("minimum", -math.inf), kind.get("maximum", math.inf)
    strict = abs(low) < 3e38 or abs(high) < 3e38
    found = {
        name: {"type": kind["type"], "minimum": max(low, -most), "maximum": min(high, most)}
        for name, most in FLOATS.items()
        if name == "FP64" or not strict  # a limit that is rounded may be outside
    }
    for name, (least, most) in INTEGERS.items():
        first, last = max(low, least), min(high, most)
        if math.ceil(first) <= math.floor(last):
            found[name] = {"type": "integer", "minimum": math.ceil(first), "maximum": math.floor(last)}
    if model.numeric and model.schema is None:
        found["BOOL"] = {"type": "boolean"}
    return found


def without_null(kind: dict) -> dict:
    """The kind of a value that is not missing."""
    enum = {"enum": [value for value in kind["enum"] if value is not None]} if "enum" in kind else {}
    return {**kind, "type": "string", **enum}


def matrix(datatype: str, kinds: list[dict], settings: SimpleNamespace) -> dict:
    """A tensor of all columns."""
    wide = {"type": "array", "minItems": len(kinds), "maxItems": len(kinds)}
    if any(kind != kinds[0] for kind in kinds):
        data = rows({**wide, "prefixItems": kinds}, settings)
    else:
        flat = {"type": "array", "minItems": len(kinds), "maxItems": len(kinds) * settings.server_max_rows}
        data = {"anyOf": [{**flat, "items": kinds[0]}, rows({**wide, "items": kinds[0]}, settings)]}
    return tensor(datatype, [{"const": len(kinds)}], 2, data, settings)


def vector(datatype: str, kind: dict, settings: SimpleNamespace) -> dict:
    """A tensor of one column, of shape [rows] or [rows, 1]."""
    return tensor(datatype, [{"const": 1}], 1, rows(kind, settings), settings)


def tensor(datatype: str, width: list[dict], least: int, data: dict, settings: SimpleNamespace) -> dict:
    """
    :param width: what the sizes behind the number of rows may be.
    :param least: how many sizes there are at least.
    """
    sizes = [{"type": "integer", "minimum": 1, "maximum": settings.server_max_rows}, *width]
    return {
        "type": "object",
        "required": ["name", "shape", "datatype", "data"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 1000},
            "shape": {"type": "array", "minItems": least, "maxItems": len(sizes), "prefixItems": sizes},
            "datatype": {"const": datatype},
            "data": data,
            "parameters": given(binary_data_size={"type": "null"}, **CONTENT_TYPE),
        },
    }

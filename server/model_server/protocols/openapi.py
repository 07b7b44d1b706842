# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The OpenAPI document of what this server serves, with the real columns and limits of its models."""

from __future__ import annotations

from types import SimpleNamespace

from .. import __version__
from ..models.model import Model
from ..models.registry import Registry
from . import openapi_tensors
from .openapi_columns import columns, rows

ERROR = {"$ref": "#/components/schemas/Error"}


def document(registry: Registry, settings: SimpleNamespace) -> dict:
    """The document, as plain data."""
    parts = {"Error": error_schema()}
    paths = {
        "/health": {"get": operation("Whether predictions are answered", {"type": "object"}, unready=True)},
        "/v1/models": {"get": operation("The models", {"type": "object"})},
        "/v2": {"get": operation("The server", {"type": "object"})},
        "/v2/repository/index": {"post": operation("The models and their state", {"type": "array"})},
        "/v2/health/live": {"get": operation("Whether the server lives", {"type": "object"})},
        "/v2/health/ready": {"get": operation("Whether predictions are answered", {"type": "object"}, unready=True)},
    }
    default = registry.get("")
    if default is not None:
        paths["/predict"] = {"post": predict(default, settings)}
        paths["/invocations"] = {"post": invocations(default, settings)}
    for name, versions in registry.models.items():
        newest = registry.get(name)
        paths[f"/v1/models/{name}"] = {"get": operation("The model's state", {"type": "object"})}
        paths[f"/v1/models/{name}:predict"] = {"post": v1_predict(newest, settings)}
        for prefix, model in [("", newest), *((f"/versions/{v}", m) for v, m in versions.items())]:
            base = f"/v2/models/{name}{prefix}"
            paths[base] = {"get": operation("The model's inputs and outputs", {"type": "object"})}
            paths[f"{base}/ready"] = {"get": operation("The model's state", {"type": "object"}, unready=True)}
            paths[f"{base}/infer"] = {"post": infer(model, settings, parts)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Model server", "version": __version__},
        "paths": paths,
        "components": {"schemas": parts},
    }


def operation(summary: str, answer: dict, body: dict | None = None, unready: bool = False) -> dict:
    refused = {"description": "Refused", "content": {"application/json": {"schema": ERROR}}}
    responses = {"200": {"description": "OK", "content": {"application/json": {"schema": answer}}}, "4XX": refused}
    if unready or body:
        responses["503"] = refused
    described = {"summary": summary, "responses": responses}
    if body:
        responses["504"] = refused
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return described


def error_schema() -> dict:
    return {
        "type": "object",
        "required": ["error", "code", "status", "request_id"],
        "additionalProperties": False,
        "properties": {
            "error": {"type": "string", "description": "What is wrong, where, and what is expected"},
            "code": {"type": "string", "description": "One word for programs"},
            "status": {"type": "integer"},
            "request_id": {"type": "string"},
        },
    }


def row(model: Model) -> dict:
    """A row as a list, in the model's order."""
    kinds = columns(model)
    fixed = {"type": "array", "minItems": model.features, "maxItems": model.features}
    if all(kind == kinds[0] for kind in kinds):
        return fixed | {"items": kinds[0]}
    return fixed | {"prefixItems": kinds, "items": False}


def by_name(model: Model, kinds: list[dict]) -> dict:
    """An object with a member for each column.

    :param kinds: of the members.
    """
    return {
        "type": "object",
        "properties": dict(zip(model.names, kinds, strict=True)),
        "required": model.names,
        "additionalProperties": False,
    }


def instances(model: Model, settings: SimpleNamespace) -> dict:
    as_lists = rows(row(model), settings)
    if model.takes == "texts":
        return {"anyOf": [rows(columns(model)[0], settings), as_lists]}
    if not model.names:
        return as_lists
    return {"anyOf": [as_lists, rows(by_name(model, columns(model)), settings)]}


def split(model: Model, settings: SimpleNamespace) -> dict:
    """A DataFrame in two parts. Its names say in which order the values come; without names it is the model's."""
    kinds = columns(model)
    different = [kind for i, kind in enumerate(kinds) if kind not in kinds[:i]]
    wide = {"minItems": model.features, "maxItems": model.features}
    forms = [{"not": {"items": {"type": "string"}}}]  # pandas numbers columns that have no names
    if model.names:
        forms.append({"items": {"enum": model.names}})
    cell = different[0] if len(different) == 1 else {"anyOf": different}
    return {
        "type": "object",
        "required": ["data"],
        "properties": {
            "columns": {"type": ["array", "null"], "uniqueItems": True, "anyOf": forms, **wide},
            "data": rows({"type": "array", "items": cell, **wide}, settings),
        },
    }


def inputs(model: Model, settings: SimpleNamespace) -> dict:
    """Rows, or a list for each column."""
    if not model.names:
        return instances(model, settings)
    lists = by_name(model, [rows(kind, settings) for kind in columns(model)])
    lists["description"] = "Lists of one length."
    return {"anyOf": [instances(model, settings), lists]}


def row_fields(model: Model, settings: SimpleNamespace) -> dict:
    """The fields that may hold the rows."""
    return {
        "instances": instances(model, settings),
        "dataframe_split": split(model, settings),
        "dataframe_records": instances(model, settings),
    }


def predict(model: Model, settings: SimpleNamespace) -> dict:
    fields = row_fields(model, settings)
    body = {
        "type": "object",
        "oneOf": [{"required": [name]} for name in fields],
        "additionalProperties": False,
        "properties": {**fields, "method": {"enum": list(model.methods)}},
        "examples": [{"instances": model.example[:1]}],
    }
    answer = {
        "type": "object",
        "required": ["model", "version", "predictions"],
        "properties": {
            "model": {"const": model.name},
            "version": {"type": "string"},
            "predictions": {"type": "array"},
            "classes": {"type": "array"},
        },
    }
    return operation(f"Predict with {model.name}", answer, body)


def invocations(model: Model, settings: SimpleNamespace) -> dict:
    fields = {**row_fields(model, settings), "inputs": inputs(model, settings)}
    body = {
        "type": "object",
        "oneOf": [{"required": [name]} for name in fields],
        "properties": fields,
        "examples": [{"instances": model.example[:1]}],
    }
    answer = {"type": "object", "required": ["predictions"], "properties": {"predictions": {"type": "array"}}}
    return operation(f"Predict with {model.name} (MLflow)", answer, body)


def v1_predict(model: Model, settings: SimpleNamespace) -> dict:
    body = {"type": "object", "required": ["instances"], "properties": {"instances": instances(model, settings)}}
    answer = {"type": "object", "required": ["predictions"], "properties": {"predictions": {"type": "array"}}}
    return operation(f"Predict with {model.name} (V1)", answer, body)


def infer(model: Model, settings: SimpleNamespace, parts: dict) -> dict:
    outputs = {"type": "array", "items": {"type": "object", "required": ["name", "shape", "datatype"]}}
    answer = {
        "type": "object",
        "required": ["model_name", "model_version", "outputs"],
        "properties": {"model_name": {"const": model.name}, "outputs": outputs},
    }
    described = operation(f"Infer with {model.name} (V2)", answer, openapi_tensors.request(model, settings, parts))
    described["responses"]["200"]["content"]["application/octet-stream"] = {}  # outputs as raw bytes behind the JSON
    return described

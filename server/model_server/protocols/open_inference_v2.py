# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Open Inference Protocol V2 over REST, with the binary tensor extension.

Inputs are one tensor of shape [rows, columns], or one tensor of shape [rows] or [rows, 1] for each column, by name.
Outputs are named like the model's methods: `predict` (the default), `predict_proba` and so on.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import orjson

from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..inference.call import Call
from ..inference.table import Table
from ..inference.validation import finite, rows_of
from ..models.model import Model
from . import tensors
from .numbers import object_with_tensors

DATATYPES = {"number": "FP64", "boolean": "BOOL", "text": "BYTES", "mixed": "BOOL"}
LENGTH_HEADER = "Inference-Header-Content-Length"


class InferCall(Call):
    """A call that remembers what its answer needs.

    :ivar request_name: the `id` that the client gave, to be given back.
    :ivar binary: whether the output is wanted as raw bytes.
    """

    __slots__ = ("binary", "request_name")


def decode(request: Request, model: Model, settings: SimpleNamespace) -> list[Call]:
    """:raises RequestError: 400, 413 or 422."""
    head, tail = parts_of(request)
    body = object_with_tensors(head)
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise RequestError(422, "inputs: expected a list with at least one tensor")
    name = body.get("id", "")
    if not isinstance(name, str):
        raise RequestError(422, "id: expected text")
    rows = rows_of_tensors(inputs, tail, model, settings.server_max_rows)
    binary_default = flag(body.get("parameters"), "binary_data_output", "parameters")
    tensors.check_content_type(body.get("parameters"), "body")
    calls = []
    for method, binary in wanted(body.get("outputs"), model, binary_default):
        call = InferCall(model, method, rows)
        call.request_name = name
        call.binary = binary
        calls.append(call)
    return calls


def parts_of(request: Request) -> tuple[bytes, memoryview]:
    """The JSON part of the body and the raw tensors behind it."""
    given = request.headers.get("INFERENCE_HEADER_CONTENT_LENGTH")
    if given is None:
        return request.body, memoryview(b"")
    if not given.isascii() or not given.isdigit() or len(given) > 12 or int(given) > len(request.body):
        raise RequestError(400, f"{LENGTH_HEADER}: expected the number of bytes of the JSON part of the body")
    return request.body[: int(given)], memoryview(request.body)[int(given) :]


def flag(parameters: Any, name: str, where: str) -> bool:
    if parameters is None:
        return False
    if not isinstance(parameters, dict):
        raise RequestError(422, f"{where}: expected an object")
    value = parameters.get(name, False)
    if not isinstance(value, bool):
        raise RequestError(422, f"{where}.{name}: expected true or false")
    return value


def wanted(outputs: Any, model: Model, binary_default: bool) -> list[tuple[str, bool]]:
    """The methods to call, each with whether its result goes out as raw bytes."""
    if outputs is None or outputs == []:
        return [("predict", binary_default)]
    if not isinstance(outputs, list) or len(outputs) > len(model.methods):
        raise RequestError(422, f"outputs: expected a list of at most {len(model.methods)} outputs")
    found: dict[str, bool] = {}
    for i, output in enumerate(outputs):
        name = output.get("name") if isinstance(output, dict) else None
        if name not in model.methods:
            raise RequestError(422, f"outputs[{i}].name: expected one of {', '.join(model.methods)}")
        parameters = output.get("parameters")
        binary = flag(parameters, "binary_data", f"outputs[{i}].parameters")
        found[name] = binary if "binary_data" in (parameters or {}) else binary_default
    return list(found.items())


def rows_of_tensors(inputs: list, tail: memoryview, model: Model, max_rows: int) -> np.ndarray | Table:
    """The rows that the tensors hold together."""
    arrays: dict[str, np.ndarray] = {}
    for i, tensor in enumerate(inputs):
        name, array, tail = tensors.read(tensor, tail, f"inputs[{i}]")
        if name in arrays:
            raise RequestError(422, f"inputs[{i}].name: {name[:100]!r} is there twice")
        if array.ndim == 0 or len(array) == 0:
            raise RequestError(422, f"inputs[{i}].shape: expected at least one row")
        if len(array) > max_rows:
            raise RequestError(413, f"inputs[{i}]: {len(array)} rows, at most {max_rows} are taken in one request")
        arrays[name] = array
    if len(tail):
        raise RequestError(400, f"{len(tail)} bytes follow the last tensor")
    if len(arrays) == 1 and model.features != 1:
        return one_tensor(next(iter(arrays.values())), model, max_rows)
    return columns(arrays, model)


def one_tensor(array: np.ndarray, model: Model, max_rows: int) -> np.ndarray | Table:
    if array.ndim != 2 or array.shape[1] != model.features:
        raise RequestError(
            422, f"inputs[0].shape: {list(array.shape)}, the model takes [rows, {model.features}], or a tensor a column"
        )
    if array.dtype.kind in "fiub" and model.numeric:
        for j in range(model.features):
            check_datatype(array, model, j, "inputs[0]")
        return finite(array, model, "inputs[0]")
    return rows_of(array.tolist(), model, max_rows, "inputs[0].data")


def columns(arrays: dict[str, np.ndarray], model: Model) -> np.ndarray | Table:
    """One tensor for each column, in any order."""
    anonymous = model.names is None or model.takes == "texts"
    names = ([next(iter(arrays))] if model.features == 1 else []) if anonymous else model.names
    if arrays.keys() != set(names):
        missing = ", ".join(n for n in names if n not in arrays) or "none"
        unknown = ", ".join(sorted(arrays.keys() - set(names)))[:200] or "none"
        raise RequestError(422, f"inputs do not fit the model's columns: missing {missing}; unknown {unknown}")
    flat = {}
    rows = len(next(iter(arrays.values())))
    for name in names:
        array = arrays[name]
        if len(array) != rows or array.shape[1:] not in ((), (1,)):
            raise RequestError(422, f"input {name[:100]}: shape {list(array.shape)}, expected [{rows}] or [{rows}, 1]")
        flat[name] = array.reshape(-1)
    if model.numeric and all(array.dtype.kind in "fiub" for array in flat.values()):
        for j, array in enumerate(flat.values()):
            check_datatype(array, model, j, "inputs")
        return finite(np.column_stack([a.astype(np.float64) for a in flat.values()]), model, "inputs")
    lists = [array.tolist() for array in flat.values()]
    rows_list = [list(row) for row in zip(*lists, strict=True)]
    return rows_of(rows_list, model, rows, "inputs")


def check_datatype(array: np.ndarray, model: Model, column: int, where: str) -> None:
    """Refuse booleans for a column that the schema calls a number, as they are refused in JSON.

    :raises RequestError: 422.
    """
    if array.dtype.kind == "b" and model.schema is not None and model.schema[column].kind == "number":
        raise RequestError(422, f"{where} ({model.columns[column]}): expected numbers, got datatype BOOL")


def encode(calls: list[InferCall]) -> Response:
    model = calls[0].model
    outputs, raw = [], []
    for call in calls:
        output, data = tensors.write(call.method, call.result, call.binary)
        outputs.append(output)
        raw.append(data)
    answer = {"model_name": model.name, "model_version": model.version, "outputs": outputs}
    if calls[0].request_name:
        answer["id"] = calls[0].request_name
    head = orjson.dumps(answer)
    if not any(call.binary for call in calls):
        return Response(200, head)
    return Response(200, b"".join([head, *raw]), "application/octet-stream", ((LENGTH_HEADER, str(len(head))),))


def metadata(model: Model, versions: list[str]) -> dict:
    """What GET /v2/models/{model} answers."""
    inputs = inputs_of(model)
    outputs = [
        {"name": method, "datatype": tensors.datatype_of(dtype), "shape": [-1, *shape]}
        for method, (dtype, shape) in model.results.items()
    ]
    return {"name": model.name, "versions": versions, "platform": platform(model), "inputs": inputs, "outputs": outputs}


def platform(model: Model) -> str:
    """sklearn, xgboost or lightgbm."""
    return getattr(model.estimator, "library", "sklearn")


def inputs_of(model: Model) -> list[dict]:
    """One tensor, for a model of numbers that has no schema; else one for each column."""
    if model.schema is None and model.numeric:
        return [
            {"name": "input", "datatype": tensors.DATATYPES[np.dtype(model.precision)], "shape": [-1, model.features]}
        ]
    return [
        {"name": name, "datatype": DATATYPES[kind], "shape": [-1], **parameters}
        for name, kind, parameters in zip(model.columns, kinds_of(model), parameters_of(model), strict=True)
    ]


def kinds_of(model: Model) -> list[str]:
    return [model.kinds[name] for name in model.columns] if model.schema is None else [c.kind for c in model.schema]


def parameters_of(model: Model) -> list[dict]:
    """What else the schema says of each column."""
    if model.schema is None:
        return [{}] * model.features
    described = (column.public() for column in model.schema)
    return [{"parameters": {key: c[key] for key in c if key not in ("name", "kind")}} for c in described]


def index(models: list[Model], ready: bool) -> list[dict]:
    """What POST /v2/repository/index answers."""
    state = "READY" if ready else "UNAVAILABLE"
    return [{"name": model.name, "version": model.version, "state": state, "reason": ""} for model in models]

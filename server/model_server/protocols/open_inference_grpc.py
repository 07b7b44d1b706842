# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Open Inference Protocol V2 over gRPC: ModelInfer, and the documents that its other methods answer.

Rows and outputs are those of the protocol over REST (open_inference_v2.py). Outputs are raw where the inputs were.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from ..api.errors import RequestError
from ..api.messages import Request, Response
from ..inference.call import Call
from ..inference.table import Table
from ..models.model import Model
from . import protobuf_fields, tensors
from .inference_messages import PACKAGE, message
from .open_inference_v2 import columns, one_tensor

SERVICE = f"/{PACKAGE}.GRPCInferenceService/"
INFER = f"{SERVICE}ModelInfer"
CONTENT_TYPE = "application/grpc"
REQUEST, RESPONSE = message("ModelInferRequest"), message("ModelInferResponse")
# The fields of a ModelInferRequest that are messages, and of those in turn: parameters, inputs and outputs.
PARAMETER = {2: {}}
INSIDE = {4: PARAMETER, 5: {4: PARAMETER, 5: {}}, 6: {2: PARAMETER}}
# Each takes some 100 bytes. A text is a field, so that 10,000 rows of 20 texts can be sent; raw, they are a single one.
MOST_FIELDS = 250_000
# Messages up to this size take so little memory when they are parsed that their fields are not counted.
SMALL = 4096
# The typed contents of each datatype. There are none for FP16.
CONTENTS = {
    "BOOL": "bool_contents",
    **dict.fromkeys(("INT8", "INT16", "INT32"), "int_contents"),
    "INT64": "int64_contents",
    **dict.fromkeys(("UINT8", "UINT16", "UINT32"), "uint_contents"),
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}


class InferCall(Call):
    """A call that remembers what its answer needs.

    :ivar request_name: the `id` that the client gave, to be given back.
    :ivar raw: whether the outputs go out as raw bytes.
    """

    __slots__ = ("raw", "request_name")


def parsed(body: bytes, kind: Any) -> Any:
    """The message.

    :raises RequestError: 400.
    """
    try:
        return kind.FromString(body)
    except DecodeError:
        raise RequestError(400, f"the message is no {kind.DESCRIPTOR.full_name}") from None


def parsed_bytes(body: bytes) -> int:
    """Bytes that the parsed message takes at most.

    :raises RequestError: 400 for what is no message, 413 for one of too many fields.
    """
    try:
        protobuf_fields.count(memoryview(body), INSIDE, MOST_FIELDS)
    except protobuf_fields.TooManyFieldsError as error:
        raise RequestError(413, f"the message has {error}: send raw_input_contents, or fewer rows") from None
    except protobuf_fields.MalformedError as error:
        raise RequestError(400, f"the message is no {REQUEST.DESCRIPTOR.full_name}: {error}") from None
    return protobuf_fields.PARSED_FACTOR * len(body)


def model_of(body: bytes) -> tuple[str, str]:
    """The name and version of the model that a ModelInferRequest names.

    :raises RequestError: 400 for what is no message, or names that are no text.
    """
    named = {1: b"", 2: b""}
    try:
        for place, (number, content) in enumerate(protobuf_fields.fields(memoryview(body))):
            if number in named:
                named[number] = bytes(content[:1000])
            if place > MOST_FIELDS:
                break
        return named[1].decode(), named[2].decode()
    except ValueError as error:
        raise RequestError(400, f"the message is no {REQUEST.DESCRIPTOR.full_name}: {error}"[:300]) from None


def decode(request: Request, model: Model, settings: SimpleNamespace) -> list[Call]:
    """:raises RequestError: 400, 413 or 422."""
    asked = parsed(request.body, REQUEST)
    rows = rows_of_tensors(asked, model, settings.server_max_rows)
    calls = []
    for method in methods(asked.outputs, model):
        call = InferCall(model, method, rows)
        call.request_name = asked.id
        call.raw = bool(asked.raw_input_contents)
        calls.append(call)
    return calls


def methods(outputs: Any, model: Model) -> list[str]:
    """The methods to call, each once."""
    if not outputs:
        return ["predict"]
    if len(outputs) > len(model.methods):
        raise RequestError(422, f"outputs: expected at most {len(model.methods)} outputs")
    for i, output in enumerate(outputs):
        if output.name not in model.methods:
            raise RequestError(422, f"outputs[{i}].name: expected one of {', '.join(model.methods)}")
    return list(dict.fromkeys(output.name for output in outputs))


def rows_of_tensors(asked: Any, model: Model, max_rows: int) -> np.ndarray | Table:
    """The rows that the tensors hold together."""
    if not asked.inputs:
        raise RequestError(422, "inputs: expected at least one tensor")
    if len(asked.inputs) > max(model.features, 1):
        raise RequestError(422, f"inputs: {len(asked.inputs)} tensors, the model takes one, or one for each column")
    raw = asked.raw_input_contents
    if raw and len(raw) != len(asked.inputs):
        raise RequestError(422, f"raw_input_contents: {len(raw)} of them, there are {len(asked.inputs)} inputs")
    arrays: dict[str, np.ndarray] = {}
    for i, tensor in enumerate(asked.inputs):
        where = f"inputs[{i}]"
        if tensor.name in arrays:
            raise RequestError(422, f"{where}.name: {tensor.name[:100]!r} is there twice")
        shape = shape_of(tensor, model, max_rows, where)
        if not raw:
            arrays[tensor.name] = from_contents(tensor, shape, where)
        elif tensor.HasField("contents"):
            raise RequestError(422, f"{where}: has both contents and raw_input_contents")
        else:
            arrays[tensor.name] = tensors.from_bytes(memoryview(raw[i]), tensor.datatype, shape, where)
    if len(arrays) == 1 and model.features != 1:
        return one_tensor(next(iter(arrays.values())), model, max_rows)
    return columns(arrays, model)


def shape_of(tensor: Any, model: Model, max_rows: int, where: str) -> list[int]:
    """The tensor's shape, whose first size are the rows. Checked before its values are read.

    :raises RequestError: 413 for too many rows, else 422.
    """
    datatype = tensor.datatype
    if not tensor.name or len(tensor.name) > 1000:
        raise RequestError(422, f"{where}.name: expected text")
    if datatype != "BYTES" and datatype not in tensors.DTYPES:
        raise RequestError(422, f"{where}.datatype: expected BYTES or one of {', '.join(tensors.DTYPES)}")
    if not 1 <= len(tensor.shape) <= 8 or min(tensor.shape) < 0:
        raise RequestError(422, f"{where}.shape: expected 1 to 8 sizes")
    shape = list(tensor.shape)
    if shape[0] == 0:
        raise RequestError(422, f"{where}.shape: expected at least one row")
    if shape[0] > max_rows:
        raise RequestError(413, f"{where}: {shape[0]} rows, at most {max_rows} are taken in one request")
    if math.prod(shape[1:]) > max(model.features, 1):
        raise RequestError(
            422, f"{where}.shape: {shape}, the model takes [rows, {model.features}], or a tensor a column"
        )
    return shape


def from_contents(tensor: Any, shape: list[int], where: str) -> np.ndarray:
    """The values of the field that the tensor's datatype has."""
    datatype = tensor.datatype
    field = CONTENTS.get(datatype)
    if field is None:
        raise RequestError(422, f"{where}: {datatype} has no contents of its own; send raw_input_contents")
    values = getattr(tensor.contents, field)
    size = math.prod(shape)
    if len(values) != size:
        raise RequestError(422, f"{where}.contents.{field}: {len(values)} values, the shape {shape} holds {size}")
    others = [other.name for other, _unused in tensor.contents.ListFields() if other.name != field]
    if others:
        raise RequestError(422, f"{where}.contents.{others[0]}: the datatype {datatype} takes {field}")
    if datatype == "BYTES":
        return texts(values, where).reshape(shape)
    try:
        return np.array(values, tensors.DTYPES[datatype]).reshape(shape)
    except OverflowError:
        raise RequestError(422, f"{where}.contents.{field}: a value is too large for {datatype}") from None


def texts(values: Any, where: str) -> np.ndarray:
    try:
        return np.array([value.decode() for value in values], dtype=object)
    except UnicodeDecodeError:
        raise RequestError(400, f"{where}.contents.bytes_contents: not UTF-8") from None


def encode(calls: list[InferCall]) -> Response:
    model = calls[0].model
    answer = RESPONSE(model_name=model.name, model_version=model.version, id=calls[0].request_name)
    for call in calls:
        head, raw = tensors.write(call.method, call.result, True)
        output = answer.outputs.add(name=head["name"], datatype=head["datatype"], shape=head["shape"])
        if call.raw or head["datatype"] not in CONTENTS:
            answer.raw_output_contents.append(raw)
        else:
            values = call.result.ravel().tolist()
            if head["datatype"] == "BYTES":
                values = [str(value).encode() for value in values]
            getattr(output.contents, CONTENTS[head["datatype"]]).extend(values)
    return Response(200, answer.SerializeToString(), CONTENT_TYPE)

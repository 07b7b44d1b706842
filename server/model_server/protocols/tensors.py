# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tensors of the Open Inference Protocol, as JSON or as raw little-endian bytes, to and from numpy."""

from __future__ import annotations

import math
import struct
from types import NoneType
from typing import Any

import numpy as np

from ..api.errors import RequestError

DTYPES = {
    "BOOL": "?",
    "UINT8": "u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
DATATYPES = {np.dtype(code): name for name, code in DTYPES.items()}
MAX_ELEMENTS = 2**27
# Of MLServer: those whose values stand in the tensor as the protocol has them. "base64", say, would be another text.
CONTENT_TYPES = ("np", "pd", "str")


def whole(value: Any) -> bool:
    """Whether a JSON value is a whole number; true and false are none, although Python counts them as such."""
    return isinstance(value, int) and not isinstance(value, bool)


def whole_number(value: Any) -> Any:
    """1 for 1.0, between which JSON makes no difference; any other value as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read(tensor: Any, tail: memoryview, where: str) -> tuple[str, np.ndarray, memoryview]:
    """One tensor's name, its values in its shape, and what is left of the raw bytes.

    :param tail: the raw bytes that were not read yet.
    :raises RequestError: 400 or 422.
    """
    if not isinstance(tensor, dict):
        raise RequestError(422, f"{where}: expected an object")
    name, datatype, shape = tensor.get("name"), tensor.get("datatype"), tensor.get("shape")
    if isinstance(shape, list):
        shape = [whole_number(size) for size in shape]
    if not isinstance(name, str) or not name or len(name) > 1000:
        raise RequestError(422, f"{where}.name: expected text")
    if datatype != "BYTES" and (not isinstance(datatype, str) or datatype not in DTYPES):
        raise RequestError(422, f"{where}.datatype: expected BYTES or one of {', '.join(DTYPES)}")
    if (
        not isinstance(shape, list)
        or not 1 <= len(shape) <= 8
        or not all(whole(n) and 0 <= n <= MAX_ELEMENTS for n in shape)
        or math.prod(shape) > MAX_ELEMENTS
    ):
        raise RequestError(422, f"{where}.shape: expected a list of 1 to 8 sizes")
    parameters = tensor.get("parameters")
    if not isinstance(parameters, dict | None):
        raise RequestError(422, f"{where}.parameters: expected an object")
    check_content_type(parameters, where)
    size = (parameters or {}).get("binary_data_size")
    if size is None:
        return name, from_json(tensor.get("data"), datatype, shape, where), tail
    if "data" in tensor:
        raise RequestError(422, f"{where}: has both data and binary_data_size")
    if not whole(size) or not 0 <= size <= len(tail):
        raise RequestError(400, f"{where}: binary_data_size is {size!r:.40}, the body has {len(tail)} bytes left")
    return name, from_bytes(tail[:size], datatype, shape, where), tail[size:]


def check_content_type(parameters: dict | None, where: str) -> None:
    """:raises RequestError: 422 for values that the client wants to be read in another way."""
    given = (parameters or {}).get("content_type")
    if given is not None and given not in CONTENT_TYPES:
        known = ", ".join(CONTENT_TYPES)
        raise RequestError(422, f"{where}.parameters.content_type: {given!r:.40} is not taken; known: {known}")


def from_json(data: Any, datatype: str, shape: list[int], where: str) -> np.ndarray:
    """Values given as a flat or as a nested list, or as an array of numbers.py."""
    if isinstance(data, np.ndarray):
        if list(data.shape) == shape or (data.ndim == 1 and data.size == math.prod(shape)):
            return converted(data, datatype, shape, where)
        data = data.tolist()
    if not isinstance(data, list):
        raise RequestError(422, f"{where}.data: expected a list")
    if len(shape) > 1 and data and isinstance(data[0], list):
        data = flatten(data, shape, where)
    if len(data) != math.prod(shape):
        raise RequestError(422, f"{where}.data: {len(data)} values, the shape {shape} holds {math.prod(shape)}")
    if datatype == "BYTES":
        for i, value in enumerate(data):
            if not isinstance(value, str):
                raise RequestError(422, f"{where}.data[{i}]: expected only texts")
        return np.array(data, dtype=object).reshape(shape)
    wanted = {bool} if datatype == "BOOL" else {int, float, NoneType} if datatype.startswith("FP") else {int}
    kinds = set(map(type, data))
    if float in kinds and wanted == {int}:
        data = [whole_number(value) for value in data]
        kinds = set(map(type, data))
    if not kinds <= wanted:
        i = next(i for i, value in enumerate(data) if type(value) not in wanted)
        raise RequestError(422, f"{where}.data[{i}]: not a value of datatype {datatype}")
    if NoneType in kinds:
        data = [math.nan if value is None else value for value in data]
    return converted(data, datatype, shape, where)


def converted(data: list | np.ndarray, datatype: str, shape: list[int], where: str) -> np.ndarray:
    """Numbers, or booleans, as an array of the datatype.

    :raises RequestError: 422 for a number that overflows it.
    """
    try:
        with np.errstate(over="ignore"):
            values = np.asarray(data, dtype=DTYPES[datatype]).reshape(shape)
    except OverflowError:
        raise RequestError(422, f"{where}.data: a value is too large for {datatype}") from None
    if values.dtype.kind == "f" and np.isinf(values).any():  # JSON has no infinity
        raise RequestError(422, f"{where}.data: a value is too large for {datatype}")
    return values


def flatten(data: list, shape: list[int], where: str) -> list:
    """Nested lists as one.

    :raises RequestError: 422 where they are not nested as the shape says.
    """
    nested = len(data) == shape[0]
    for size in shape[1:]:
        nested = nested and all(isinstance(part, list) and len(part) == size for part in data)
        if not nested:
            raise RequestError(422, f"{where}.data: not nested as the shape {shape} says")
        data = [value for part in data for value in part]
    return data


def from_bytes(raw: memoryview, datatype: str, shape: list[int], where: str) -> np.ndarray:
    count = math.prod(shape)
    if datatype == "BYTES":
        return np.array(texts(raw, count, where), dtype=object).reshape(shape)
    dtype = np.dtype(DTYPES[datatype])
    if len(raw) != count * dtype.itemsize:
        raise RequestError(400, f"{where}: {len(raw)} bytes, {datatype} {shape} takes {count * dtype.itemsize}")
    if datatype == "BOOL":
        return np.frombuffer(raw, dtype=np.uint8).astype(bool).reshape(shape)
    return np.frombuffer(raw, dtype=dtype).reshape(shape)


def texts(raw: memoryview, count: int, where: str) -> list[str]:
    """Texts, each behind its length in four bytes."""
    found, position = [], 0
    try:
        while position < len(raw) and len(found) < count:
            (length,) = struct.unpack_from("<I", raw, position)
            position += 4
            if position + length > len(raw):
                raise ValueError
            found.append(bytes(raw[position : position + length]).decode("utf-8"))
            position += length
    except (struct.error, ValueError):
        raise RequestError(400, f"{where}: not a sequence of length-prefixed UTF-8 texts") from None
    if position != len(raw) or len(found) != count:
        raise RequestError(400, f"{where}: {len(found)} texts, the shape holds {count}")
    return found


def write(name: str, values: np.ndarray, binary: bool) -> tuple[dict, bytes]:
    """A tensor for the answer: its JSON and, if it is wanted as raw bytes, those."""
    datatype = datatype_of(values.dtype)
    output = {"name": name, "datatype": datatype, "shape": list(values.shape)}
    if not binary:
        flat = values.ravel().tolist()
        output["data"] = [str(value) for value in flat] if datatype == "BYTES" else flat
        return output, b""
    if datatype == "BYTES":
        encoded = [str(value).encode() for value in values.ravel().tolist()]
        raw = b"".join(struct.pack("<I", len(value)) + value for value in encoded)
    else:
        raw = np.ascontiguousarray(values, DTYPES[datatype]).tobytes()
    output["parameters"] = {"binary_data_size": len(raw)}
    return output, raw


def datatype_of(dtype: np.dtype) -> str:
    """The name of an array's type, whatever its byte order. What the protocol has no number for goes out as text."""
    return DATATYPES.get(dtype) or DATATYPES.get(dtype.newbyteorder("<"), "BYTES")

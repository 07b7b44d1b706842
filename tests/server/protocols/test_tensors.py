# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tensors, as JSON and as raw bytes."""

from __future__ import annotations

import numpy as np
import pytest

from model_server.api.errors import RequestError
from model_server.protocols import tensors

EMPTY = memoryview(b"")


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize(
    "values",
    [
        *(np.arange(6, dtype=dtype).reshape(3, 2) for dtype in ("u1", "<u4", "<i2", "<i8", "<f2", "<f4", "<f8")),
        np.array([True, False]),
        np.array(["a", "", "\u00e4\u20ac"], dtype=object),
    ],
    ids=lambda value: str(getattr(value, "dtype", value)),
)
def test_what_is_written_is_read_again(values: np.ndarray, binary: bool) -> None:
    output, raw = tensors.write("x", values, binary)
    name, read, rest = tensors.read(output, memoryview(raw + b"more"), "inputs[0]")
    assert (name, bytes(rest)) == ("x", b"more" if binary or not raw else b"")
    assert read.dtype == values.dtype
    assert np.array_equal(read, values)


def test_missing_numbers() -> None:
    tensor = {"name": "x", "shape": [2], "datatype": "FP64", "data": [None, 1]}
    assert np.array_equal(tensors.read(tensor, EMPTY, "x")[1], [np.nan, 1], equal_nan=True)


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"name": ""}, 422, "name: expected text"),
        ({"datatype": "FP8"}, 422, "datatype: expected BYTES or one of"),
        ({"datatype": ["FP64"]}, 422, "datatype: expected BYTES or one of"),
        ({"shape": []}, 422, "shape: expected a list of 1 to 8 sizes"),
        ({"shape": [True, 4]}, 422, "shape: expected"),
        ({"shape": [-1, 4]}, 422, "shape: expected"),
        ({"shape": [2**27, 2**27]}, 422, "shape: expected"),
        ({"shape": [3, 2]}, 422, "4 values, the shape [3, 2] holds 6"),
        ({"data": "abcd"}, 422, "data: expected a list"),
        ({"data": [[1, 2], 3]}, 422, "not nested as the shape [2, 2] says"),
        ({"data": [[1, 2, 3], [4]]}, 422, "not nested as the shape [2, 2] says"),
        ({"data": [[1], [2], [3], [4]]}, 422, "not nested as the shape [2, 2] says"),
        ({"data": [[1, 2, 3, 4]]}, 422, "not nested as the shape [2, 2] says"),
        ({"data": [[[1, 2], [3, 4]]]}, 422, "not nested as the shape [2, 2] says"),
        ({"datatype": "FP16", "data": [1, 2, 3, 70000]}, 422, "too large for FP16"),
        ({"datatype": "FP32", "data": [1, 2, 3, 1e39]}, 422, "too large for FP32"),
        ({"datatype": "UINT8", "data": [1, 2, 3, -1]}, 422, "too large for UINT8"),
        ({"data": [1, 2, 3, "4"]}, 422, "data[3]: not a value of datatype FP64"),
        ({"data": [1, 2, 3, True]}, 422, "data[3]: not a value of datatype FP64"),
        ({"datatype": "INT8", "data": [1, 2, 3, 400]}, 422, "too large for INT8"),
        ({"datatype": "BYTES"}, 422, "expected only texts"),
        ({"parameters": {"binary_data_size": 8}}, 422, "has both data and binary_data_size"),
    ],
)
def test_what_is_refused(change: dict, status: int, message: str) -> None:
    tensor = {"name": "x", "shape": [2, 2], "datatype": "FP64", "data": [1, 2, 3, 4], **change}
    with pytest.raises(RequestError) as refused:
        tensors.read(tensor, EMPTY, "inputs[0]")
    assert refused.value.status == status
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("datatype", "raw", "message"),
    [
        ("FP64", b"1234567", "7 bytes, FP64 [1] takes 8"),
        ("BYTES", b"\x05\0\0\0abc", "not a sequence of length-prefixed UTF-8 texts"),
        ("BYTES", b"\x01\0\0\0\xff", "not a sequence of length-prefixed UTF-8 texts"),
        ("BYTES", b"\x01\0\0\0ab", "1 texts, the shape holds 1"),
        ("BYTES", b"\x01\0", "not a sequence of length-prefixed UTF-8 texts"),
    ],
)
def test_raw_bytes_that_are_refused(datatype: str, raw: bytes, message: str) -> None:
    tensor = {"name": "x", "shape": [1], "datatype": datatype, "parameters": {"binary_data_size": len(raw)}}
    with pytest.raises(RequestError) as refused:
        tensors.read(tensor, memoryview(raw), "inputs[0]")
    assert refused.value.status == 400
    assert message in refused.value.message


@pytest.mark.parametrize("size", [9, -1, 1.0, True, "8"])
def test_a_size_beyond_the_body_is_refused(size: object) -> None:
    tensor = {"name": "x", "shape": [1], "datatype": "FP64", "parameters": {"binary_data_size": size}}
    with pytest.raises(RequestError, match="the body has 8 bytes left"):
        tensors.read(tensor, memoryview(bytes(8)), "inputs[0]")

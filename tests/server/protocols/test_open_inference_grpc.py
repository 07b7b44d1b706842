# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ModelInfer's tensors of every datatype, typed and raw, in the rows and answers of other protocols."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from model_server.api.errors import RequestError
from model_server.api.messages import Request
from model_server.inference.warm_up import prepare
from model_server.models.description import describe
from model_server.models.model import Model
from model_server.protocols.inference_messages import message
from model_server.protocols.open_inference_grpc import CONTENTS, RESPONSE, decode, encode
from model_server.protocols.tensors import DTYPES

LIMITS = SimpleNamespace(server_max_rows=100)


@pytest.fixture(scope="module")
def model() -> Model:
    made = describe("m", "1", "", {"sklearn_version": "1"}, LinearRegression().fit(np.eye(2), [1.0, 2.0]))
    prepare(made)
    return made


def ask(model: Model, tensor: dict, raw: list[bytes] | None = None):
    body = message("ModelInferRequest")(inputs=[tensor], raw_input_contents=raw or []).SerializeToString()
    return decode(Request("POST", "", "", {}, body, ""), model, LIMITS)


@pytest.mark.parametrize("datatype", DTYPES)
def test_every_datatype(model: Model, datatype: str) -> None:
    rows = np.array([[0, 1], [1, 1]], DTYPES[datatype])
    tensor = {"name": "x", "datatype": datatype, "shape": [2, 2]}
    (call,) = ask(model, tensor, [rows.tobytes()])
    assert call.raw and call.rows.tolist() == [[0.0, 1.0], [1.0, 1.0]]
    if datatype in CONTENTS:
        (call,) = ask(model, {**tensor, "contents": {CONTENTS[datatype]: rows.ravel().tolist()}})
        assert not call.raw and call.rows.tolist() == [[0.0, 1.0], [1.0, 1.0]]


def test_texts(model: Model) -> None:
    tensor = {"name": "x", "datatype": "BYTES", "shape": [1, 2]}
    typed = {**tensor, "contents": {"bytes_contents": [b"a", b"\xff"]}}
    for given in ((typed, None), (tensor, [b"\1\0\0\0a\1\0\0\0\xff"])):
        with pytest.raises(RequestError) as caught:
            ask(model, *given)
        assert caught.value.status == 400 and "UTF-8" in caught.value.message


@pytest.mark.parametrize(
    "values",
    [
        np.array([1.5, np.nan]),
        np.array([[1, 2]], np.float32),
        np.array([True, False]),
        np.array([3, -4]),
        np.array([3, 4], np.uint8),
        np.array(["a", "ü"]),
        np.array([1.5], np.float16),
    ],
    ids=str,
)
@pytest.mark.parametrize("raw", [True, False])
def test_answers_hold_what_was_predicted(model: Model, values: np.ndarray, raw: bool) -> None:
    call = SimpleNamespace(model=model, method="predict", result=values, raw=raw, request_name="")
    answer = RESPONSE.FromString(encode([call]).body)
    (output,) = answer.outputs
    assert list(output.shape) == list(values.shape)
    assert bool(answer.raw_output_contents) == (raw or output.datatype == "FP16")
    if answer.raw_output_contents:
        if output.datatype != "BYTES":
            assert answer.raw_output_contents[0] == values.tobytes()
        return
    given = list(getattr(output.contents, CONTENTS[output.datatype]))
    given = [value.decode() for value in given] if output.datatype == "BYTES" else given
    assert np.array_equal(given, values.ravel(), equal_nan=output.datatype == "FP64")

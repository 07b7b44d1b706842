# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fields are counted as protobuf itself reads them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from model_server.protocols.inference_messages import message
from model_server.protocols.open_inference_grpc import INSIDE, model_of
from model_server.protocols.protobuf_fields import MalformedError, TooManyFieldsError, count, fields

REQUEST = message("ModelInferRequest")


def test_each_field_of_each_message_counts() -> None:
    contents = {"bytes_contents": [b"a", b"b", b"c"], "fp64_contents": [1.0, 2.0]}
    tensor = {"name": "x", "shape": [3, 1], "contents": contents, "parameters": {"a": {"int64_param": 1}}}
    body = REQUEST(model_name="m", inputs=[tensor, {}], outputs=[{"name": "y"}], raw_input_contents=[b"\xff"])
    # name; input (name, shape, contents of four, a map's entry of key, value and number); input; output (name); raw
    expected = 1 + (1 + 1 + 1 + (1 + 4) + (1 + 2 + 1)) + 1 + 2 + 1
    data = memoryview(body.SerializeToString())
    assert count(data, INSIDE, 100) == expected
    with pytest.raises(TooManyFieldsError):
        count(data, INSIDE, expected - 1)


@settings(deadline=None, max_examples=300)
@given(some.binary(max_size=40))
def test_what_protobuf_reads_is_read(data: bytes) -> None:
    """And nothing but MalformedError is raised for what it does not read."""
    try:
        list(fields(memoryview(data)))
        well_formed = True
    except MalformedError:
        well_formed = False
    try:
        REQUEST.FromString(data)
        taken = True
    except Exception:
        taken = False
    # Groups, which are obsolete, are skipped by protobuf and refused here.
    assert well_formed or not taken or any(byte & 7 in (3, 4) for byte in data)


@given(some.text(max_size=60), some.text(max_size=60))
def test_the_model_that_a_message_names(name: str, version: str) -> None:
    body = REQUEST(id="1", model_name=name, model_version=version, raw_input_contents=[b"\x0a\x01z"])
    assert model_of(body.SerializeToString()) == (name, version)

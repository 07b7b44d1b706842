# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bodies of many plain numbers, read straight into an array: without a Python object for each number.

Parsing is most of the time of a request of many rows. Each function returns None for a body that is not plain, and
orjson reads that one: what is taken, and the words of each refusal, are orjson's and those of inference/validation.py.
So nothing here explains; it only has to be sure that orjson would read the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..api.messages import json_object
from ..models.model import Model

try:
    import simdjson
except ImportError:  # there is no wheel for this Python: orjson reads every body
    simdjson = None

# Shorter bodies are parsed faster into objects; the parser keeps buffers of nine times the longest body that it read.
LEAST_BYTES, MOST_BYTES = 512, 2**18
PARSER = simdjson and simdjson.Parser()


def with_instances(body: bytes) -> dict | None:
    """The body's object, its `instances` as an array of rows and columns."""
    return read(body, instances)


def with_tensors(body: bytes) -> dict | None:
    """The body's object of the V2 protocol, the `data` of each tensor as an array of one or two dimensions."""
    return read(body, tensors)


def object_with_instances(body: bytes, model: Model) -> dict:
    """The body as a JSON object; its `instances` as an array if the model takes numbers and they are plain ones.

    :raises RequestError: 400.
    """
    return (with_instances(body) if model.numeric else None) or json_object(body)


def object_with_tensors(body: bytes) -> dict:
    """The body as a JSON object of the V2 protocol; the `data` of its tensors as arrays if they are plain numbers.

    :raises RequestError: 400.
    """
    return with_tensors(body) or json_object(body)


def read(body: bytes, build: Callable[[Any, int], dict | None]) -> dict | None:
    # A backslash may hide a name from a comparison. A byte order mark, which orjson refuses, is no brace.
    if PARSER is None or not LEAST_BYTES <= len(body) <= MOST_BYTES or body[:1] != b"{" or b"\\" in body:
        return None
    try:
        return build(PARSER.parse(body), body.count(b"["))
    except (ValueError, TypeError, LookupError, AttributeError, RuntimeError):  # no JSON, not plain, too deep
        return None


def instances(document: Any, brackets: int) -> dict | None:
    """:param brackets: in the whole body, those of texts too."""
    found = members(document, "instances")
    rows = found["instances"] = array(found["instances"])
    others = sum(arrays_in(value) for name, value in found.items() if name != "instances")
    return found if rows.ndim == 2 and brackets == others + 1 + len(rows) else None


def tensors(document: Any, brackets: int) -> dict | None:
    found = members(document, "inputs")
    inputs = found["inputs"] = [members(tensor, "data") for tensor in found["inputs"]]
    known = 1 + sum(arrays_in(value) for name, value in found.items() if name != "inputs")
    for tensor in inputs:
        if not tensor["datatype"].startswith("FP"):
            return None
        values = tensor["data"] = array(tensor["data"])
        known += sum(arrays_in(value) for name, value in tensor.items() if name != "data")
        known += 1 if values.ndim == 1 else 1 + len(values)
    return found if brackets == known else None


def members(parsed: Any, left: str) -> dict:
    """An object's values by name.

    :param left: the name of the one that is left as the parser has it.
    :raises ValueError: a name is there twice: this parser has the first, orjson the last.
    """
    names = list(parsed.keys())
    found = {name: parsed[name] if name == left else plain(parsed[name]) for name in names}
    if len(found) < len(names):
        raise ValueError("a name is there twice")
    return found


def plain(value: Any) -> Any:
    """A value as orjson gives it."""
    if isinstance(value, simdjson.Object):
        return value.as_dict()
    return value.as_list() if isinstance(value, simdjson.Array) else value


def array(parsed: Any) -> np.ndarray:
    """An array of numbers, or of rows of one width. Both can hide deeper arrays, which the count of brackets shows.

    :raises ValueError: the rows have several widths.
    :raises TypeError: something in it is no number and no array.
    """
    # A copy: the values may be written to, and do not live as long as the parser's buffers.
    values = np.frombuffer(parsed.as_buffer(of_type="d")).copy()
    if not isinstance(parsed[0], simdjson.Array):
        return values
    width = len(parsed[0])
    if not {width}.issuperset(map(len, parsed)):
        raise ValueError("rows of several widths")
    return values.reshape(len(parsed), width)


def arrays_in(value: Any) -> int:
    """How many arrays a plain value has in it, with itself."""
    if isinstance(value, dict):
        return sum(map(arrays_in, value.values()))
    return 1 + sum(map(arrays_in, value)) if isinstance(value, list) else 0

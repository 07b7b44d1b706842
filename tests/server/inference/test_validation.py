# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Input that a model cannot take is refused with the row and the column."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from support import ROW, Server

from model_server.api.errors import RequestError
from model_server.inference.validation import kind_of_column, rows_of


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "empty"),
        (b"{", 400, "not JSON"),
        (b"[1]", 400, "JSON object"),
        (b"[" * 100_000, 400, "not JSON"),
        (b'{"instances": [[1e999, 1, 1, 1]]}', 400, "not JSON"),
        ({}, 422, "instances: missing"),
        ({"instances": []}, 422, "at least one row"),
        ({"instances": 5}, 422, "expected a list"),
        ({"instances": [[1, 2, 3]]}, 422, "3 values, the model takes 4"),
        ({"instances": [[1, 2, 3, 4], [1, 2]]}, 422, "instances[1]: 2 values"),
        ({"instances": [[1, 2, 3, "x"]]}, 422, "instances[0][3] (petal width (cm)): expected a number, got text"),
        ({"instances": [[1, 2, 3, None]]}, 422, "got null"),
        ({"instances": [[1, 2, 3, True]]}, 422, "instances[0][3] (petal width (cm)): expected a number, got a boolean"),
        ({"instances": [[1, 2, 3, "4"]]}, 422, "instances[0][3] (petal width (cm)): expected a number, got text"),
        ({"instances": [[1, 2, 3, {}]]}, 422, "got an object"),
        ({"instances": [[[1], [2], [3], [4]]]}, 422, "got a list"),
        ({"instances": [{"a": 1}]}, 422, "unknown a"),
        ({"instances": [[1, 2, 3, 4]], "method": "fit"}, 422, "method"),
        ({"instances": [[1, 2, 3, 4]], "method": ["predict"]}, 422, "method"),
        ({"instances": [[1, 2, 3, 4]], "more": 1}, 422, "unknown field"),
        ({"instances": [[10**400, 2, 3, 4]]}, (400, 422), ""),
    ],
)
def test_bad_input_is_named(iris: Server, body, status, message: str) -> None:
    answer = iris.post("/predict", body)
    assert answer.status in (status if isinstance(status, tuple) else (status,)), answer.body
    assert set(answer.json) == {"error", "code", "status", "request_id"}
    assert message in answer.json["error"]


def model(**changes: object) -> SimpleNamespace:
    fixed = {"features": 2, "names": ["a", "b"], "nullable": [False, False], "numeric": True, "takes": "numbers"}
    fixed |= {"schema": None, "limits": None, "precision": np.float64, "columns": ["a", "b"]}
    return SimpleNamespace(**{**fixed, **changes})


@pytest.mark.parametrize(
    ("instances", "allows_nan", "rows"),
    [
        ([[1, 2.5]], False, [[1, 2.5]]),
        ([{"b": 2, "a": 1}], False, [[1, 2]]),
        ([[True, 2]], False, [[1, 2]]),
        ([[2**70, 1]], False, [[2.0**70, 1]]),
        ([[None, 1]], True, [[np.nan, 1]]),
    ],
)
def test_rows_are_numbers_in_the_models_order(instances: list, allows_nan: bool, rows: list) -> None:
    read = rows_of(instances, model(nullable=[allows_nan] * 2), 10)
    assert read.dtype == np.float64
    assert np.array_equal(read, rows, equal_nan=True)


@pytest.mark.parametrize(
    ("instances", "status", "message"),
    [
        ([[1, 2]] * 11, 413, "11 rows, at most 10"),
        ([[1, np.nan]], 422, "rows[0][1]: not a finite number"),
        ([{"a": 1, "b": 2}, [1, 2]], 422, "rows[1]: expected an object like the rows before it"),
        ([{"a": 1, "c": 2}], 422, "missing b; unknown c"),
        ([[1, 2], [1]], 422, "rows[1]: 1 values, the model takes 2: a, b"),
    ],
)
def test_refusals_name_the_place(instances: list, status: int, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        rows_of(instances, model(), 10, "rows")
    assert refused.value.status == status
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([1, 2.5, None], "number"),
        ([None], "number"),
        ([True, False], "boolean"),
        ([True, None], "mixed"),
        (["x", None], "text"),
    ],
)
def test_kinds_of_columns(column: list, kind: str) -> None:
    assert kind_of_column("c", column, "rows") == kind


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["a", None, 7], "rows[2] (city): a number does not fit a column of text"),
        ([None, "a", None, True], "rows[3] (city): a boolean does not fit a column of text"),
        ([1, 2.5, "a"], "rows[2] (city): text does not fit a column of numbers"),
        ([True, None, 1.5], "rows[2] (city): a number does not fit a column of booleans"),
        ([["a"]], "rows[0] (city): expected text, a number, a boolean or null, got a list"),
        (["a", {}, 7], "rows[1] (city): expected text, a number, a boolean or null, got an object"),
    ],
)
def test_the_value_that_does_not_fit_is_named(column: list, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        kind_of_column("city", column, "rows")
    assert refused.value.message == message


def test_a_column_of_two_kinds_is_refused() -> None:
    with pytest.raises(RequestError) as refused:
        kind_of_column("city", ["Rome", 3], "rows")
    assert refused.value.message == "rows[1] (city): a number does not fit a column of text"


LONG = "x" * 170_000
# 214 kB, of which numpy would make a text of 170,000 characters in each of 8,000 places: 5 GiB.
WIDE = [[5.1, 3.5, 1.4, 0.2]] * 1999 + [[LONG, 3.5, 1.4, 0.2]]
NUMERIC = SimpleNamespace(
    numeric=True, features=4, names=None, nullable=[True] * 4, schema=None, limits=None, precision=np.float64
)


@pytest.mark.parametrize(
    "instances",
    [
        WIDE,
        [*WIDE, [LONG]],
        [LONG, *WIDE],
        [*[[None, 3.5, 1.4, 0.2]] * 1999, WIDE[-1]],
        [[[[LONG]], 1, 2, 3], *WIDE],
        ["abcd"] * 2000 + [LONG],
        [[1, 2, 3, 4], {"a": LONG}] * 1000,
        [[1, 2, 3, 4], 5] * 1000,
    ],
)
def test_what_is_no_number_never_gets_to_numpy(instances: list) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(RequestError) as caught:
            rows_of(instances, NUMERIC, 10_000)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    assert caught.value.status == 422
    assert LONG not in caught.value.message


def tensors(datatype: str, data: list, **more: object) -> dict:
    return {"inputs": [{"name": "x", "shape": [2000, 4], "datatype": datatype, "data": data, **more}]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/predict", {"instances": WIDE}),
        ("/v1/models/iris:predict", {"instances": WIDE}),
        ("/v2/models/iris/infer", tensors("BYTES", ["1"] * 7999 + [LONG])),
        ("/v2/models/iris/infer", tensors("FP64", [value for row in WIDE for value in row])),
        ("/v2/models/iris/infer", tensors("FP64", WIDE)),
    ],
)
def test_one_long_text_does_not_end_the_server(small: Server, path: str, body: dict) -> None:
    assert 170_000 < len(json.dumps(body)) < 250_000
    assert small.post(path, body).status == 422
    assert small.post("/predict", ROW).status == 200


@pytest.fixture(scope="module")
def small(iris_store: Path) -> Iterator[Server]:
    """A server that may use 512 MiB."""
    limited = "import resource, runpy; resource.setrlimit(resource.RLIMIT_DATA, (2**29, 2**29)); "
    with Server(iris_store, ("-c", f"{limited}runpy.run_module('model_server', run_name='__main__')")) as server:
        yield server

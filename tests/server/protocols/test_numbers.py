# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bodies that are read straight into arrays give what orjson gives: the same rows, and the same refusals."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_server.api.errors import RequestError
from model_server.protocols import kserve_v1, mlflow, numbers, open_inference_v2, predict

COLUMNS = 3
SETTINGS = SimpleNamespace(server_max_rows=40)
# As JSON writes them, with what it must not write, and what is no number.
WRITTEN = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.integers(-9, 9).map(str),
)
ODD = st.sampled_from(
    [
        "null",
        "true",
        '"7"',
        "{}",
        "[1]",
        "[]",
        "-0",
        "-0.0",
        "1e400",
        "5e-324",
        "1E+2",
        "01",
        "1.",
        "NaN",
        "1 2",
        "",
        "[[1]]",
    ]
)
PADDING = '"padding": "' + "x" * numbers.LEAST_BYTES + '"'


def model(**changes: object) -> SimpleNamespace:
    fixed = {"name": "m", "features": COLUMNS, "names": None, "numeric": True, "takes": "numbers", "schema": None}
    fixed |= {"limits": None, "precision": np.float64, "columns": ["0", "1", "2"], "nullable": [True, False, False]}
    fixed |= {"methods": ("predict", "predict_proba"), "kinds": {}, "none": (), "documents": ()}
    return SimpleNamespace(**{**fixed, **changes})


def outcome(decode, body: bytes, asked: SimpleNamespace):
    """What a protocol makes of a body, in a form that compares bit for bit."""
    request = SimpleNamespace(body=body, headers={})
    try:
        calls = decode(request, asked, SETTINGS)
    except RequestError as refused:
        return refused.status, refused.message
    return [
        (call.method, getattr(call, "request_name", ""), getattr(call, "binary", ""), shown(call.rows))
        for call in calls
    ]


def shown(rows: object) -> tuple:
    if isinstance(rows, np.ndarray):
        return rows.dtype, rows.shape, rows.tobytes(), rows.flags.writeable
    return rows.kinds, {name: [(type(v), repr(v)) for v in column] for name, column in rows.columns.items()}


def both(monkeypatch: pytest.MonkeyPatch, decode, body: bytes, asked: SimpleNamespace) -> tuple:
    """The outcomes with the array parser and without it."""
    fast = outcome(decode, body, asked)
    with monkeypatch.context() as patch:
        patch.setattr(numbers, "PARSER", None)
        return fast, outcome(decode, body, asked)


@st.composite
def written_rows(draw) -> str:
    width = draw(st.sampled_from([COLUMNS] * 6 + [2, 4, 1, 0]))
    rows = draw(st.lists(st.lists(WRITTEN, min_size=width, max_size=width), min_size=1, max_size=45))
    for _unused in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        row = draw(st.sampled_from(rows))
        place = draw(st.integers(0, max(len(row) - 1, 0)))
        row[place : place + draw(st.integers(0, 1))] = [draw(ODD)]
    texts = ["[" + ",".join(row) + "]" for row in rows]
    if draw(st.sampled_from([False] * 5 + [True])):
        texts[draw(st.integers(0, len(texts) - 1))] = draw(ODD)
    return "[" + draw(st.sampled_from([",", ", ", " ,\n"])).join(texts) + "]"


@st.composite
def instance_bodies(draw) -> bytes:
    members = [f'"instances": {draw(written_rows())}']
    extra = [
        '"method": "predict_proba"',
        '"method": "fit"',
        '"method": ["predict"]',
        PADDING,
        '"data": [1]',
        '"inputs": [[1, 2, 3]]',
    ]
    extra += [
        '"dataframe_records": []',
        '"instances": [[1, 2, 3]]',
        '"inst\\u0061nces": [[4, 5, 6]]',
        '"\\ud800": 1',
        '"[": {"[": "[["}',
    ]
    members += draw(st.lists(st.sampled_from(extra), max_size=2))
    text = "{" + ",".join(draw(st.permutations(members))) + "}"
    return (
        draw(st.sampled_from(["%s"] * 6 + ["\ufeff%s", " %s\n", "%s]", "[%s]", "%s {}"])).replace("%s", text).encode()
    )


@st.composite
def tensor_bodies(draw) -> bytes:
    tensors = []
    for _unused in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        flat = draw(st.booleans())
        count = draw(st.integers(1, 30))
        if flat:
            values = draw(st.lists(WRITTEN, min_size=count * COLUMNS, max_size=count * COLUMNS))
            for _odd in range(draw(st.sampled_from([0, 0, 0, 1]))):
                values[draw(st.integers(0, len(values) - 1))] = draw(ODD)
            data = "[" + ",".join(values) + "]"
        else:
            data = draw(written_rows())
            count = data.count("[") - 1
        shape = draw(
            st.sampled_from(
                [f"[{count}, {COLUMNS}]"] * 6
                + [f"[{count}]", f"[{count}, 1]", f"[{count}, 3, 1]", "[]", "{}", "[true, 3]", f"[{count * 3}]"]
            )
        )
        datatype = draw(st.sampled_from(["FP64"] * 4 + ["FP32", "FP16", "INT64", "BOOL", "BYTES", "FP8", "FP"]))
        name = draw(st.sampled_from(["x", "0", "1", "2"]))
        members = [f'"name": "{name}"', f'"shape": {shape}', f'"datatype": "{datatype}"', f'"data": {data}']
        extra = [
            '"parameters": {}',
            '"parameters": {"[": [1, [2]]}',
            '"parameters": {"binary_data_size": 3}',
            '"data": [1, 2, 3]',
            '"name": 5',
            '"datatype": 5',
        ]
        members += draw(st.lists(st.sampled_from(extra), max_size=1))
        tensors.append("{" + ",".join(draw(st.permutations(members))) + "}")
    members = ['"inputs": [' + ",".join(tensors) + "]"]
    extra = [
        '"id": "a[b"',
        '"id": 5',
        '"outputs": [{"name": "predict_proba", "parameters": {"binary_data": true}}]',
        '"outputs": []',
    ]
    extra += [
        '"parameters": {"binary_data_output": true}',
        '"parameters": [[]]',
        PADDING,
        '"inputs": []',
        '"outputs": "["',
    ]
    members += draw(st.lists(st.sampled_from(extra), max_size=3))
    return ("{" + ",".join(members) + "}").encode()


MODELS = [
    model(),
    model(nullable=[False] * COLUMNS, names=["a", "b", "c"]),
    model(precision=np.float32),
    model(names=["0", "1", "2"]),
    model(
        limits=(np.full(COLUMNS, -1e9), np.full(COLUMNS, 1e9)),
        booleans=np.zeros(COLUMNS, bool),
        schema=[SimpleNamespace(name="a", kind="number", range=(-1e9, 1e9))] * 3,
    ),
]
TABLE = model(numeric=False, takes="objects")


@settings(max_examples=400, deadline=None, database=None)
@given(
    body=instance_bodies(),
    asked=st.sampled_from([*MODELS, TABLE]),
    protocol=st.sampled_from([predict, kserve_v1, mlflow]),
)
def test_instances_are_read_alike(body: bytes, asked: SimpleNamespace, protocol) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbers, "LEAST_BYTES", 0)
        fast, plain = both(patch, protocol.decode, body, asked)
    assert fast == plain


@settings(max_examples=400, deadline=None, database=None)
@given(body=tensor_bodies(), asked=st.sampled_from(MODELS))
def test_tensors_are_read_alike(body: bytes, asked: SimpleNamespace) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbers, "LEAST_BYTES", 0)
        fast, plain = both(patch, open_inference_v2.decode, body, asked)
    assert fast == plain


ROWS = ",".join(["[1, 2.5, -3e2]"] * 40)


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (numbers.with_instances, '{"instances": [%s]}'),
        (numbers.with_instances, '{"method": "predict", "instances": [%s]}'),
        (numbers.with_tensors, '{"inputs": [{"name": "x", "shape": [40, 3], "datatype": "FP64", "data": [%s]}]}'),
        (
            numbers.with_tensors,
            '{"id": "7", "outputs": [{"name": "predict"}], '
            '"inputs": [{"name": "x", "shape": [40, 3], "datatype": "FP32", "data": [%s]}]}',
        ),
    ],
)
def test_plain_bodies_become_arrays(read, body: str) -> None:
    """Else the tests above would compare orjson with itself."""
    found = read((body % ROWS).encode())
    values = found["instances"] if "instances" in found else found["inputs"][0]["data"]
    assert isinstance(values, np.ndarray) and values.shape == (40, 3)


@pytest.mark.parametrize(
    "change", [("[1, 2.5, -3e2]", "[1, [2.5], -3e2]"), ("{", '{"instances": [[1]], '), ('"', "\\u0022")]
)
def test_what_the_parsers_read_differently_is_left_to_orjson(change: tuple[str, str]) -> None:
    body = f'{{"instances": [{ROWS}]}}'.replace(*change, 1)
    assert numbers.with_instances(body.encode()) is None


@pytest.mark.parametrize("length", [numbers.LEAST_BYTES - 1, numbers.MOST_BYTES + 1])
def test_short_and_long_bodies_are_left_to_orjson(length: int) -> None:
    body = b'{"instances": [[1, 2, 3]]}'
    assert numbers.with_instances(body + b" " * (length - len(body))) is None


def test_without_the_parser_orjson_reads_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "PARSER", None)
    assert numbers.object_with_instances(f'{{"instances": [{ROWS}]}}'.encode(), model())["instances"][0] == [
        1,
        2.5,
        -300,
    ]


def test_the_parser_is_free_again_after_a_refusal() -> None:
    """It refuses to read while values of its last body are in use."""
    body = f'{{"instances": [{ROWS}]}}'.encode()
    assert numbers.with_instances(body.replace(b"2.5", b"true")) is None
    assert numbers.with_instances(body) is not None

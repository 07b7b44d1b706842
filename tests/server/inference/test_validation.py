# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Input that a model cannot take is refused with the row and the column."""

from __future__ import annotations

import pytest
from support import Server


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

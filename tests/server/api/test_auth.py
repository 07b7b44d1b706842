# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""API keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import ROW, Server

from model_server.api.auth import ApiKeys
from model_server.api.errors import RequestError


def test_api_key(start: Callable[..., Server], iris_store: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("first\nsecond\n")
    server = start(iris_store, SERVER_API_KEYS_FILE=str(tmp_path / "keys")).wait_ready()
    assert server.get("/health").status == 200
    for path in ("/predict", "/v2/models/iris/infer"):
        refused = server.post(path, ROW)
        assert (refused.status, refused.json["code"], refused.headers["WWW-Authenticate"]) == (
            401,
            "Unauthorized",
            "Bearer",
        )
    assert server.get("/openapi.json").status == 401
    assert server.post("/predict", ROW, headers={"Authorization": "Bearer third"}).status == 401
    assert server.post("/predict", ROW, headers={"Authorization": "Bearer second"}).status == 200
    assert server.post("/predict", ROW, headers={"X-Api-Key": "first"}).status == 200


@pytest.mark.parametrize(
    ("authorization", "api_key", "passes"),
    [
        ("Bearer first", None, True),
        ("bearer second", None, True),
        (None, " first ", True),
        ("Bearer firs", None, False),
        ("Basic first", None, False),
        ("Basic first", "second", True),
        (None, "\udcff", False),
        (None, None, False),
    ],
)
def test_which_headers_pass(tmp_path: Path, authorization: str | None, api_key: str | None, passes: bool) -> None:
    (tmp_path / "keys").write_text("first\nsecond\n")
    keys = ApiKeys(str(tmp_path / "keys"))
    if passes:
        keys.check(authorization, api_key)
        return
    with pytest.raises(RequestError) as refused:
        keys.check(authorization, api_key)
    assert refused.value.status == 401


def test_without_a_file_no_key_is_needed() -> None:
    ApiKeys("").check(None, None)


def test_a_file_without_a_key_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("\n")
    with pytest.raises(ValueError, match="holds no key"):
        ApiKeys(str(tmp_path / "keys"))

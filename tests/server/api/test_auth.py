# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""API keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from support import ROW, Server


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

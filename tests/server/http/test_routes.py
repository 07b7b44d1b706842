# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes besides predictions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import ROW, Server

from model_server.http.routes import OPEN_PATHS


def test_health_names_the_models(iris: Server) -> None:
    answer = iris.get("/health")
    assert (answer.status, answer.json) == (200, {"status": "ready", "models": [{"name": "iris", "version": "1"}]})


def test_programs_get_json_and_people_a_page(iris: Server) -> None:
    (model,) = iris.get("/").json["models"]
    assert (model["name"], model["estimator"]) == ("iris", "Pipeline")
    assert model["methods"] == ["predict", "predict_proba", "predict_log_proba", "decision_function"]
    assert model["engine"]["predict"] == "fast, products apart"
    page = iris.get("/", headers={"Accept": "text/html,*/*"})
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/nowhere", 404, "no such path"),
        ("POST", "/health", 405, "this path does not take this method"),
        ("GET", "/v1/models/rose", 404, "no such model"),
        ("GET", "/v2/models/rose", 404, "no such model or version"),
        ("GET", "/v2/models/iris/versions/2/ready", 404, "no such model or version"),
    ],
)
def test_refusals_have_the_one_shape(iris: Server, method: str, path: str, status: int, error: str) -> None:
    answer = iris.request(method, path, headers={"X-Request-Id": "r-1"})
    assert answer.status == status
    assert answer.json == {**answer.json, "error": error, "status": status, "request_id": "r-1"}
    assert answer.json.keys() == {"error", "code", "status", "request_id"}


ID = re.compile(r"[0-9a-f]+-[0-9a-f]+")


@pytest.mark.parametrize("given", [None, 'x","level":"ERROR'])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/v2", 200),
        ("GET", "/ping", 200),
        ("GET", "/", 200),
        ("HEAD", "/health", 200),
        ("GET", "/nowhere", 404),
        ("POST", "/health", 405),
        ("GET", "/predict", 405),
        ("BAD(", "/predict", 400),
    ],
)
def test_every_answer_has_an_id(iris: Server, method: str, path: str, status: int, given: str | None) -> None:
    answer = iris.request(method, path, headers={} if given is None else {"X-Request-Id": given})
    assert (answer.status, bool(ID.fullmatch(answer.headers["X-Request-Id"]))) == (status, True)
    assert status == 200 or answer.json["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("header", ["Accept", "Authorization", "X-Api-Key", "X-Request-Id", "Content-Type", "Cookie"])
@pytest.mark.parametrize("path", ["/", "/health", "/v2", "/v1/models", "/openapi.json", "/ping", "/nowhere"])
def test_a_header_of_any_bytes_is_no_failure(iris: Server, path: str, header: str) -> None:
    """http.client sends it as the one byte FC, which is no UTF-8."""
    for given in ("\xfc", "Bearer \xfc", "text/\xfc"):
        assert iris.get(path, headers={header: given}).status == (404 if path == "/nowhere" else 200)


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
@pytest.mark.parametrize("sent", [b"k\xfc", "k\xfc".encode(), b"\xff\xfe"])
def test_a_key_of_any_bytes_is_refused_on_every_path(
    iris_store: Path, tmp_path: Path, header: str, sent: bytes
) -> None:
    (tmp_path / "keys").write_text("secret")
    text = ("Bearer " if header == "Authorization" else "") + sent.decode("latin-1")
    with Server(iris_store, SERVER_API_KEYS_FILE=str(tmp_path / "keys")) as server:
        for path in ("/", "/v1/models", "/v2", "/openapi.json", "/ping", "/nowhere"):
            assert server.get(path, headers={header: text}).status == 401, path
        assert server.post("/predict", ROW, headers={header: text}).status == 401


def test_a_refusal_for_want_of_a_key_has_an_id(iris_store: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("secret")
    with Server(iris_store, SERVER_API_KEYS_FILE=str(tmp_path / "keys")) as server:
        for answer in (server.get("/v2"), server.post("/predict", ROW)):
            assert (answer.status, answer.json["request_id"]) == (401, answer.headers["X-Request-Id"])


def test_what_probes_ask_for_needs_no_key(iris_store: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("secret")
    with Server(iris_store, SERVER_API_KEYS_FILE=str(tmp_path / "keys")) as server:
        assert [server.get(path).status for path in OPEN_PATHS] == [200, 200, 200]
        for path in ("/", "/openapi.json", "/v1/models/iris", "/v2", "/v2/models/iris", "/nowhere"):
            refused = server.get(path)
            assert (refused.status, refused.headers["Www-Authenticate"]) == (401, "Bearer"), path
        assert server.post("/predict", ROW, headers={"X-Api-Key": "secret"}).status == 200

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""API keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import ROW, Server, until

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


def test_a_client_without_a_key_learns_no_names(start: Callable[..., Server], iris_store: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("old\n")
    server = start(iris_store, SERVER_API_KEYS_FILE=str(tmp_path / "keys")).wait_ready()
    for path in ("/v1/models/x:predict", "/v2/models/x/infer", "/v2/models/x/versions/9/infer", "/v2/models/x"):
        for headers in ({}, {"X-Api-Key": "wrong"}):
            answer = server.post(path, ROW, headers=headers)
            assert answer.status == 401
            assert "iris" not in answer.json["error"]
    assert "iris" in server.post("/v1/models/x:predict", ROW, headers={"X-Api-Key": "old"}).json["error"]


def test_a_key_that_was_rotated_out_is_no_longer_valid(
    start: Callable[..., Server], iris_store: Path, tmp_path: Path
) -> None:
    """As a mounted secret changes: its file is a link that is replaced."""
    keys = tmp_path / "keys"
    (tmp_path / "1").write_text("old\n")
    (tmp_path / "2").write_text("new\n")
    keys.symlink_to("1")
    server = start(iris_store, SERVER_API_KEYS_FILE=str(keys)).wait_ready()

    def status(key: str) -> int:
        return server.post("/predict", ROW, headers={"X-Api-Key": key}).status

    assert (status("old"), status("new")) == (200, 401)
    (tmp_path / "link").symlink_to("2")
    (tmp_path / "link").rename(keys)
    until(lambda: status("old") == 401, 10)
    assert status("new") == 200
    # Without a key the old ones stay: nothing is opened to everybody.
    (tmp_path / "2").write_text("")
    until(lambda: any("the changed keys are not used" in line.get("message", "") for line in server.lines()), 10)
    assert (status("new"), status("")) == (200, 401)


@pytest.mark.parametrize(
    "written",
    [
        "# of the team\nfirst\n\n  # of the nightly jobs\nsec#ond\n",
        "first # of the team\r\n\r\nsec#ond\t# of the nightly jobs\r\n",
        "\ufefffirst\n  sec#ond  #",  # as an editor of Windows begins a file
    ],
)
def test_comments_and_empty_lines_are_no_keys(tmp_path: Path, written: str) -> None:
    (tmp_path / "keys").write_bytes(written.encode())
    keys = ApiKeys(str(tmp_path / "keys"))
    for key in ("first", "sec#ond"):
        keys.check(None, key)
    for word in ("#", "of", "the team", "team", "jobs", "sec", "# of the team", "first # of the team"):
        with pytest.raises(RequestError):
            keys.check(None, word)


def test_a_file_of_comments_holds_no_key(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("# ops\n#secret\n")
    with pytest.raises(ValueError, match="holds no key; lines that begin with # are comments"):
        ApiKeys(str(tmp_path / "keys"))


def test_a_line_of_several_words_is_refused_without_its_words(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("first\n# ops\n\nsecret ops\n")
    with pytest.raises(ValueError, match=r"keys, line 4: has a blank in it\. Write one key a line") as refused:
        ApiKeys(str(tmp_path / "keys"))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("written", ["k\xfcy".encode(), b"k\xfcy", "\u6f22".encode(), b"a\x01b", b"a\x7fb"])
def test_a_key_that_clients_would_send_as_different_bytes_is_refused_without_its_letters(
    tmp_path: Path, written: bytes
) -> None:
    (tmp_path / "keys").write_bytes(b"first\n# k\xc3\xbcnftig\n" + written + b"\n")
    wanted = (
        r"keys, line 3: has a character that clients send in different ways\. Write ASCII letters, digits and signs"
    )
    with pytest.raises(ValueError, match=wanted) as refused:
        ApiKeys(str(tmp_path / "keys"))
    assert "k\xfcy" not in str(refused.value)


def test_a_comment_of_any_letters_is_none_of_the_keys(tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"# k\xc3\xbcnftig\nfirst # \xfc\n")
    ApiKeys(str(tmp_path / "keys")).check("Bearer first", None)


def test_changed_keys_with_two_in_a_line_change_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "keys").write_text("first\n")
    keys = ApiKeys(str(tmp_path / "keys"))
    (tmp_path / "keys").write_text("secret ops\n")
    keys.next = 0.0
    keys.refresh()
    assert "the changed keys are not used: SERVER_API_KEYS_FILE" in caplog.text
    keys.check(None, "first")
    with pytest.raises(RequestError):
        keys.check(None, "ops")

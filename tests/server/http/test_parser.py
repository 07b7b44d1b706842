# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Heads that were parsed before, and heads in parts."""

from __future__ import annotations

import pytest

from model_server.http.head_cache import HeadCache
from model_server.http.listener import adjustments
from model_server.http.parser import Parser
from model_server.process import settings

LIMITS = adjustments(settings.read({}))
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


@pytest.fixture(autouse=True)
def heads(monkeypatch: pytest.MonkeyPatch) -> HeadCache:
    """A cache of its own for each test."""
    cache = HeadCache()
    monkeypatch.setattr(Parser, "heads", cache)
    return cache


def parse(*parts: bytes) -> tuple[Parser, int]:
    """As waitress does: what a request left of a part is given to it again. Returns how many bytes it took."""
    parser, taken = Parser(LIMITS), 0
    for part in parts:
        while part and not parser.completed:
            count = parser.received(part)
            taken, part = taken + count, part[count:]
    return parser, taken


def test_a_known_head_gives_the_same_request(heads: HeadCache) -> None:
    first, taken = parse(HEAD, b"abcd")
    assert (taken, first.completed, first.body) == (len(HEAD) + 4, True, b"abcd")
    for _again in range(3):
        parse(HEAD + b"abcd")
    assert list(heads.known) == [HEAD]
    second, taken = parse(HEAD + b"efgh" + HEAD)
    assert (taken, second.completed, second.body) == (len(HEAD) + 4, True, b"efgh")
    third, taken = parse(HEAD + b"ij", b"kl")
    assert (taken, third.completed, third.body) == (len(HEAD) + 4, True, b"ijkl")
    for parser in (second, third):
        assert (parser.path, parser.command, parser.headers) == (first.path, first.command, first.headers)
    second.headers["X"] = "changed"
    assert "X" not in parse(HEAD)[0].headers


def test_a_head_in_parts_is_read(heads: HeadCache) -> None:
    parser, _taken = parse(HEAD[:30], HEAD[30:], b"abcd")
    assert (parser.completed, parser.body) == (True, b"abcd")


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: one\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 2048 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\n\r\n",
    ],
)
def test_heads_that_are_not_kept(heads: HeadCache, head: bytes) -> None:
    for _again in range(4):
        parse(head)
    assert heads.known == heads.shapes == {}

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Heads of a known shape are read as they would be without a cache."""

from __future__ import annotations

import pytest
from conformance_cases import CASES
from hypothesis import given, settings
from hypothesis import strategies as st

from model_server.http.head_cache import HeadCache
from model_server.http.listener import adjustments
from model_server.http.parser import Parser
from model_server.process import settings as server_settings

LIMITS = adjustments(server_settings.read({}))
INGRESS = (
    b"POST /predict HTTP/1.1\r\nHost: x\r\nUser-Agent: a\r\nX-Request-Id: %d\r\nX-Forwarded-For: 10.0.0.%d\r\n"
    b"Content-Length: %d\r\n\r\n"
)
VALUES = [b"a", b"b", b" a", b"a\t", b"", b"a, b", b"a\tb", b"\x80", b"\x00", b"a\rb", b"a\nb", b"chunked", b"close"]
VALUES += [b"4", b"5", b"0", b"04", b"+4", b"4 4", b"4, 4", b"9" * 12, b"99999999", b"100-continue", b"keep-alive"]
VALUES += [b"x:1", b"x" * 2000]
NAMES = [b"X-Request-Id", b"x-request-id", b"Traceparent", b"X_Request_Id", b"Host", b"Content-Length"]
NAMES += [b"content-length", b"Content_Length", b"Connection", b"Expect", b"Transfer-Encoding", b"Bad Name", b""]
NAMES += [b" Folded", b"Content-Length ", b"\xc0"]


class Uncached(HeadCache):
    """Knows nothing, and keeps nothing."""

    def keep(self, head: bytes, fields: dict, headers: dict) -> None:
        pass


def parsed(heads: HeadCache, data: bytes, limits=LIMITS) -> tuple:
    """What a parser makes of data whose body is there in part."""

    class WithCache(Parser):
        pass

    WithCache.heads = heads
    parser = WithCache(limits)
    taken = parser.received(data)
    if not parser.completed and taken < len(data):  # without a cache the body is a second step
        taken += parser.received(data[taken:])
    seen = {name: value for name, value in vars(parser).items() if name not in Parser.OWN | {"body_bytes_received"}}
    seen["error"] = seen.get("error") and (type(seen["error"]), seen["error"].body)
    seen.setdefault("header_bytes_received", 0)
    found = (taken, parser.completed, parser.empty, parser.expect_continue, parser.headers, seen)
    body = b"" if parser.error or not parser.completed else parser.body
    parser.close()
    return *found, body


def warm(*heads: bytes) -> HeadCache:
    cache = HeadCache()
    for head in heads:
        parsed(cache, head)
    return cache


def test_a_head_with_new_values_in_its_gaps_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = warm(*(INGRESS % (i, i, 4) + b"abcd" for i in range(3)))
    assert len(cache.shapes) == 1
    monkeypatch.setattr(Parser, "parse_header", None)
    found = parsed(cache, INGRESS % (77, 78, 4) + b"efgh")
    assert found[4] == {
        "HOST": "x",
        "USER_AGENT": "a",
        "X_REQUEST_ID": "77",
        "X_FORWARDED_FOR": "10.0.0.78",
        "CONTENT_LENGTH": "4",
    }
    assert found[-1] == b"efgh"


def test_the_length_may_be_new_too(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = warm(*(INGRESS % (i, i, 10 + i) + b"x" * (10 + i) for i in range(3)))
    monkeypatch.setattr(Parser, "parse_header", None)
    assert parsed(cache, INGRESS % (7, 7, 15) + b"y" * 15)[-1] == b"y" * 15


def test_a_head_that_is_repeated_is_known_by_its_bytes() -> None:
    head = INGRESS % (0, 0, 4)
    cache = warm(*[head + b"abcd"] * 4)
    assert list(cache.known) == [head]


def test_the_shape_of_the_last_head_is_tried_first() -> None:
    """Behind an ingress nearly every head is new, and of one shape."""
    cache = warm(*(INGRESS % (i, i, 4) + b"abcd" for i in range(3)))
    shape = next(iter(cache.shapes.values()))
    assert cache.last is shape
    plain = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    for _same in range(5):
        parsed(cache, plain)
    assert plain in cache.known and cache.last is None
    assert parsed(cache, INGRESS % (9, 9, 4) + b"abcd")[4]["X_REQUEST_ID"] == "9"
    assert cache.last is shape


def test_headers_of_one_request_are_no_others() -> None:
    cache = warm(*[INGRESS % (0, 0, 4) + b"abcd"] * 5)
    for _known in range(2):
        _fields, headers = cache.find(INGRESS % (0, 0, 4), 1000)
        assert "MORE" not in headers
        headers["MORE"] = "1"


@pytest.mark.parametrize("case", CASES)
def test_each_case_is_read_alike_with_a_warm_cache(case: str) -> None:
    """The first request of each case, after itself and after plain ones."""
    sent = CASES[case][0]
    plain = CASES["a plain request"][0]
    with_ids = [plain.replace(b"Host: x\r\n", b"Host: x\r\nX-Request-Id: %d\r\n" % i) for i in range(3)]
    cache = warm(*with_ids, sent, sent, sent)
    assert parsed(cache, sent) == parsed(Uncached(), sent)


@st.composite
def heads(draw) -> list[bytes]:
    """Heads of one shape, and one that may be of another."""
    lines = draw(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=4))
    volatile = draw(st.lists(st.sampled_from(NAMES), max_size=2))
    request = draw(st.sampled_from([b"POST /predict HTTP/1.1", b"GET / HTTP/1.0", b"POST /a?b HTTP/1.1", b""]))
    made = []
    for _head in range(4):
        mine = lines + [(name, draw(st.sampled_from(VALUES))) for name in volatile]
        head = [request, b"Host: x", *(name + b":" + value for name, value in mine)]
        made.append(b"\r\n".join(head) + b"\r\n\r\n" + b"body" * 2)
    return made


@settings(max_examples=500, deadline=None, database=None)
@given(sent=heads())
def test_any_head_is_read_alike_after_others_of_its_shape(sent: list[bytes]) -> None:
    cache = warm(*sent[:-1])
    for data in sent:
        assert parsed(cache, data) == parsed(Uncached(), data)


def test_a_head_beyond_the_limit_is_refused_although_its_shape_is_known() -> None:
    limits = adjustments(server_settings.read({"SERVER_MAX_HEADER_BYTES": "1024"}))
    cache = warm(*(INGRESS % (i, i, 4) + b"abcd" for i in range(3)))
    long = INGRESS.replace(b"%d\r\nX-F", b"%01000d\r\nX-F") % (1, 2, 4) + b"abcd"
    assert parsed(cache, long)[-1] == b"abcd"
    assert parsed(cache, long, limits) == parsed(Uncached(), long, limits)
    assert parsed(cache, long, limits)[-2]["error"]


def test_the_cache_is_limited() -> None:
    cache = HeadCache()
    for i in range(5000):
        parsed(cache, b"GET /%d HTTP/1.1\r\nHost: x\r\nX-Request-Id: %d\r\n\r\n" % (i // 5, i // 2))
    assert len(cache.known) <= cache.MAX_HEADS and 0 < len(cache.shapes) <= cache.MAX_HEADS
    assert len(cache._lines) <= cache.MAX_LINES and len(cache._once) <= cache.MAX_LINES

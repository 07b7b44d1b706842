# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Malformed requests: each is refused in the one JSON shape, never with 500, and memory does not grow."""

from __future__ import annotations

import json
import random
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from support import ROW, Server

from model_server.http.listener import adjustments
from model_server.http.parser import HeadCache, Parser
from model_server.process import settings

REQUESTS = 100_000


def mutation(source: random.Random, last: bool) -> bytes:
    """One malformed request: cut, bent, or made of what does not belong together.

    :param last: of its connection. Only then the head is bent too, since a bad head ends the connection.
    """
    bodies = [
        b'{"instances": [[5.1, 3.5, 1.4, 0.2]]}',
        b'{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[1,2,3,4]}]}',
        b'{"instances": [[1,2,3,4]], "method": "predict_proba"}',
    ]
    paths = [b"/predict", b"/v1/models/iris:predict", b"/v2/models/iris/infer", b"/v2/models/%2e%2e/infer", b"/x"]
    body = bytearray(source.choice(bodies))
    for _unused in range(source.randint(1, 4)):
        i = source.randrange(len(body) + 1)
        insert = source.choice([b"", b"{", b"]", b'"', b"null", b"-", b"\xff", b"1e9", b"[", b"\\u0000", b"true", b","])
        body[i : i + source.randint(0, 3)] = insert
    lines = [b"POST " + source.choice(paths) + b" HTTP/1.1", b"Host: x"]
    if last:
        lines.append(b"Connection: close")
        lines.append(source.choice([b"Inference-Header-Content-Length: 9", b"Expect: x", b"X: \x00", b"Accept: ,,;q"]))
    length = len(body)
    return b"\r\n".join([*lines, b"Content-Length: %d" % length, b"", bytes(body)])


def test_a_hundred_thousand_malformed_requests(start: Callable[..., Server], iris_store: Path) -> None:
    server = start(iris_store, SERVER_ACCESS_LOG="false").wait_ready()
    source = random.Random(1)
    statuses: dict[int, int] = {}
    sent = 0
    memory = []
    while sent < REQUESTS:
        sent += send_many(server, [mutation(source, last=i == 499) for i in range(500)], statuses)
        if sent % 20_000 == 0:
            memory.append(server.metrics()["process_resident_memory_bytes"])
    assert set(statuses) <= {200, 400, 404, 417, 422}, statuses
    assert statuses[400] > 10_000 and statuses[422] > 1_000, statuses
    assert memory[-1] - memory[1] < 4 * 2**20, memory
    assert server.post("/predict", ROW).status == 200


def send_many(server: Server, requests: list[bytes], statuses: dict[int, int]) -> int:
    """Pipeline them on one connection and check every answer; returns how many were answered."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(b"".join(requests))
        data = bytearray()
        while part := connection.recv(2**20):
            data += part
    answered = position = 0
    while position < len(data):
        end = data.index(b"\r\n\r\n", position) + 4
        length = int(re.search(rb"Content-Length: (\d+)", data[position:end])[1])
        status = int(data[position + 9 : position + 12])
        statuses[status] = statuses.get(status, 0) + 1
        body = data[end : end + length]
        if status != 200:
            assert json.loads(body).keys() == {"error", "code", "status", "request_id"}, body
        position = end + length
        answered += 1
    assert answered == len(requests)
    return answered


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
    parse(head)
    assert heads.known == {}


def test_the_cache_is_limited(heads: HeadCache) -> None:
    for i in range(1000):
        parse(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % i)
    assert 0 < len(heads.known) <= HeadCache.MAX_HEADS

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Requests, byte for byte, and how many answers of which status each gets; a smuggled request would be one more."""

from __future__ import annotations

import re
import socket

import pytest
from support import BODY, REQUEST, Server, read_to_end

from model_server.http.conformance import options

POST = b"POST /predict HTTP/1.1\r\n"
HOST = b"Host: x\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
LAST = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

# What is sent, and the statuses of all answers until the server closes. LAST follows each request, so that its 200
# shows that the connection was kept, and that both sides agree on where the request ended.
CASES = {
    "a plain request": (REQUEST, [200, 200]),
    "chunks": (POST + HOST + CHUNKED + b"\r\n" + CHUNKS, [200, 200]),
    "an extension of a chunk": (
        POST + HOST + CHUNKED + b"\r\n" + CHUNKS.replace(b"\r\n", b";a=b\r\n", 1),
        [200, 200],
    ),
    "empty lines first": (b"\r\n" + REQUEST, [200, 200]),
    "HTTP/1.0 closes": (REQUEST.replace(b"/1.1", b"/1.0"), [200]),
    "HTTP/1.0 keeps alive": (
        REQUEST.replace(b"/1.1", b"/1.0").replace(HOST, HOST + b"Connection: Keep-Alive\r\n"),
        [200, 200],
    ),
    "close": (REQUEST.replace(HOST, HOST + b"Connection: close\r\n"), [200]),
    "close among others": (REQUEST.replace(HOST, HOST + b"Connection: close, x\r\n"), [200]),
    "close in capitals, last": (REQUEST.replace(HOST, HOST + b"Connection: x,\tCLOSE\r\n"), [200]),
    "close of another route": (b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close, x\r\n\r\n", [200]),
    "HTTP/1.2": (REQUEST.replace(b"/1.1", b"/1.2"), [505]),
    "HTTP/1.2 with chunks": (b"POST /predict HTTP/1.2\r\n" + HOST + CHUNKED + b"\r\n" + CHUNKS, [505]),
    "HTTP/2.0": (REQUEST.replace(b"/1.1", b"/2.0"), [505]),
    "no version": (REQUEST.replace(b" HTTP/1.1", b""), [505]),
    "no version, no headers": (b"GET /health\r\n\r\n", [505]),
    "not HTTP": (REQUEST.replace(b"HTTP/1.1", b"HTTQ/1.1"), [400]),
    "a method in small letters": (REQUEST.replace(b"POST", b"post"), [400]),
    "a control character in the target": (REQUEST.replace(b"/predict", b"/pre\x01dict"), [400]),
    "a tab in the target": (REQUEST.replace(b"/predict", b"/pre\tdict"), [400]),
    "no Host": (REQUEST.replace(HOST, b""), [400]),
    "no Host in HTTP/1.0": (REQUEST.replace(b"/1.1", b"/1.0").replace(HOST, b""), [200]),
    "two Hosts": (REQUEST.replace(HOST, HOST + b"Host: y\r\n"), [400]),
    "two equal Hosts": (REQUEST.replace(HOST, HOST + HOST), [400]),
    "a Host with a path": (REQUEST.replace(HOST, b"Host: x/y\r\n"), [400]),
    "an empty Host": (REQUEST.replace(HOST, b"Host:\r\n"), [200, 200]),
    "a Host that is an address": (REQUEST.replace(HOST, b"Host: [::1]:5000\r\n"), [200, 200]),
    "both lengths": (POST + HOST + LENGTH + CHUNKED + b"\r\n" + CHUNKS, [400]),
    "both lengths, the other way round": (POST + HOST + CHUNKED + b"Content-Length: 0\r\n\r\n" + CHUNKS, [400]),
    "chunks with HTTP/1.0": (b"POST /predict HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n" + CHUNKS, [400]),
    "chunked twice": (POST + HOST + CHUNKED + CHUNKED + b"\r\n" + CHUNKS, [400]),
    "chunked, chunked": (POST + HOST + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + CHUNKS, [400]),
    "an empty coding": (REQUEST.replace(HOST, HOST + b"Transfer-Encoding:\r\n"), [400]),
    "identity": (REQUEST.replace(HOST, HOST + b"Transfer-Encoding: identity\r\n"), [501]),
    "a coding behind a blank": (POST + HOST + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKS, [400]),
    "a coding in a folded line": (POST + HOST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + CHUNKS, [400]),
    "two lengths": (REQUEST.replace(HOST, HOST + b"Content-Length: 4\r\n"), [400]),
    "a length with a sign": (REQUEST.replace(b"Length: ", b"Length: +"), [400]),
    "a length of 5,000 digits": (REQUEST.replace(b"Length: ", b"Length: " + b"9" * 5000), [400]),
    "a length beyond the limit": (POST + HOST + b"Content-Length: 99999999\r\n\r\n", [413]),
    "100-continue for a body beyond the limit": (
        POST + HOST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n",
        [413],
    ),
    "100-continue": (REQUEST.replace(HOST, HOST + b"Expect: 100-continue\r\n"), [100, 200, 200]),
    "another expectation": (REQUEST.replace(HOST, HOST + b"Expect: 200-ok\r\n"), [417]),
    "a size of a chunk that is none": (POST + HOST + CHUNKED + b"\r\n0x10\r\n", [400]),
    "a chunk that is longer than its size": (POST + HOST + CHUNKED + b"\r\n3\r\nabcd\r\n", [400]),
    "a line ended by LF": (REQUEST.replace(b"\r\nHost", b"\nHost"), [400]),
    "a name with a blank": (REQUEST.replace(HOST, HOST + b"X Y: 1\r\n"), [400]),
    "a null in a value": (REQUEST.replace(HOST, HOST + b"X: \x00\r\n"), [400]),
}


def statuses(data: bytes, heads_only: bool = False) -> list[int]:
    """Those of all answers in the data, which must be nothing but answers."""
    found = []
    while data:
        head, _empty, rest = data.partition(b"\r\n\r\n")
        found.append(int(re.match(rb"HTTP/1\.[01] (\d{3}) ", head)[1]))
        length = re.search(rb"Content-Length: (\d+)", head)
        data = rest[int(length[1]) :] if length and not heads_only else rest
    return found


@pytest.mark.parametrize("case", CASES)
def test_each_request_is_answered_once_and_as_it_must_be(iris: Server, case: str) -> None:
    sent, wanted = CASES[case]
    with socket.create_connection(("127.0.0.1", iris.port), timeout=30) as connection:
        connection.sendall(sent + LAST)
        assert statuses(read_to_end(connection)) == wanted


@pytest.mark.parametrize("path", [b"/predict", b"/v1/models/iris:predict", b"/v2/models/iris/infer", b"/nowhere"])
def test_head_is_answered_without_a_body(iris: Server, path: bytes) -> None:
    head = b"HEAD " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", iris.port), timeout=30) as connection:
        connection.sendall(head + head.replace(HOST, HOST + b"Connection: close\r\n"))
        answers = read_to_end(connection)
    assert statuses(answers, heads_only=True) == [404 if path == b"/nowhere" else 405] * 2


def test_options_of_a_connection() -> None:
    assert options("Keep-Alive, x ,\tclose") == {"keep-alive", "x", "close"}
    assert options("") == {""}

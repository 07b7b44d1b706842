# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many answers of which status each request gets; a smuggled request would be one more."""

from __future__ import annotations

import re
import socket

import pytest
from conformance_cases import CASES, HOST, LAST
from support import Server, read_to_end

from model_server.http.conformance import options


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


def test_a_head_that_is_refused_is_answered_without_a_body(iris: Server) -> None:
    with socket.create_connection(("127.0.0.1", iris.port), timeout=30) as connection:
        connection.sendall(b"HEAD /predict HTTP/1.1\r\n\r\n")
        assert statuses(read_to_end(connection), heads_only=True) == [400]


def test_options_of_a_connection() -> None:
    assert options("Keep-Alive, x ,\tclose") == {"keep-alive", "x", "close"}
    assert options("") == {""}

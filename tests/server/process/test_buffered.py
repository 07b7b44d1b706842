# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bytes of bodies in memory are limited over all connections."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import BODY, ROW, Server, read_to_end, until

from model_server.process.buffered import BufferedBytes, NoRoom, TooLarge

SIZE = 1_000_000
FILLED = BODY + b" " * (SIZE - len(BODY))
POST = b"POST /predict HTTP/1.1\r\nHost: x\r\n"


def test_bytes_are_held_up_to_the_limit() -> None:
    held = BufferedBytes(10)
    assert held.reserve(6)
    assert not held.reserve(5)
    assert held.reserve(4)
    held.release(6)
    assert held.held == 4
    assert BufferedBytes().reserve(10**12)


def test_what_is_parsed_is_held_meanwhile() -> None:
    held = BufferedBytes(1000, largest_body=10)
    with held.parsing(600):
        assert not held.reserve(500)
        with pytest.raises(NoRoom), held.parsing(500):
            pass
    assert held.reserve(500)
    with pytest.raises(TooLarge), held.parsing(1001):
        pass
    with BufferedBytes(1000, largest_body=100).parsing(2600):  # a body that is allowed can be parsed
        pass
    with BufferedBytes().parsing(10**12):
        pass


# Each: the head in parts, how the body begins, and its rest. Of a body that is refused only little is sent, since a
# server that ends a connection with unread bytes resets it.
LENGTH = b"Content-Length: %d\r\n\r\n" % SIZE
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % SIZE
SENT = {
    "a length": ([POST + LENGTH], FILLED[: SIZE // 2], FILLED[SIZE // 2 :]),
    "a head in parts": ([POST, LENGTH], FILLED[: SIZE // 2], FILLED[SIZE // 2 :]),
    "chunks": ([POST + CHUNKED], FILLED[:-1], FILLED[-1:] + b"\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("case", SENT)
def test_a_body_beyond_the_limit_is_refused_and_the_others_are_answered(
    start: Callable[..., Server], iris_store: Path, case: str
) -> None:
    server = start(iris_store, SERVER_MAX_BUFFERED_BYTES=str(2 * SIZE + 1000)).wait_ready()
    address = ("127.0.0.1", server.port)
    first, second, third = (socket.create_connection(address, timeout=30) for _unused in range(3))
    heads, body, rest = SENT[case]
    for connection in (first, second):
        for part in (*heads, body):
            connection.sendall(part)
    time.sleep(0.5)  # for the server to read them all
    # Small requests go on; they come whole with their head and need no room.
    assert server.post("/predict", ROW).status == 200
    for part in heads[:-1]:
        third.sendall(part)
    third.sendall(heads[-1] + body[:5000])
    answer = read_to_end(third)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 1\r\n" in answer
    assert b'"code":"Unavailable"' in answer
    assert server.metrics()['model_server_rejected_total{reason="memory"}'] == 1
    # What ends gives its room back: an answered request, and a client that goes away.
    first.sendall(rest)
    assert first.recv(65536).startswith(b"HTTP/1.1 200 ")
    second.close()
    for _unused in range(2):
        until(lambda: server.post("/predict", FILLED).status == 200, 10)
    for connection in (first, third):
        connection.close()

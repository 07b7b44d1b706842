# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection ends with its response: after its age limit."""

from __future__ import annotations

import socket
import time
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace

import pytest
from support import REQUEST, ROW, Server, read_to_end, send, until

from model_server.http.connection import PARSED_AHEAD, Connection
from model_server.http.listener import adjustments
from model_server.http.parser import Parser
from model_server.process import settings


def test_a_connection_ends_with_the_answer_after_its_age_limit(iris_store: Path) -> None:
    with Server(iris_store, SERVER_CONNECTION_MAX_AGE_SECONDS="1") as server:
        for path, method, body in (("/predict", "POST", ROW), ("/health", "GET", None)):
            kept = HTTPConnection("127.0.0.1", server.port, timeout=30)
            young = send(kept, method, path, body)
            assert (young.status, young.headers.get("Connection")) == (200, None)
            time.sleep(1.2)
            old = send(kept, method, path, body)
            assert (old.status, old.headers.get("Connection")) == (200, "close")
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
            time.sleep(1.2)
            raw.sendall(REQUEST * 3)  # what was sent before the end was known is answered too
            assert read_to_end(raw).count(b"HTTP/1.1 200 OK") == 3


def test_what_is_pipelined_waits_as_bytes() -> None:
    """Parsed requests take a hundred times the memory of their bytes."""
    tasks: list[Connection] = []
    made = object.__new__(Connection)
    made.requests, made.adj, made.server = [], adjustments(settings.read({})), SimpleNamespace(add_task=tasks.append)
    assert made.received(REQUEST * 20 + REQUEST[:10])
    assert (len(made.requests), tasks) == (PARSED_AHEAD, [made])
    assert made.unparsed == REQUEST * (20 - PARSED_AHEAD) + REQUEST[:10]
    assert not made.on_last_request
    made.requests.clear()
    made._parse(made.unparsed)
    made.requests.clear()
    made._parse(made.unparsed)
    assert (len(made.requests), made.unparsed, made.request.completed) == (20 - 2 * PARSED_AHEAD, b"", False)


def test_nothing_is_parsed_behind_a_request_that_is_refused() -> None:
    made = object.__new__(Connection)
    made.requests, made.adj, made.server = [], adjustments(settings.read({})), SimpleNamespace(add_task=[].append)
    made.received(REQUEST + b"GET / HTTP/9.9\r\n\r\n" + REQUEST)
    assert [request.error and request.error.code for request in made.requests] == [None, 505]
    assert made.unparsed == b""


def test_a_client_that_goes_away_before_its_answer_is_no_failure() -> None:
    made = object.__new__(Connection)
    made.requests, made.adj, made._fileno = [Parser(adjustments(settings.read({})))], adjustments(settings.read({})), 7
    made.server, made.connected = SimpleNamespace(touch=[].append), True

    def send(_payload: bytes) -> int:
        made.connected = False  # as waitress's own does when the socket was reset
        return 0

    made.send = send
    made.finish(b"HTTP/1.1 200 OK\r\n\r\n", close=False)
    assert made.requests == []


def test_responses_that_nobody_reads_have_room_up_to_the_limit(iris_store: Path) -> None:
    body = b'{"method": "predict_proba", "instances": [' + b",".join([b"[5,3,1,0]"] * 10_000) + b"]}"
    request = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with Server(iris_store, SERVER_MAX_BUFFERED_BYTES="300000", SERVER_ACCESS_LOG="false") as server:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.settimeout(30)
            deaf.connect(("127.0.0.1", server.port))
            # The kernel takes some megabytes of responses, and what is pipelined waits for them.
            with pytest.raises(ConnectionError):
                for _unused in range(200):
                    deaf.sendall(request)
        assert server.metrics()['model_server_rejected_total{reason="memory"}'] == 1
        until(lambda: server.post("/predict", body).status == 200, 10)

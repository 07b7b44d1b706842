# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection ends with its response: after its age limit."""

from __future__ import annotations

import socket
import time
from http.client import HTTPConnection
from pathlib import Path

from support import REQUEST, ROW, Server, read_to_end, send


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

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP server on this machine that answers predictions, rightly or not."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """``answer``: (number of the request from 1 on, its instances) → status and body. A context manager, up inside."""

    daemon_threads = True
    request_queue_size = 1000

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.lock = threading.Lock()
        self.asked: list[float] = []
        self.headers: list[dict] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/predict"

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, _request, _address) -> None:
        """A client that goes away in the middle is what some tests do."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body leave in one piece.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.asked.append(time.monotonic())
            self.server.headers.append(dict(self.headers))
            number = len(self.server.asked)
        status, body = self.server.answer(number, asked["instances"])
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments) -> None:
        """Quiet."""


def right(_number: int, instances: list) -> tuple[int, dict]:
    return 200, {"predictions": [0] * len(instances)}


class Stall:
    """Answers rightly, but from ``after`` seconds on nothing for ``seconds`` long. The clock starts with the second
    request: the first is the question before the load."""

    def __init__(self, after: float, seconds: float):
        self.after, self.seconds = after, seconds
        self.began: float | None = None

    def __call__(self, number: int, instances: list) -> tuple[int, dict]:
        if number == 2:
            self.began = time.monotonic()
        passed = time.monotonic() - self.began if self.began else 0.0
        if self.after <= passed < self.after + self.seconds:
            time.sleep(self.after + self.seconds - passed)
        return right(number, instances)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every kind of request to the API server carries."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube


class ApiServer(ThreadingHTTPServer):
    """Answers everything with an empty object. ``seen``: the headers of each request."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.seen = []


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append(self.headers)
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"{}\n")

    def log_message(self, *_arguments):
        """No line a request."""


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


ASK = {
    "an object": lambda kube: kube.request("GET", "/api/v1/pods"),
    "a log": lambda kube: kube.text("/api/v1/namespaces/ns/pods/a/log"),
    "a Service": lambda kube: kube.proxy("ns", "api", "80", "GET", "/", {"X-Request-Id": "1"}, None),
    "a watch": lambda kube: list(kube.stream("/api/v1/pods", {}, 1)),
}


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
def test_it_is_asked_as_the_user_with_all_groups(server, ask):
    given = {"authorization": "Bearer token", "impersonate-user": "ci", "impersonate-group": ["a", "b"]}
    kube = Kube(Connection(f"http://127.0.0.1:{server.server_port}", "test", given))
    ask(kube)
    (headers,) = server.seen
    assert headers.get_all("Impersonate-Group") == ["a", "b"]
    assert headers.get_all("Impersonate-User") == ["ci"]
    assert headers.get_all("Authorization") == ["Bearer token"]
    assert headers.get_all("User-Agent") == ["modelops.serving"]
    assert headers.get_all("Accept") == ["application/json"]
    assert kube.requests == 1


def test_what_a_service_is_asked_with_is_handed_on(server):
    kube = Kube(Connection(f"http://127.0.0.1:{server.server_port}", "test", {}))
    ASK["a Service"](kube)
    assert server.seen[0].get_all("X-Request-Id") == ["1"]

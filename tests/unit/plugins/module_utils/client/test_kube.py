# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every kind of request to the API server carries."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client import requester
from ansible_collections.modelops.serving.plugins.module_utils.client.auth import Connection
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import LOG_BYTES, Kube, passed_on
from ansible_collections.modelops.serving.plugins.module_utils.client.retry import retry_after
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds


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


class Scripted(ThreadingHTTPServer):
    """Answers with ``answers`` in turn: (status, body, headers); the last one stays. ``asked``: path and headers."""

    def __init__(self, *answers):
        super().__init__(("127.0.0.1", 0), Turn)
        self.answers, self.asked = list(answers), []


class Turn(Answer):
    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        answers = self.server.answers
        status, body, headers = answers.pop(0) if len(answers) > 1 else answers[0]
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def scripted(*answers):
    with Scripted(*answers) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running, Kube(Connection(f"http://127.0.0.1:{running.server_port}", "test", {}))
        running.shutdown()


def test_a_list_is_read_page_by_page():
    pages = [
        (200, {"metadata": {"continue": "two"}, "items": [{"metadata": {"name": "a"}}]}, {}),
        (200, {"metadata": {}, "items": [{"metadata": {"name": "b"}}]}, {}),
    ]
    with scripted(*pages) as (server, kube):
        listed = kube.list(kinds.find("Pod"), "ns")["items"]
    assert [(item["kind"], item["metadata"]["name"]) for item in listed] == [("Pod", "a"), ("Pod", "b")]
    assert ["continue=two" in path for path, _headers in server.asked] == [False, True]


def test_a_list_that_expires_between_two_pages_is_read_again():
    first = (200, {"metadata": {"continue": "two"}, "items": [{"metadata": {"name": "a"}}]}, {})
    expired = (410, {"kind": "Status", "reason": "Expired", "message": "too old"}, {})
    whole = (200, {"metadata": {}, "items": [{"metadata": {"name": "c"}}]}, {})
    with scripted(first, expired, whole) as (_server, kube):
        assert [item["metadata"]["name"] for item in kube.list(kinds.find("Pod"), "ns")["items"]] == ["c"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("Thu, 01 Jan 2026 00:00:20 GMT", 20),
        ("Thu, 01 Jan 2026 00:00:00 GMT", 0),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0),
        ("soon", 0),
    ],
)
def test_how_long_to_wait_before_another_try(header, seconds):
    assert retry_after(header, 1767225600.0) == seconds


def test_a_retry_after_that_is_a_date_is_waited_for(monkeypatch):
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    later = formatdate(time.time() + 3, usegmt=True)
    with scripted((429, {}, {"Retry-After": later}), (200, {"ok": True}, {})) as (_server, kube):
        assert kube.request("GET", "/x") == {"ok": True}
    assert 1 < slept[0] <= 3.1


def test_a_token_that_has_expired_is_read_again():
    with scripted((401, {}, {}), (200, {"ok": True}, {})) as (server, kube):
        fresh = dataclasses.replace(kube.connection, headers={"authorization": "Bearer two"})
        kube._reconnect = lambda: fresh
        assert kube.request("GET", "/x") == {"ok": True}
        assert [headers.get("authorization") for _path, headers in server.asked] == [None, "Bearer two"]
        assert kube.another().connection is fresh


def test_a_token_that_has_expired_is_read_again_for_a_request_to_a_service():
    rejected = {"kind": "Status", "status": "Failure", "code": 401, "message": "Unauthorized"}
    with scripted((401, rejected, {}), (200, {"ok": True}, {})) as (server, kube):
        fresh = dataclasses.replace(kube.connection, headers={"authorization": "Bearer two"})
        kube._reconnect = lambda: fresh
        assert kube.proxy("ns", "api", "80", "GET", "/", {}, None)["status"] == 200
        assert [headers.get("authorization") for _path, headers in server.asked] == [None, "Bearer two"]


def test_a_service_that_asks_for_credentials_of_its_own_is_answered_as_it_is():
    with scripted((401, {"error": "a key, please"}, {})) as (server, kube):
        kube._reconnect = lambda: dataclasses.replace(kube.connection, headers={"authorization": "Bearer two"})
        assert kube.proxy("ns", "api", "80", "GET", "/", {}, None)["status"] == 401
        assert len(server.asked) == 1


def test_credentials_that_stay_rejected_are_an_error():
    with scripted((401, {}, {})) as (server, kube):
        kube._reconnect = lambda: kube.connection
        with pytest.raises(KubeError, match="401"):
            kube.request("GET", "/x")
        assert len(server.asked) == 1


def test_of_a_log_the_end_counts():
    text = b"first\n" + b"x" * 70_000 + b"\nthe reason"
    with scripted((200, text, {})) as (_server, kube):
        log = kube.log("ns", "pod", "api", "false")
    assert log.endswith("the reason") and not log.startswith("first") and len(log) == LOG_BYTES


def test_the_server_s_clock_is_known():
    with scripted((200, {}, {"Date": "Thu, 01 Jan 2026 00:00:00 GMT"})) as (_server, kube):
        assert kube.server_time() is None
        kube.request("GET", "/x")
        # The framework sends a Date of its own first; either way it is the answer's, not ours.
        assert kube.server_time() is not None


def hangs(answer: BaseHTTPRequestHandler) -> None:
    time.sleep(1)


def breaks_off(answer: BaseHTTPRequestHandler) -> None:
    answer.send_response(200)
    answer.send_header("Content-Length", "100")
    answer.end_headers()
    answer.wfile.write(b'{"predictions": [')


@pytest.mark.parametrize(("does", "said"), [(hangs, "nothing came within"), (breaks_off, "the answer broke off")])
def test_a_service_that_does_not_answer_is_no_api_server_that_cannot_be_reached(server, monkeypatch, does, said):
    monkeypatch.setattr(Answer, "do_GET", does)
    monkeypatch.setattr(requester, "READ_TIMEOUT", 0.2)
    kube = Kube(Connection(f"http://127.0.0.1:{server.server_port}", "test", {}))
    with pytest.raises(KubeError, match=said) as raised:
        kube.proxy("ns", "api", "80", "GET", "/", {}, None)
    assert "cannot be reached" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ({"Authorization": "Bearer k1"}, {"X-Api-Key": "k1"}),
        ({"authorization": "bearer  k1", "A": "b"}, {"A": "b", "X-Api-Key": "k1"}),
        ({"Authorization": "Bearer k1", "X-Api-Key": "k2"}, {"X-Api-Key": "k2"}),
        ({"Authorization": "Basic eA=="}, {}),
        ({"X-Api-Key": "k2"}, {"X-Api-Key": "k2"}),
    ],
)
def test_a_key_reaches_a_service_by_a_header_that_the_api_server_leaves_alone(given, passed):
    assert passed_on(given) == passed


def test_of_requests_whose_token_has_expired_together_each_goes_on_with_the_new_one():
    def reconnected() -> Connection:
        time.sleep(0.05)
        return Connection("http://127.0.0.1:1", "test", {"authorization": "Bearer new"})

    old = Connection("http://127.0.0.1:1", "test", {"authorization": "Bearer old"})
    kube, found = Kube(old), []
    kube._reconnect = reconnected
    threads = [threading.Thread(target=lambda: found.append(kube._renewed(old))) for _unused in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 5


def test_a_proxy_s_page_in_place_of_a_refusal_says_nothing_of_a_right(monkeypatch):
    monkeypatch.setattr(requester, "NO_JSON_PAUSES", (0.01,))
    page, said = (
        (403, b"<html>blocked</html>", {"Content-Type": "text/html"}),
        "a proxy in between answered 403 with a page",
    )
    with scripted(page) as (_server, kube), pytest.raises(KubeError, match=said) as raised:
        kube.request("GET", "/api/v1/pods")
    assert raised.value.status == 0 and "<html>" not in str(raised.value)


def test_a_wait_that_is_longer_than_ours_is_said():
    busy = {"kind": "Status", "message": "too many", "reason": "TooManyRequests"}
    with scripted((429, busy, {"Retry-After": "600"})) as (_server, kube):
        kube.deadline = time.monotonic() + 1
        with pytest.raises(KubeError, match=r"too many \(429; it asks to wait 600 s\)") as raised:
            kube.request("GET", "/api/v1/pods")
    assert raised.value.status == 429

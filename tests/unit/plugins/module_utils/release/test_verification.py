# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options a revision is verified by, and what a Service means that says nothing of a model."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.http import Response
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.release import verification

GIVEN = {"service": "api", "path": "/predict", "body": {"a": 1}, "url": "https://h", "headers": {"X-Api-Key": "k"}}


def test_what_is_recorded_holds_no_address_and_no_credentials():
    assert verification.recorded(GIVEN) == {"service": "api", "path": "/predict", "body": {"a": 1}}


def test_after_a_rollback_the_question_is_the_revision_s_and_the_way_is_today_s():
    today = {"service": "api", "path": "/v2", "body": {}, "url": "", "headers": {"X-Api-Key": "new"}}
    assert verification.of_revision(verification.recorded(GIVEN), today) == {
        "service": "api",
        "path": "/predict",
        "body": {"a": 1},
        "url": "",
        "headers": {"X-Api-Key": "new"},
    }


def test_what_is_switched_off_today_is_off():
    assert verification.of_revision(verification.recorded(GIVEN), {}) == {}


PORT = {"name": "http", "port": 80, "targetPort": "metrics"}
SERVICE = {"kind": "Service", "metadata": {"name": "api"}, "spec": {"ports": [PORT]}}
EXAMPLE = json.dumps({"models": [{"name": "a", "example": [[1]], "expected": [0]}]})
WITHOUT_EXAMPLE = json.dumps({"models": [{"name": "a"}]})


class Answering:
    """A cluster whose Service answers ``answers``: status and content by request, or an error."""

    requests = 0

    def __init__(self, answers: dict):
        self.answers, self.asked = answers, []

    def another(self) -> Answering:
        return self

    def count(self, _requests) -> None:
        """Nobody reads it."""

    def proxy(self, _namespace, _service, _port, method, path, *_rest) -> dict:
        self.asked.append(f"{method} {path}")
        answer = self.answers[self.asked[-1]]
        if isinstance(answer, Exception):
            raise answer
        return {"status": answer[0], "content": answer[1]}


def asked(root, predict=None, **verify) -> tuple[list, list[str], list[str]]:
    """Findings, what stays unknown, and the requests, of a Service that answers so to / and to a prediction."""
    kube = Answering({"GET /": root, "POST /predict": predict})
    verifier = verification.Verifier(kube, "shop", {"service": "api", **verify}, Progress(), [])
    return verifier.ask({"service": SERVICE}), verifier.unknown, kube.asked


def test_a_service_whose_port_is_another_one_fails_the_release():
    (found,), unknown, _asked = asked((404, "no such path"), (404, "no such path"))
    assert (found.reason, found.object) == ("PredictionFails", "Service/api/predict")
    assert found.message == (
        "the port http (80 to the pods' port metrics) answered 404 on / and 404 on /predict: no such path"
    )
    assert "targetPort" in found.remedy
    assert "model_serving_verify_path" in found.remedy
    assert unknown == []


@pytest.mark.parametrize("root", [(404, "x"), (500, "x"), (302, ""), (200, "<html>"), (200, '{"status": "up"}')])
@pytest.mark.parametrize("predict", [404, 502, 503, 504])
def test_nothing_there_that_predicts(root, predict):
    (found,), unknown, _asked = asked(root, (predict, "x"))
    assert found.reason == "PredictionFails"
    assert unknown == []


@pytest.mark.parametrize("root", [(404, "x"), (500, "x"), (200, "<html>"), (200, '{"status": "up"}')])
@pytest.mark.parametrize("predict", [200, 400, 401, 403, 405, 415, 422, 500])
def test_a_server_of_one_s_own_that_does_not_describe_itself_is_not_known(root, predict):
    found, (sentence,), _asked = asked(root, (predict, "x"))
    assert found == []
    assert "set model_serving_verify_body" in sentence or "model_serving_verify_headers" in sentence


@pytest.mark.parametrize("status", [404, 500, 503])
def test_what_is_not_known_because_the_question_for_it_failed_names_the_answer(status):
    _found, (sentence,), _asked = asked((status, "x"), (400, "x"))
    assert f"Service/api/ answered {status}" in sentence
    assert ("see its log" in sentence) == (status >= 500)


def test_a_url_that_fails_where_the_service_wants_credentials_is_named(monkeypatch):
    monkeypatch.setattr(verification.Verifier, "_from_outside", lambda *_given: Response(500, "failed", 0.0))
    found, (_first, sentence), _asked = asked((401, "key"), url="http://a.example", headers={"X-Api-Key": "k"})
    assert found == [] and "http://a.example/ answered 500" in sentence


def test_a_model_without_an_example_is_not_known_and_not_asked():
    found, (sentence,), requests = asked((200, WITHOUT_EXAMPLE))
    assert found == []
    assert "set model_serving_verify_body" in sentence
    assert requests == ["GET /"]


def test_what_may_not_be_asked_says_so():
    found, (sentence,), _asked = asked(KubeError("not allowed", status=403))
    assert found == []
    assert "Grant get and create on services/proxy" in sentence
    found, (sentence,), _asked = asked((404, ""), KubeError("not allowed", status=403))
    assert found == []
    assert "Grant get and create on services/proxy" in sentence


def test_a_key_that_is_wanted_is_asked_for_by_its_variable():
    found, (sentence,), requests = asked((401, "key"))
    assert found == []
    assert "set model_serving_verify_headers" in sentence
    assert requests == ["GET /"]


def test_a_key_that_the_pods_do_not_have_yet_is_not_asked_for_again():
    found, (sentence,), _requests = asked((401, "key"), headers={"X-Api-Key": "new"})
    assert found == [] and "set model_serving_verify_headers" not in sentence
    assert "the pods may have an earlier key for a minute" in sentence


def test_an_example_is_asked():
    assert asked((200, EXAMPLE), (200, '{"predictions": [0]}')) == ([], [], ["GET /", "POST /predict"])
    (found,), _unknown, _asked = asked((200, EXAMPLE), (404, "no such path"))
    assert found.reason == "PredictionFails"


def test_a_body_of_one_s_own_is_asked_alone():
    (found,), _unknown, requests = asked(None, (404, "no such path"), body={"a": 1})
    assert found.reason == "PredictionFails"
    assert "targetPort" in found.remedy
    assert requests == ["POST /predict"]


@pytest.fixture
def outside():
    """What is asked of a server that wants a key, and serves a model with an example."""
    seen: list[tuple[str, str | None]] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(EXAMPLE)

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer('{"predictions": [0]}')

        def answer(self, text: str) -> None:
            seen.append((f"{self.command} {self.path}", self.headers.get("Authorization")))
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


def test_where_the_key_does_not_pass_the_api_server_the_url_is_asked_all_the_same(outside):
    url, seen = outside
    found, (sentence,), _asked = asked((401, "key"), url=url, headers={"Authorization": "Basic eA=="})
    assert found == [] and "Service/api/ answered 401" in sentence
    assert seen == [("GET /", "Basic eA=="), ("POST /predict", "Basic eA==")]


def test_a_url_where_nothing_answers_fails_though_the_service_wants_a_key():
    (found,), _unknown, _asked = asked((401, "key"), url="http://127.0.0.1:1", patience=0)
    assert found.reason == "PredictionFails" and "no answer" in found.message


def test_an_entrance_that_sends_clients_elsewhere_is_told_at_once(outside, monkeypatch):
    url, _seen = outside
    monkeypatch.setattr(verification.Verifier, "_from_outside", lambda *_given: Response(308, "moved", 0.0))
    (found,), _unknown, _asked = asked((200, EXAMPLE), (200, '{"predictions": [0]}'), url=url, patience=600)
    assert "model_serving_ingress_tls_redirect" in found.remedy


def test_a_route_whose_router_does_not_accept_the_pods_certificate_is_named(outside, monkeypatch):
    url, _seen = outside
    monkeypatch.setattr(verification.Verifier, "_from_outside", lambda *_given: Response(503, "no server", 0.0))
    kube = Answering({"GET /": (200, EXAMPLE), "POST /predict": (200, '{"predictions": [0]}')})
    verifier = verification.Verifier(kube, "shop", {"service": "api", "url": url, "patience": 0}, Progress(), [])
    spec = {"to": {"name": "api"}, "tls": {"termination": "reencrypt"}}
    route = {"kind": "Route", "metadata": {"name": "api", "namespace": "shop"}, "spec": spec}
    (found,) = verifier.ask({"service": SERVICE, "route": route})
    assert "service CA for api.shop.svc" in found.remedy


@pytest.mark.parametrize(
    ("action", "kind", "findings", "times"),
    [
        ("update", "Route", 1, 2),
        ("update", "Ingress", 1, 2),
        ("create", "Route", 0, 1),
        ("update", "Service", 0, 1),
    ],
)
def test_a_changed_entrance_is_asked_again_when_it_is_taken_up(outside, monkeypatch, action, kind, findings, times):
    """Until then the one before it answers."""
    url, _seen = outside
    given = [Response(200, '{"predictions": [0]}', 0.0), Response(503, "no server", 0.0)]
    left = list(given)
    monkeypatch.setattr(verification, "TAKEN_UP", 0.1)
    monkeypatch.setattr(verification.Verifier, "_from_outside", lambda *_given: left.pop(0))
    kube = Answering({"GET /": (200, EXAMPLE), "POST /predict": (200, '{"predictions": [0]}')})
    options, changes = {"service": "api", "url": url, "patience": 0}, [{"kind": kind, "action": action, "name": "api"}]
    verifier = verification.Verifier(kube, "shop", options, Progress(), changes)
    assert len(verifier.ask({"service": SERVICE})) == findings
    assert len(given) - len(left) == times

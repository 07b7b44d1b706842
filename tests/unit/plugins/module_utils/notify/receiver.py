# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of the receivers of notifications. It refuses a body that is not as the real one documents it.

Slack: https://api.slack.com/messaging/webhooks and the reference of Block Kit (kinds, lengths, numbers). Teams:
the body of "When a Teams webhook request is received" with an Adaptive Card 1.4. Grafana: POST /api/annotations of the
HTTP API, behind a service account's token.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLACK, TEAMS, GRAFANA, PLAIN = "/services/T000/B000/s3cr3t", "/workflows/s3cr3t", "/api/annotations", "/plain"
TOKEN = "glsa_s3cr3t"
TEAMS_BYTES = 28 * 1024


def of_slack(body: dict) -> None:
    assert set(body) <= {"text", "blocks"}
    assert isinstance(body["text"], str) and body["text"]
    assert 1 <= len(body["blocks"]) <= 50
    for block in body["blocks"]:
        if block["type"] == "header":
            assert set(block) == {"type", "text"}
            _slack_text(block["text"], "plain_text", 150)
        else:
            assert block["type"] == "section" and set(block) <= {"type", "text", "fields"}
            assert "text" in block or block["fields"]
            if "text" in block:
                _slack_text(block["text"], "mrkdwn", 3000)
            assert len(block.get("fields", [])) <= 10
            for entry in block.get("fields", []):
                _slack_text(entry, "mrkdwn", 2000)


def _slack_text(text: dict, kind: str, length: int) -> None:
    assert set(text) == {"type", "text"} and text["type"] == kind
    assert 1 <= len(text["text"]) <= length


def of_teams(body: dict) -> None:
    assert len(json.dumps(body)) <= TEAMS_BYTES
    assert set(body) == {"type", "attachments"} and body["type"] == "message"
    (attachment,) = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert card["type"] == "AdaptiveCard" and card["version"] == "1.4"
    assert card["$schema"] == "http://adaptivecards.io/schemas/adaptive-card.json"
    for element in card["body"]:
        if element["type"] == "TextBlock":
            assert set(element) <= {"type", "text", "weight", "size", "color", "wrap"}
            assert element["text"] and isinstance(element["text"], str)
            assert element.get("weight", "Default") in ("Default", "Lighter", "Bolder")
            assert element.get("size", "Default") in ("Default", "Small", "Medium", "Large", "ExtraLarge")
            assert element.get("color", "Default") in (
                "Default",
                "Dark",
                "Light",
                "Accent",
                "Good",
                "Warning",
                "Attention",
            )
        else:
            assert element["type"] == "FactSet" and element["facts"]
            assert all(set(fact) == {"title", "value"} and fact["value"] for fact in element["facts"])


def of_grafana(body: dict) -> None:
    assert set(body) <= {"dashboardUID", "panelId", "time", "timeEnd", "tags", "text"}
    assert isinstance(body["text"], str) and body["text"]
    # Milliseconds of this century, no seconds.
    assert all(isinstance(body[name], int) and body[name] > 10**12 for name in ("time", "timeEnd"))
    assert body["time"] <= body["timeEnd"]
    assert all(isinstance(tag, str) and 0 < len(tag) <= 100 for tag in body["tags"])


# What is checked, and what is answered as the real one answers.
KINDS = {
    SLACK: (of_slack, 200, b"ok"),
    TEAMS: (of_teams, 202, b""),
    GRAFANA: (of_grafana, 200, b'{"message":"Annotation added","id":1}'),
    PLAIN: (lambda body: None, 204, b""),
}


@dataclass
class Receiver:
    """``bodies``: what it took, by path. ``answers``: statuses that it gives first, before it takes anything."""

    url: str
    bodies: dict[str, list[dict]] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    asked: int = 0

    def take(self, path: str, headers: dict, data: bytes) -> tuple[int, bytes]:
        self.asked += 1
        if self.answers:
            return self.answers.pop(0), f"not now, {path}".encode()
        if path not in KINDS:
            return 404, b"no_service"
        if path == GRAFANA and headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, b'{"message":"Invalid API key"}'
        if headers.get("Content-Type") != "application/json":
            return 415, b"invalid_content_type"
        check, status, answer = KINDS[path]
        try:
            body = json.loads(data)
            check(body)
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            return 400, f"invalid_payload {error!r}".encode()
        self.bodies.setdefault(path, []).append(body)
        return status, answer


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            data = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = receiver.take(self.path, dict(self.headers), data)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()

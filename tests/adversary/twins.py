# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same requests to the fake and to the real API server, and answers made comparable."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import urllib3
from adversary.fake_api import FakeApi, iterate
from adversary.real_api import ADMIN, READER, RealApi

JSON, MERGE = "application/json", "application/merge-patch+json"
APPLY, STRATEGIC = "application/apply-patch+yaml", "application/strategic-merge-patch+json"
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
RECORD = re.compile(r"(?<=in record \()\d+(?=\))")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@dataclass
class Ask:
    """One request. ``body`` may be made of what was answered before: it is called with the list of documents."""

    method: str
    path: str
    body: dict | Callable[[list], dict] | None = None
    content_type: str = JSON
    token: str = ADMIN

    def filled(self, before: list) -> dict | None:
        return self.body(before) if callable(self.body) else self.body


def apply(path: str, body, manager: str = "modelops.serving", force: str = "false", **query) -> Ask:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return Ask("PATCH", f"{path}?fieldManager={manager}&force={force}{more}", body, APPLY)


class Fake:
    """The fake, with the users of the real one."""

    def __init__(self):
        self.api = FakeApi(time.time)
        self.api.users |= {READER: ("reader", ())}
        self.api.allowed = lambda request: request.user == "admin"

    def ask(self, ask: Ask, before: list) -> tuple[int, dict | str]:
        body = ask.filled(before)
        headers = {
            "authorization": f"Bearer {ask.token}",
            "content-type": ask.content_type,
            "user-agent": "twin/1",
        }
        answer = self.api.handle(ask.method, ask.path, headers, json.dumps(body) if body is not None else None)
        if hasattr(answer, "lines"):
            return 200, _document("\n".join(iterate(answer)))
        return answer.code, _document(answer.body)


class Real:
    def __init__(self, real: RealApi):
        self.host = real.host
        self.pool = urllib3.PoolManager(ca_certs=str(real.ca_file), retries=False)

    def ask(self, ask: Ask, before: list) -> tuple[int, dict | str]:
        body = ask.filled(before)
        answer = self.pool.request(
            ask.method,
            self.host + ask.path,
            body=json.dumps(body) if body is not None else None,
            headers={
                "Authorization": f"Bearer {ask.token}",
                "Content-Type": ask.content_type,
                "User-Agent": "twin/1",
            },
        )
        return answer.status, _document(answer.data.decode())


def _document(text: str):
    """JSON, the events of a watch, or text."""
    try:
        return json.loads(text)
    except ValueError:
        if text.startswith('{"type"'):
            return [json.loads(line) for line in text.splitlines()]
        return text


@dataclass
class Plain:
    """Answers without what differs by nature: uids, versions and addresses become numbers in order of appearance."""

    seen: dict = field(default_factory=dict)

    def of(self, value, name: str = ""):
        if isinstance(value, dict):
            return {key: self.of(item, key) for key, item in value.items() if key != "storageVersionHash"}
        if isinstance(value, list):
            if name in ("causes", "managedFields"):
                # Managers come in no order, or in that of the second in which they wrote.
                value = sorted(value, key=lambda entry: json.dumps({**entry, "time": ""}, sort_keys=True))
            return [self.of(item, name) for item in value]
        if not isinstance(value, str):
            return value
        if name in ("resourceVersion", "clusterIP", "clusterIPs", "continue"):
            return self._number(name.removesuffix("s"), value)
        value = UID.sub(lambda found: self._number("uid", found[0]), value)
        return RECORD.sub("VERSION", TIME.sub("TIME", value))

    def _number(self, kind: str, value: str) -> str:
        held = self.seen.setdefault(kind, {})
        return f"<{kind} {held.setdefault(value, len(held) + 1)}>"


def run(server: Fake | Real, asks: list[Ask]) -> list[tuple[int, object]]:
    """The answers in a comparable form."""
    plain, before, answers = Plain(), [], []
    for ask in asks:
        code, document = server.ask(ask, before)
        before.append(document)
        answers.append((code, plain.of(document)))
    return answers


def differences(real, fake, path: str = "") -> list[str]:
    """Where two comparable answers differ, a line each."""
    if isinstance(real, dict) and isinstance(fake, dict):
        found = (
            differences(real.get(name, "(none)"), fake.get(name, "(none)"), f"{path}.{name}")
            for name in {**real, **fake}
        )
    elif isinstance(real, (list, tuple)) and isinstance(fake, (list, tuple)) and len(real) == len(fake):
        found = (differences(*pair, f"{path}[{number}]") for number, pair in enumerate(zip(real, fake, strict=True)))
    else:
        return [] if real == fake else [f"{path}: the real one has {real!r}, the fake {fake!r}"]
    return [line for lines in found for line in lines]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the service: from outside, as its users do, or inside, past the ingress."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.client.http import NoAnswer, ask
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common import ingress
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.routing import scheme

TIMEOUT = 10.0
PROXY_PATIENCE = 15.0


@dataclass
class Said:
    """An answer. ``problem``: "" for one that is a prediction."""

    status: int
    text: str
    milliseconds: float

    @property
    def problem(self) -> str:
        if self.status == 200 and "predictions" in self.text:
            return ""
        if not self.status:
            return self.text
        return f"HTTP {self.status}: {self.text}" if self.status != 200 else f"no prediction: {self.text}"


def address(target) -> str:
    """http://ADDRESS of the Ingress, or what the caller gave; "" when there is neither. Learns the host by the way."""
    if target.url:
        return target.url.rstrip("/")
    found = target.kube.get(find("Ingress"), target.namespace, target.name)
    host = ingress.address(found) if found else ""
    if not host:
        return ""
    target.host = target.host or (found["spec"].get("rules") or [{}])[0].get("host", "")
    protocol = "https" if found["spec"].get("tls") else "http"
    return f"{protocol}://{host}"


def ask_inside(target, body: dict, headers: dict) -> Said:
    """A prediction through the API server, which picks one of the Service's endpoints: the way in has no part in it."""
    target.fail_fast.deadline = time.monotonic() + PROXY_PATIENCE
    headers = {"Content-Type": "application/json", **headers}
    port = target.port()
    where = target.namespace, target.name, str(port["port"])
    try:
        told = target.fail_fast.proxy(*where, "POST", target.path, headers, json.dumps(body), scheme(port))
    except KubeError as error:
        return Said(0, str(error), 0.0)
    return Said(told["status"], short(told["content"], 200), 1000 * told["elapsed"])


def ask_at(where: str, host: str, path: str, body: dict, headers: dict) -> Said:
    headers = {"Content-Type": "application/json", "Connection": "close", **({"Host": host} if host else {}), **headers}
    try:
        answer = ask("POST", where + path, headers, json.dumps(body), TIMEOUT)
    except NoAnswer as problem:
        return Said(0, str(problem), 0.0)
    return Said(answer.status, short(answer.text, 200), 1000 * answer.elapsed)

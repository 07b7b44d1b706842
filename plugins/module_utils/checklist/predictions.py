# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests predictions: through the ingress as clients do, or straight from the Service."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.client.entrances import gateways, named
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.http import NoAnswer, ask, ask_unverified
from ansible_collections.modelops.serving.plugins.module_utils.common import entrances
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.routing import scheme

TIMEOUT = 10.0
PROXY_PATIENCE = 15.0


@dataclass
class Reply:
    """The answer to a request for a prediction. ``status`` is 0 without an answer; ``text`` then says why.
    ``problem``: "" when it is a prediction, else what is wrong."""

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
    """The URL that the caller gave, else that of the Ingress, Route or HTTPRoute; "" without any.

    Sets ``target.host`` to its host if the caller gave none.
    """
    if target.url:
        return target.url.rstrip("/")
    found = named(target.kube, target.namespace, target.name)
    behind = gateways(target.kube, found)
    for obj in found:
        root = entrances.root(obj, behind)
        if root:
            target.host = target.host or entrances.host(obj)
            return root
    return ""


def predict_at_service(target, body: dict, headers: dict) -> Reply:
    """A prediction through the API server, which picks one of the Service's endpoints. The ingress is not involved."""
    target.fail_fast.deadline = time.monotonic() + PROXY_PATIENCE
    headers = {"Content-Type": "application/json", **target.headers, **headers}
    port = target.port()
    service = target.namespace, target.name, str(port["port"])
    try:
        answer = target.fail_fast.proxy(*service, "POST", target.path, headers, json.dumps(body), scheme(port))
    except KubeError as error:
        return Reply(0, str(error), 0.0)
    return Reply(answer["status"], short(answer["content"], 200), 1000 * answer["elapsed"])


def predict_at(root: str, target, body: dict) -> Reply:
    """A prediction from ``root``, such as http://10.0.0.1, on a new connection, as clients of the target ask for it."""
    headers = {"Content-Type": "application/json", **target.headers, "Connection": "close"}
    if target.host:
        headers["Host"] = target.host
    request = "POST", root + target.path, headers, json.dumps(body), TIMEOUT
    try:
        answer = ask(*request, target.ca_cert) if target.validate_certs else ask_unverified(*request)
    except NoAnswer as problem:
        return Reply(0, str(problem), 0.0)
    return Reply(answer.status, short(answer.text, 200), 1000 * answer.elapsed)

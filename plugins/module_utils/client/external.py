# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request from the host that runs the module, as the service's users make them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.client.transport import error_text, urllib3

TIMEOUT = 10.0


@dataclass(frozen=True)
class Answer:
    """``status``: 0 where no answer came; ``text`` says why then. ``seconds``: until the answer."""

    status: int
    text: str
    seconds: float


def post(url: str, body: dict, headers: dict, ca_cert: str | None = None, validate: bool = True) -> Answer:
    """POST of JSON. ``ca_cert``: path of the authority that signed the server's certificate. Follows no redirect."""
    sent = {"Content-Type": "application/json", "Connection": "close", **headers}
    trust = {"ca_certs": ca_cert} if ca_cert else {}
    trust |= {} if validate else {"cert_reqs": "CERT_NONE", "assert_hostname": False}
    began = time.monotonic()
    with urllib3.PoolManager(**trust) as pool:
        try:
            answer = pool.request(
                "POST", url, body=json.dumps(body), headers=sent, timeout=TIMEOUT, retries=False, redirect=False
            )
        except (urllib3.exceptions.HTTPError, OSError) as problem:
            return Answer(0, error_text(problem), time.monotonic() - began)
    return Answer(answer.status, answer.data.decode("utf-8", "replace"), time.monotonic() - began)

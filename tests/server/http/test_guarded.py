# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An application that raises is answered for."""

from __future__ import annotations

import json

import pytest

from model_server.http.guarded import Guarded
from model_server.observe.failures import Failures
from model_server.observe.metrics import Metrics


@pytest.mark.parametrize("error", [KeyError("x"), MemoryError(), SystemExit(1)])
def test_whatever_raises_is_answered_in_the_one_shape(error: BaseException) -> None:
    def application(_environ: dict, _start_response: object) -> list[bytes]:
        raise error

    started: list = []
    metrics = Metrics()
    guarded = Guarded(application, Failures(metrics))
    (body,) = guarded({"HTTP_X_REQUEST_ID": "mine"}, lambda status, headers: started.append((status, headers)))
    assert started == [("500 Internal Server Error", [("Content-Type", "application/json")])]
    answer = json.loads(body)
    assert (answer["code"], answer["status"], answer["request_id"]) == ("Internal", 500, "mine")
    assert metrics.counters["model_server_failures"] == {("application",): 1}

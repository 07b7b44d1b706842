# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Batches: answers are never mixed up, and late requests are not predicted."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import train
from sklearn.ensemble import HistGradientBoostingRegressor
from support import Server, send

TRUSTED = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


def test_answers_are_never_mixed_up(tmp_path: Path) -> None:
    """Every client sends numbers of its own and must get the answer to exactly those; every tenth is a bad one."""
    random = np.random.default_rng(3)
    data = random.normal(size=(200, 3))
    model = HistGradientBoostingRegressor(max_iter=20, random_state=0).fit(data, data @ [1.0, -2.0, 3.0])
    train.write(model, {"example": data[:5].tolist()}, tmp_path / "m" / "1")

    def client(number: int) -> None:
        mine = np.random.default_rng(number)
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        for turn in range(40):
            rows = mine.normal(size=(mine.integers(1, 6), 3))
            if turn % 10 == 9:
                answer = send(connection, "POST", "/predict", {"instances": [["bad", 1, 2]]})
                assert answer.status == 422
                continue
            answer = send(connection, "POST", "/predict", {"instances": rows.tolist()})
            assert answer.json["predictions"] == model.predict(rows).tolist()
        connection.close()

    with Server(tmp_path, MODEL_TRUSTED_TYPES=TRUSTED) as server:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(client, range(16)))
        metrics = server.metrics()
    labels = '{model="m",version="1"}'
    calls = metrics[f"model_server_batch_rows_count{labels}"]
    assert metrics[f"model_server_batch_requests_sum{labels}"] == 16 * 36
    assert calls < 16 * 36, "no two requests were ever predicted together"


def test_a_request_that_waited_too_long_is_not_predicted(tmp_path: Path, iris_store: Path) -> None:
    with Server(iris_store, SERVER_REQUEST_TIMEOUT_SECONDS="0.01", MODEL_RELOAD_SECONDS="0") as server:
        statuses = set()
        many = json.dumps({"instances": [[5.1, 3.5, 1.4, 0.2]] * 10_000}).encode()
        with ThreadPoolExecutor(8) as pool:
            for answer in pool.map(lambda _unused: server.post("/predict", many), range(64)):
                statuses.add(answer.status)
                if answer.status == 504:
                    assert answer.json["code"] == "DeadlineExceeded"
        assert statuses <= {200, 504}
        assert 504 in statuses

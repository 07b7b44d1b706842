# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Batches: answers are never mixed up, and late requests are not predicted."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import train
from sklearn.ensemble import HistGradientBoostingRegressor
from support import Server, send

from model_server.inference.batching import Batcher, one_line
from model_server.inference.call import Call
from model_server.observe.metrics import Metrics

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


class Recorder:
    """A plan that doubles the rows, fails on negative ones, and remembers the sizes of its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def run(self, blocks: list[np.ndarray]) -> list[np.ndarray]:
        self.batches.append([len(block) for block in blocks])
        if any((block < 0).any() for block in blocks):
            raise ValueError("negative\nsecond line")
        return [block[:, 0] * 2 for block in blocks]


def run(plan: Recorder, rows: list[list[float]], late: int = 0, **options: float) -> tuple[list[Call], Metrics]:
    """Run a call for each list of rows; the first so many are late."""
    model = SimpleNamespace(name="m", version="1", plans={"predict": plan})
    calls = [Call(model, "predict", np.array(values, dtype=float)[:, None]) for values in rows]
    for call in calls[late:]:
        call.received = float("inf")
    metrics = Metrics()
    Batcher(metrics, **{"max_batch_rows": 100, "timeout": 0.5, **options}).run(calls)
    return calls, metrics


def test_a_bad_request_fails_alone() -> None:
    plan = Recorder()
    calls, _metrics = run(plan, [[1, 2], [-1], [3]])
    assert [None if call.result is None else call.result.tolist() for call in calls] == [[2, 4], None, [6]]
    assert (calls[1].error.status, calls[1].error.message) == (422, "the model refuses this input: negative")
    assert plan.batches == [[2, 1, 1], [2], [1], [1]]


def test_a_batch_has_at_most_so_many_rows_but_a_large_request_runs_whole() -> None:
    plan = Recorder()
    run(plan, [[1] * size for size in (2, 2, 9, 1, 3)], max_batch_rows=4)
    assert plan.batches == [[2, 2], [9], [1, 3]]


def test_late_requests_are_not_run() -> None:
    plan = Recorder()
    calls, metrics = run(plan, [[1], [2]], late=1)
    assert (calls[0].error.status, calls[1].result.tolist()) == (504, [4.0])
    assert metrics.counters["model_server_rejected"][("deadline",)] == 1
    assert metrics.counters["model_server_rows"][("m", "1")] == 1
    run(plan, [[1]], late=1)
    assert plan.batches == [[1]]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("negative", "negative"),
        ("Cannot use mean strategy:\ncould not convert 'x'\nmore", "Cannot use mean strategy: could not convert 'x'"),
        ("ends so:", "ends so:"),
        ("", "ValueError"),
    ],
)
def test_an_error_s_cause_may_be_on_its_second_line(said: str, shown: str) -> None:
    assert one_line(ValueError(said)) == shown

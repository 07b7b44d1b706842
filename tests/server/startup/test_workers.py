# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several processes on one socket."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import shutil
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
import sklearn
import train
from sklearn.neighbors import KNeighborsClassifier
from support import REPOSITORY, ROW, Server, until

from model_server.models.checksum import sha256_of
from model_server.observe.footprint import share
from model_server.startup.workers import FINAL_EXITS, SIGNALS, Supervisor


def test_workers_share_the_socket_and_one_that_dies_is_replaced(iris_store: Path) -> None:
    row = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
    server = Server(iris_store, SERVER_PROCESSES="2")
    try:
        fields = wait_for(server, "all workers ready")
        server.port, server.operations_port = fields["port"], fields["operations_port"]
        assert server.get("/ready", port=server.operations_port).status == 200
        for _unused in range(40):
            assert server.post("/predict", row).status == 200
        label = '{code="200",model="iris",route="/predict",version="1"}'
        until(lambda: server.metrics().get(f"model_server_requests_total{label}") == 40)
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        assert len(children) == 2
        assert server.metrics()["model_server_memory_bytes"] > 1.2 * share(server.process.pid)  # not the parent alone
        os.kill(int(children[0]), signal.SIGKILL)
        wait_for(server, "worker ended, starting another")
        assert server.get("/ready", port=server.operations_port).status == 200
        assert server.post("/predict", row).status == 200
        until(lambda: len(server.lines("ready")) == 3)
        until(lambda: server.get("/ready", port=server.operations_port).status == 200)
        until(lambda: server.metrics().get(f"model_server_requests_total{label}") == 41)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_exit(30) == 0
    finally:
        if server.process.poll() is None:
            server.process.kill()


def wait_for(server: Server, message: str) -> dict:
    until(lambda: server.lines(message))
    return server.lines(message)[0]


def supervisor(*reports: dict | None) -> Supervisor:
    """With a worker for each report; None for one that has not reported yet."""
    made = Supervisor(SimpleNamespace(server_processes=2, server_drain_seconds=20), lambda _pipe: 0)
    made.workers = {
        pid: SimpleNamespace(snapshot=report, reported=time.monotonic()) for pid, report in enumerate(reports)
    }
    return made


READY, STARTING = ({"gauges": {"model_server_ready": value}} for value in (1.0, 0.0))


def test_ready_once_every_worker_is() -> None:
    assert supervisor(READY, READY).ready
    assert not supervisor(READY, STARTING).ready
    assert not supervisor(READY, None).ready
    assert not supervisor(READY).ready
    draining = supervisor(READY, READY)
    draining.draining = True
    assert not draining.ready


def test_a_server_that_lost_a_worker_is_ready_while_another_answers() -> None:
    made = supervisor(READY, STARTING)
    made.complete = True
    assert made.ready
    made.workers.popitem()
    assert made.ready
    made.workers.clear()
    assert not made.ready


def test_what_ended_workers_counted_is_kept() -> None:
    made = supervisor(READY, None)
    made.retired = [{"counters": []}]
    assert made.snapshots() == [{"counters": []}, READY]


def test_the_longest_silence() -> None:
    made = supervisor(READY, READY)
    made.workers[1].reported -= 30
    assert 30 <= made.longest_silence() < 40
    assert supervisor().longest_silence() == 0.0


def test_a_setting_or_a_model_that_is_wrong_ends_all_workers(iris_store: Path) -> None:
    assert FINAL_EXITS == (2, 3, 4)
    server = Server(iris_store, SERVER_PROCESSES="2", MODEL_NAME="roses")
    assert server.wait_exit() == 3
    assert not server.lines("worker ended, starting another")


def children(server: Server) -> list[int]:
    return [
        int(pid) for pid in Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    ]


@pytest.mark.parametrize("wait", [0.0, 0.3])
def test_sigterm_while_workers_load_ends_them(iris_store: Path, wait: float) -> None:
    server = Server(iris_store, SERVER_PROCESSES="2", SERVER_DRAIN_SECONDS="2")
    until(lambda: children(server), 60)
    time.sleep(wait)
    server.process.send_signal(signal.SIGTERM)
    assert server.wait_exit(10) == 0


def test_sigterm_after_a_worker_died_starts_no_other(iris_store: Path) -> None:
    server = Server(iris_store, SERVER_PROCESSES="2", SERVER_DRAIN_SECONDS="2")
    try:
        wait_for(server, "all workers ready")
        os.kill(children(server)[0], signal.SIGKILL)
        wait_for(server, "worker ended, starting another")
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_exit(10) == 0
        assert len(server.lines("ready")) == 2
    finally:
        if server.process.poll() is None:
            server.process.kill()


def test_a_worker_that_does_not_end_is_killed_after_the_limit(iris_store: Path) -> None:
    server = Server(iris_store, SERVER_PROCESSES="2", SERVER_DRAIN_SECONDS="1")
    try:
        wait_for(server, "all workers ready")
        os.kill(children(server)[0], signal.SIGSTOP)  # as one whose predict never returns
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_exit(15) == 0
        assert len(server.lines("worker did not end in the drain time, killed")) == 1
    finally:
        if server.process.poll() is None:
            server.process.kill()


def test_workers_that_end_soon_are_replaced_ever_more_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Supervisor(SimpleNamespace(server_processes=1, server_drain_seconds=20), lambda _pipe: 7)
    starts: list[float] = []
    monkeypatch.setattr("model_server.startup.workers.RESTART_SECONDS", 0.2)
    made.restart_seconds = 0.2
    fork = made._fork

    def counted() -> None:
        starts.append(time.monotonic())
        if len(starts) == 4:
            made._drain()
            return
        fork()

    monkeypatch.setattr(made, "_fork", counted)
    handlers = [signal.getsignal(number) for number in SIGNALS]
    try:
        assert made.supervise({}) == 0
    finally:
        for number, handler in zip(SIGNALS, handlers, strict=True):
            signal.signal(number, handler)
    waits = [after - before for before, after in itertools.pairwise(starts)]
    assert all(wait >= seconds for wait, seconds in zip(waits, (0.2, 0.4, 0.8), strict=True))


SWALLOWING = """
import time
from pathlib import Path
from sklearn.linear_model import LinearRegression

class Swallowing(LinearRegression):
    def __setstate__(self, state):
        super().__setstate__(state)
        Path(__file__).with_name("opening").touch()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                time.sleep(0.02)
            except BaseException:
                pass
"""


@pytest.mark.parametrize("processes", ["1", "2"])
def test_sigterm_ends_a_server_whose_model_catches_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: str
) -> None:
    (tmp_path / "swallowing_model.py").write_text(SWALLOWING)
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "store" / "m" / "1"
    folder.mkdir(parents=True)
    joblib.dump(
        importlib.import_module("swallowing_model").Swallowing().fit([[1.0], [2.0]], [1, 2]), folder / "m.joblib"
    )
    digest = sha256_of(folder / "m.joblib")
    about = {"file": "m.joblib", "sha256": digest, "sklearn_version": sklearn.__version__}
    (folder / "model.json").write_text(json.dumps(about))
    path = f"{REPOSITORY / 'server'}:{tmp_path}"
    settings = {"PYTHONPATH": path, "MODEL_ALLOW_JOBLIB": "true", "MODEL_SHA256": digest}
    server = Server(tmp_path / "store", SERVER_PROCESSES=processes, **settings)
    until((tmp_path / "opening").exists)
    server.process.send_signal(signal.SIGTERM)
    assert server.wait_exit(10) == 0


@pytest.fixture(scope="module")
def large_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 40 MB whose predictions use OpenMP."""
    rows = np.random.default_rng(0).normal(size=(50_000, 100))
    folder = tmp_path_factory.mktemp("large")
    model = KNeighborsClassifier(algorithm="brute").fit(rows, rows[:, 0] > 0)
    train.write(model, {"example": rows[:2].tolist()}, folder / "near" / "1")
    return folder


def test_workers_share_the_memory_of_their_models(large_store: Path) -> None:
    used = {}
    for processes in ("1", "3"):
        with Server(large_store, SERVER_PROCESSES=processes) as server:
            until(lambda: server.metrics()["model_server_memory_bytes"] > 60e6)
            for _unused in range(6):
                assert server.post("/predict", {"instances": [[0.0] * 100]}).status == 200
            used[processes] = server.metrics()["model_server_memory_bytes"]
    assert used["3"] < used["1"] + 50e6, used


def test_workers_have_threads_of_their_own(large_store: Path) -> None:
    """A worker that was forked from a process with OpenMP's threads would wait for them for ever."""
    with Server(large_store, SERVER_PROCESSES="2", SERVER_THREADS="3", OPENBLAS_NUM_THREADS="1") as server:
        before = max(threads(pid) for pid in children(server))
        assert server.post("/predict", {"instances": np.zeros((600, 100)).tolist()}).status == 200
        assert max(threads(pid) for pid in children(server)) > before


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def test_a_worker_that_replaces_another_serves_what_the_store_has_by_then(tmp_path: Path, iris_store: Path) -> None:
    store = Path(shutil.copytree(iris_store, tmp_path / "models"))
    with Server(store, SERVER_PROCESSES="2", MODEL_RELOAD_SECONDS="3600") as server:
        train.write(*train.train(), store / "iris" / "2")
        for pid in children(server):
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(server.lines("ready")) == 4)
        assert server.post("/predict", ROW).json["version"] == "2"
        # What stood before stands after a change that cannot be served.
        (store / "iris" / "2" / "model.skops").write_bytes(b"broken")
        for pid in children(server):
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(server.lines("ready")) == 6)
        assert server.post("/predict", ROW).json["version"] == "1"

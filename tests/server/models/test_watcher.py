# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A changed store is served without a failed request; a broken one changes nothing."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import train
from support import ROW, Server, until

from model_server.models.model import ModelError
from model_server.models.registry import Registry
from model_server.models.watcher import Watcher, fingerprint


@pytest.fixture
def store(tmp_path: Path, iris_store: Path) -> Path:
    """A copy of the store that the test may change."""
    return Path(shutil.copytree(iris_store, tmp_path / "models"))


def test_new_version_is_taken_over_without_a_failed_request(store: Path) -> None:
    with Server(store, MODEL_RELOAD_SECONDS="0.2", SERVER_ACCESS_LOG="false") as server:
        estimator, about = train.train()
        train.write(estimator, about, store / "iris" / "2")
        seen, end = set(), time.monotonic() + 30
        while "2" not in seen and time.monotonic() < end:
            answer = server.post("/predict", ROW)
            assert answer.status == 200
            seen.add(answer.json["version"])
        assert seen == {"1", "2"}
        assert server.get("/v2/models/iris").json["versions"] == ["1", "2"]
        assert server.get("/v2/models/iris/versions/1/ready").status == 200
        # A broken one is reported, and what was served goes on.
        (store / "iris" / "2" / "model.skops").write_bytes(b"broken")
        while not any("is not used" in line["message"] for line in server.lines()):
            assert time.monotonic() < end + 30
            time.sleep(0.1)
        assert server.post("/predict", ROW).json["version"] == "2"


def test_a_changed_store_is_loaded_once_it_is_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two rounds nothing may have changed: a store that does is being written to."""
    file = tmp_path / "m" / "1" / "model.json"
    file.parent.mkdir(parents=True)
    file.write_text("1")
    rounds = iter(["", "12", "123", "", "", "1", ""])
    loads: list[str] = []

    def sleep(_seconds: float) -> None:
        text = next(rounds)  # ends the thread's loop at the end of the rounds
        if text:
            file.write_text(text)

    watcher = Watcher(
        SimpleNamespace(model_store=str(tmp_path), model_reload_seconds=1),
        lambda _settings: None,
        list,
        fingerprint(tmp_path),
    )
    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(watcher, "load", lambda: loads.append(file.read_text()))
    with pytest.raises(StopIteration):
        watcher._watch()
    assert loads == ["123", "1"]


def test_a_store_that_cannot_be_served_changes_nothing(tmp_path: Path) -> None:
    failed: list[int] = []

    def refuse(_settings: SimpleNamespace) -> Registry:
        raise ModelError("no model")

    watcher = Watcher(
        SimpleNamespace(model_store=str(tmp_path)), refuse, lambda: failed.append(1), fingerprint(tmp_path)
    )
    watcher.load()
    assert watcher.fresh is None
    assert failed == [1]


def test_a_fresh_registry_is_taken_once(tmp_path: Path) -> None:
    registry = Registry([], "")
    watcher = Watcher(
        SimpleNamespace(model_store=str(tmp_path)), lambda _settings: registry, list, fingerprint(tmp_path)
    )
    watcher.load()
    assert watcher.take() is registry
    assert watcher.take() is None


@pytest.mark.parametrize("error", [TypeError("x"), MemoryError(), SystemExit(1), RecursionError()])
def test_whatever_loading_raises_the_next_change_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    file = tmp_path / "m" / "1" / "model.json"
    file.parent.mkdir(parents=True)
    file.write_text("1")
    rounds = iter(["12", "", "123", ""])
    failed: list[int] = []
    registry = Registry([], "")

    def sleep(_seconds: float) -> None:
        text = next(rounds)
        if text:
            file.write_text(text)

    def load_all(_settings: SimpleNamespace) -> Registry:
        if file.read_text() == "12":
            raise error
        return registry

    settings = SimpleNamespace(model_store=str(tmp_path), model_reload_seconds=1)
    watcher = Watcher(settings, load_all, lambda: failed.append(1), fingerprint(tmp_path))
    monkeypatch.setattr(time, "sleep", sleep)
    with pytest.raises(StopIteration):
        watcher._watch()
    assert failed == [1]
    assert watcher.fresh is registry
    assert [record.getMessage() for record in caplog.records if record.exc_info] == ["the changed store is not used"]


def test_an_example_that_is_no_list_does_not_end_the_reloads(store: Path) -> None:
    path = store / "iris" / "1" / "model.json"
    good = path.read_text()
    with Server(store, MODEL_RELOAD_SECONDS="0.2") as server:
        path.write_text(json.dumps({**json.loads(good), "example": 5}))
        until(lambda: server.metrics()["model_server_reload_failures_total"] == 1)
        path.write_text(good)
        until(lambda: server.lines("models reloaded"))
        assert server.post("/predict", ROW).status == 200


def test_a_second_model_does_not_take_predict_away(store: Path) -> None:
    with Server(store, MODEL_RELOAD_SECONDS="0.2") as server:
        shutil.copytree(store / "iris", store / "rose")
        until(lambda: server.metrics()["model_server_reload_failures_total"] == 1)
        (line,) = [line for line in server.lines() if "is not used" in line["message"]]
        assert (line["level"], "set MODEL_NAME" in line["message"]) == ("ERROR", True)
        assert server.post("/predict", ROW).status == 200
        # Without it the store is taken again.
        shutil.rmtree(store / "rose")
        shutil.copytree(store / "iris" / "1", store / "iris" / "2")
        until(lambda: server.post("/predict", ROW).json["version"] == "2")


@pytest.mark.parametrize(
    ("served", "names", "default", "taken"),
    [
        ("iris", ["iris", "rose"], "", False),
        ("iris", ["rose", "lily"], "", False),
        ("iris", ["iris", "rose"], "iris", True),
        ("iris", ["rose"], "", True),
        ("", ["iris", "rose"], "", True),
        ("", ["iris"], "", True),
    ],
)
def test_a_store_without_a_default_is_used_only_where_there_was_none(
    tmp_path: Path, served: str, names: list[str], default: str, taken: bool
) -> None:
    failed: list[int] = []
    registry = Registry([SimpleNamespace(name=name, version="1", info={}) for name in names], default)
    settings = SimpleNamespace(model_store=str(tmp_path))
    watcher = Watcher(settings, lambda _settings: registry, lambda: failed.append(1), {}, served)
    watcher.load()
    assert (watcher.take() is registry, failed) == (taken, [] if taken else [1])
    assert watcher.default == (registry.default if taken else served)

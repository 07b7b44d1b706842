# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models that must not be served are refused with the reason, before they are opened; changed ones are taken over."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas
import pytest
import train
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from support import Server, fetch

ROW = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
TREE = "sklearn.tree._tree.Tree"


@pytest.fixture
def store(tmp_path: Path, iris_store: Path) -> Path:
    """A copy of the store that the test may change."""
    return Path(shutil.copytree(iris_store, tmp_path / "models"))


def refusal(start: Callable[..., Server], store: Path, **settings: str) -> str:
    """The reason why a server of this store does not start."""
    server = start(store, **settings)
    assert server.wait_exit() == 3, server.log
    return server.lines()[-1]["message"]


def edit(store: Path, **changes: str) -> None:
    path = store / "iris" / "1" / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_tampered_model(start: Callable[..., Server], store: Path) -> None:
    file = store / "iris" / "1" / "model.skops"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert "damaged or tampered with; it was not opened" in refusal(start, store)


def test_checksum_pinned_by_the_operator(start: Callable[..., Server], store: Path) -> None:
    reason = refusal(start, store, MODEL_SHA256=f"iris/1={'0' * 64}")
    assert f"MODEL_SHA256 says {'0' * 64}" in reason


def test_model_of_another_version(start: Callable[..., Server], store: Path) -> None:
    edit(store, sklearn_version="0.24.2")
    assert "was saved with scikit-learn 0.24.2" in refusal(start, store)


def test_untrusted_type_names_it_and_the_setting(start: Callable[..., Server], tmp_path: Path) -> None:
    forest = RandomForestClassifier(3, random_state=0).fit([[0.0], [1.0]], [0, 1])
    train.write(forest, {"example": [[0.0]]}, tmp_path / "forest" / "1")
    assert f"MODEL_TRUSTED_TYPES={TREE}" in refusal(start, tmp_path)
    with Server(tmp_path, MODEL_TRUSTED_TYPES=TREE) as server:
        assert server.post("/predict", {"instances": [[1.0]]}).json["predictions"] == [1]


@pytest.mark.parametrize(
    ("settings", "about", "reason"),
    [
        ({"MODEL_SHA256": "m/1=SHA256"}, {}, "can run any code"),
        ({"MODEL_ALLOW_JOBLIB": "true"}, {}, "MODEL_SHA256=m/1=SHA256"),
        ({"MODEL_ALLOW_JOBLIB": "true", "MODEL_SHA256": f"m/1={'0' * 64}"}, {}, "it was not opened"),
        ({"MODEL_ALLOW_JOBLIB": "true", "MODEL_SHA256": "m/1=SHA256"}, {"sha256": "0" * 64}, "it was not opened"),
        ({"MODEL_ALLOW_JOBLIB": "true", "MODEL_SHA256": "SHA256"}, {"sklearn_version": "0.24.2"}, "saved with"),
        ({"MODEL_ALLOW_JOBLIB": "true", "MODEL_SHA256": "m/1=SHA256"}, {}, None),
    ],
)
def test_a_joblib_file_that_is_refused_was_not_opened(
    start: Callable[..., Server], tmp_path: Path, settings: dict, about: dict, reason: str | None
) -> None:
    """The file does something when it is opened, which only the last one's server, to which it is pinned, does."""

    class Bomb:
        def __reduce__(self) -> tuple:
            return os.mkdir, (str(tmp_path / "exploded"),)

    folder = tmp_path / "models" / "m" / "1"
    folder.mkdir(parents=True)
    joblib.dump(Bomb(), folder / "model.joblib")
    digest = hashlib.sha256((folder / "model.joblib").read_bytes()).hexdigest()
    known = {"file": "model.joblib", "sha256": digest, "sklearn_version": train.sklearn.__version__}
    (folder / "model.json").write_text(json.dumps({**known, **about}))
    given = {name: value.replace("SHA256", digest) for name, value in settings.items()}
    said = refusal(start, tmp_path / "models", **given)
    assert (tmp_path / "exploded").exists() == (reason is None)
    if reason is not None:
        assert reason.replace("=SHA256", f"={digest}") in said


def test_empty_store_and_unknown_default(start: Callable[..., Server], store: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no model in MODEL_STORE" in refusal(start, tmp_path / "empty")
    assert "MODEL_NAME='roses' is not in the store" in refusal(start, store, MODEL_NAME="roses")


def test_wrong_setting_names_every_variable(start: Callable[..., Server], store: Path) -> None:
    server = start(store, SERVER_MAX_ROWS="many", LOG_LEVEL="LOUD")
    assert server.wait_exit() == 2
    message = server.lines()[-1]["message"]
    assert "SERVER_MAX_ROWS='many'" in message
    assert "LOG_LEVEL='LOUD'" in message


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
        while not any("not taken over" in line["message"] for line in server.lines()):
            assert time.monotonic() < end + 30
            time.sleep(0.1)
        assert server.post("/predict", ROW).json["version"] == "2"


def test_named_columns_of_different_kinds(tmp_path: Path) -> None:
    frame = pandas.DataFrame(
        {"city": ["Rome", "Oslo", "Rome", "Lima"] * 5, "age": np.arange(20.0), "member": [True, False] * 10}
    )
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["city", "member"]), remainder=StandardScaler()
    )
    model = make_pipeline(columns, LogisticRegression()).fit(frame, np.arange(20) % 3 == 0)
    example = frame.iloc[:3].to_numpy(dtype=object).tolist()
    train.write(model, {"example": example}, tmp_path / "visits" / "1")
    with Server(tmp_path) as server:
        wanted = model.predict_proba(frame.iloc[[2, 5]]).tolist()
        rows = [{"city": "Rome", "age": 2.0, "member": True}, {"member": False, "age": 5, "city": "Oslo"}]
        answer = server.post("/predict", {"instances": rows, "method": "predict_proba"})
        assert answer.json["predictions"] == wanted
        tensors = [
            {"name": "city", "shape": [2], "datatype": "BYTES", "data": ["Rome", "Oslo"]},
            {"name": "age", "shape": [2], "datatype": "FP64", "data": [2, 5]},
            {"name": "member", "shape": [2], "datatype": "BOOL", "data": [True, False]},
        ]
        body = {"inputs": tensors, "outputs": [{"name": "predict_proba"}]}
        answer = server.post("/v2/models/visits/infer", body).json["outputs"][0]
        assert np.reshape(answer["data"], answer["shape"]).tolist() == wanted
        missing = server.post("/predict", {"instances": [{"city": "Rome", "age": 1}]})
        assert (missing.status, missing.json["code"]) == (422, "InvalidInput")
        assert "missing member" in missing.json["error"]


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_fetched_model_is_served(tmp_path: Path, iris_store: Path, scheme: str) -> None:
    file = iris_store / "iris" / "1" / "model.skops"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=file.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        uri = file.as_uri() if scheme == "file" else f"http://127.0.0.1:{web.server_port}/model.skops"
        wrong = fetch(tmp_path / "s", MODEL_SOURCES=f"iris/3={uri}", MODEL_SHA256=f"iris/3={'1' * 64}")
        assert wrong.returncode == 5
        assert "not put into the store" in wrong.stdout
        assert not list((tmp_path / "s").glob("*/*/model.*"))
        done = fetch(tmp_path / "s", MODEL_SOURCES=f"iris/3={uri}", MODEL_SHA256=f"iris/3={digest}")
        assert done.returncode == 0, done.stdout + done.stderr
        web.shutdown()
    with Server(tmp_path / "s", MODEL_SHA256=f"iris/3={digest}") as server:
        assert server.post("/predict", ROW).json["version"] == "3"


def test_a_store_that_is_not_there_is_named_with_the_cause(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{free.getsockname()[1]}/model.skops"
        done = fetch(tmp_path, MODEL_SOURCES=f"iris/1={uri}", MODEL_SHA256=f"iris/1={'1' * 64}")
    assert done.returncode == 5
    message = json.loads(done.stdout.splitlines()[-1])["message"]
    assert message.startswith(f"{uri}: ") and message.endswith("Connection refused")
    assert len(message.splitlines()) == 1


def test_fetch_goes_on_where_it_was_cut_off(tmp_path: Path, iris_store: Path) -> None:
    file = iris_store / "iris" / "1" / "model.skops"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    folder = tmp_path / "iris" / "1"
    folder.mkdir(parents=True)
    (folder / f".{digest}.part").write_bytes(file.read_bytes()[:100])
    done = fetch(tmp_path, MODEL_SOURCES=f"iris/1={file.as_uri()}", MODEL_SHA256=f"iris/1={digest}")
    assert done.returncode == 0, done.stdout
    assert (folder / "model.skops").read_bytes() == file.read_bytes()

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Models that must not be served are refused with the reason, before they are opened."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pytest
import train
from sklearn.base import BaseEstimator
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from support import Server

from model_server.models.model import ModelError
from model_server.models.store import check_version, find, load
from model_server.models.watcher import fingerprint
from model_server.process import settings as settings_table

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
    reason = refusal(start, tmp_path)
    assert f"MODEL_TRUSTED_TYPES={TREE} (model_serving_trusted_types of the role)" in reason
    assert "or pin the file's checksum in MODEL_SHA256" in reason
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


def test_versions_are_in_order(tmp_path: Path) -> None:
    versions = ["1", "1.9", "1.10", "2", "10", "10-rc1"]
    for version in reversed(versions):
        (tmp_path / "m" / version).mkdir(parents=True)
        (tmp_path / "m" / version / "model.json").touch()
    assert [path.parts[-2] for path in find(tmp_path)] == versions


def test_hidden_folders_are_no_models(tmp_path: Path) -> None:
    """Programs put them beside what they write: rsync, an editor, a volume's snapshots."""
    for folder in ("iris/1", "iris/.2.partial", ".snapshot/1"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "model.json").touch()
    assert find(tmp_path) == [tmp_path / "iris/1/model.json"]
    assert list(fingerprint(tmp_path)) == [str(tmp_path / "iris/1/model.json")]


@pytest.mark.parametrize("version", ["²", "٣", "9" * 200])
def test_a_version_in_other_digits_is_refused_by_name(tmp_path: Path, version: str) -> None:
    for name in ("1", version):
        (tmp_path / "iris" / name).mkdir(parents=True)
        (tmp_path / "iris" / name / "model.json").touch()
    with pytest.raises(ModelError, match=f"'{version}' is no name for a model or version"):
        find(tmp_path)


def test_a_name_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m" / "a b").mkdir(parents=True)
    (tmp_path / "m" / "a b" / "model.json").touch()
    with pytest.raises(ModelError, match="'a b' is no name"):
        find(tmp_path)


@pytest.mark.parametrize(
    ("rule", "saved", "accepted"),
    [
        ("off", "0.1", True),
        ("minor", "HERE", True),
        ("minor", "MINOR.99", True),
        ("minor", "0.1.0", False),
        ("exact", "HERE", True),
        ("exact", "MINOR.99", False),
    ],
)
def test_how_closely_versions_must_match(rule: str, saved: str, accepted: bool) -> None:
    here = train.sklearn.__version__
    saved = saved.replace("HERE", here).replace("MINOR", here.rpartition(".")[0])
    if accepted:
        check_version("m", saved, rule)
        return
    with pytest.raises(ModelError, match=f"saved with scikit-learn {saved}"):
        check_version("m", saved, rule)


def test_a_file_elsewhere_is_refused(start: Callable[..., Server], store: Path) -> None:
    edit(store, file="../1/model.skops")
    assert "which is not beside it" in refusal(start, store)


def test_a_file_that_cannot_be_read_is_named(start: Callable[..., Server], store: Path) -> None:
    file = store / "iris" / "1" / "model.skops"
    file.unlink()
    file.symlink_to("/proc/self/mem")  # a file whose reading fails, for root too
    assert f"MODEL_STORE {store} cannot be read: " in refusal(start, store)


def pinned(folder: Path) -> dict[str, str]:
    return {"MODEL_SHA256": hashlib.sha256((folder / "model.skops").read_bytes()).hexdigest()}


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(3, random_state=0),
        GradientBoostingClassifier(n_estimators=3, random_state=0),
        HistGradientBoostingClassifier(max_iter=3, random_state=0),
        KNeighborsClassifier(2, algorithm="kd_tree"),
    ],
)
def test_types_of_scikit_learn_are_trusted_where_the_checksum_is_pinned(
    tmp_path: Path, estimator: BaseEstimator
) -> None:
    rows = np.arange(80.0).reshape(40, 2)
    estimator.fit(rows, [0, 1] * 20)
    train.write(estimator, {"example": rows[:2].tolist()}, tmp_path / "m" / "1")
    with Server(tmp_path, **pinned(tmp_path / "m" / "1")) as server:
        answer = server.post("/predict", {"instances": rows.tolist()})
        assert answer.json["predictions"] == estimator.predict(rows).tolist()


def test_other_types_are_not_trusted_though_the_checksum_is_pinned(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    model = make_pipeline(FunctionTransformer(np.fromfile), RandomForestClassifier(2))
    model.steps[-1][1].fit([[0.0], [1.0]], [0, 1])
    train.write(model, {"example": [[0.0]]}, tmp_path / "m" / "1")
    reason = refusal(start, tmp_path, **pinned(tmp_path / "m" / "1"))
    assert "MODEL_TRUSTED_TYPES=numpy.fromfile (" in reason
    assert "or pin" not in reason


def test_what_was_hashed_is_what_is_opened(tmp_path: Path, iris_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file is put in place right after the first was read."""
    store = Path(shutil.copytree(iris_store, tmp_path / "models"))
    file = store / "iris" / "1" / "model.skops"
    read = Path.read_bytes
    reads: list[Path] = []

    def read_and_swap(path: Path) -> bytes:
        data = read(path)
        if path == file:
            reads.append(path)
            file.write_bytes(b"another")
        return data

    monkeypatch.setattr(Path, "read_bytes", read_and_swap)
    model = load(file.with_name("model.json"), settings_table.read({"MODEL_STORE": str(store)}))
    assert type(model.estimator).__name__ == "Pipeline"
    assert reads == [file]

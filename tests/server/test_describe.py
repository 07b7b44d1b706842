# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command that writes a schema from sample data."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import lightgbm
import pandas
import pytest
from describe import labels_of, metadata_of
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from skops import io as skops_io
from support import REPOSITORY, Server

FRAME = pandas.DataFrame({"city": ["Rome", "Oslo"] * 6, "age": [20.0, 30, None, 25] * 3, "left": [0, 1, 0] * 4})


def run(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess:
    command = [sys.executable, REPOSITORY / "server" / "describe.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_an_existing_model_gets_a_schema_that_is_enforced(tmp_path: Path) -> None:
    folder = tmp_path / "store" / "churn" / "7"
    folder.mkdir(parents=True)
    columns = make_column_transformer((OneHotEncoder(), ["city"]), (SimpleImputer(), ["age"]))
    model = make_pipeline(columns, LogisticRegression()).fit(FRAME[["city", "age"]], FRAME["left"])
    skops_io.dump(model, folder / "churn.skops")
    FRAME.to_csv(tmp_path / "sample.csv", index=False)
    done = run(folder, tmp_path / "sample.csv", "--target", "left")
    about = json.loads((folder / "model.json").read_text())
    assert (
        json.loads(done.stdout)["schema"]
        == about["schema"]
        == [
            {"name": "city", "kind": "text", "nullable": False, "categories": ["Oslo", "Rome"], "strict": False},
            {"name": "age", "kind": "number", "nullable": True, "range": [20.0, 30.0], "strict": False},
        ]
    )
    with Server(tmp_path / "store", MODEL_TRUSTED_TYPES="numpy.dtype") as server:
        assert server.post("/predict", {"instances": about["example"]}).status == 200
        refused = server.post("/predict", {"instances": [{"city": "Rome", "age": "40"}]})
        assert (refused.status, refused.json["error"]) == (422, "instances[0] (age): expected numbers, got texts")
        assert [tensor["name"] for tensor in server.get("/v2/models/churn").json["inputs"]] == ["city", "age"]


def test_a_booster_gets_the_labels_of_its_target(tmp_path: Path) -> None:
    folder = tmp_path / "store" / "churn" / "7"
    folder.mkdir(parents=True)
    labels = FRAME["left"].map({0: "stays", 1: "leaves"})
    model = lightgbm.LGBMClassifier(n_estimators=3, n_jobs=1, min_child_samples=1, verbose=-1).fit(
        FRAME[["age"]], labels
    )
    model.booster_.save_model(folder / "churn.txt")
    FRAME.assign(left=labels).to_csv(tmp_path / "sample.csv", index=False)
    run(folder, tmp_path / "sample.csv", "--target", "left", "--without", "city")
    about = json.loads((folder / "model.json").read_text())
    assert (about["classes"], about["feature_names"]) == (["leaves", "stays"], ["age"])
    with Server(tmp_path / "store") as server:
        rows = {"instances": [[20], [30], [None]]}
        assert server.post("/predict", rows).json["predictions"] == model.predict(FRAME[["age"]][:3]).tolist()


@pytest.mark.parametrize(
    ("target", "labels"),
    [
        (["yes", None, "no", "yes"], ["no", "yes"]),
        ([True, False], [False, True]),
        ([1, 2], None),
        ([0.5, 1.5], None),
        (["a", 1], None),
        ([None], None),
    ],
)
def test_labels_are_texts_or_booleans(target: list, labels: list | None) -> None:
    assert labels_of(pandas.Series(target)) == labels


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "churn.ubj").write_bytes(b"{learner")
    (tmp_path / "sample.csv").write_text("a,b\n1,2\n")
    done = run(tmp_path, tmp_path / "sample.csv", "--target", "churned", code=1)
    assert done.stderr.strip() == f"{tmp_path / 'sample.csv'} has no column churned: it has a, b"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.csv", None, "there is no such file"),
        ("empty.csv", b"", "holds no columns"),
        ("wrong.csv", b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "cannot be read as CSV"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n", "cannot be read as CSV"),
        ("wrong.parquet", b"a,b\n1,2\n", "Parquet"),
    ],
)
def test_data_that_cannot_be_read_are_told_in_a_sentence(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    (tmp_path / "model.json").write_text("{}")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = run(tmp_path, tmp_path / name, code=1)
    assert said in done.stderr and name in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert (tmp_path / "model.json").read_text() == "{}"


@pytest.mark.parametrize("written", ["{", "[]"])
def test_a_model_json_that_is_none_is_told_in_a_sentence(tmp_path: Path, written: str) -> None:
    (tmp_path / "model.json").write_text(written)
    (tmp_path / "a.csv").write_text("a\n1\n")
    done = run(tmp_path, tmp_path / "a.csv", code=1)
    assert "model.json" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "sample.csv").write_text("a\n1\n")
    done = run(tmp_path, tmp_path / "sample.csv", code=1)
    assert done.stderr.strip() == f"{tmp_path} has neither a model.json nor one file of .skops, .json, .ubj, .txt"


def test_a_booster_needs_no_version_of_scikit_learn(tmp_path: Path) -> None:
    (tmp_path / "churn.ubj").write_bytes(b"{learner")
    about = metadata_of(tmp_path)
    assert (about["file"], set(about)) == ("churn.ubj", {"file", "sha256"})
    (tmp_path / "churn.txt").write_text("tree\n")
    with pytest.raises(SystemExit, match=r"neither a model.json nor one file of \.skops, \.json, \.ubj, \.txt"):
        metadata_of(tmp_path)

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read before a model is opened."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
import sklearn

from model_server.models.metadata import read_metadata, saved_with
from model_server.models.model import ModelError

SCHEMA = {"name": "age", "kind": "number"}
COMPLETE = {"file": "f", "sha256": "", "sklearn_version": ""}


def test_a_skops_file_names_its_version(iris_store: Path) -> None:
    assert saved_with(iris_store / "iris" / "1" / "model.skops") == sklearn.__version__


def test_other_files_do_not(tmp_path: Path) -> None:
    assert saved_with(tmp_path / "model.joblib") is None
    with ZipFile(tmp_path / "model.skops", "w") as archive:
        archive.writestr("schema.json", "{}")
    assert saved_with(tmp_path / "model.skops") is None


def test_what_is_no_skops_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.skops").write_text("no zip")
    with ZipFile(tmp_path / "empty.skops", "w"):
        pass
    for name in ("text.skops", "empty.skops"):
        with pytest.raises(ModelError, match="is no skops file"):
            saved_with(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "'file' is missing"),
        (json.dumps({"file": "f", "sha256": 1, "sklearn_version": ""}), "'sha256' is missing or no text"),
        (json.dumps({"file": "f", "sha256": ""}), "'sklearn_version' is missing"),
        (json.dumps({**COMPLETE, "example": 5}), "'example' is no list of rows"),
        (json.dumps({**COMPLETE, "example": [5]}), "'example' is no list of rows"),
        (json.dumps({**COMPLETE, "feature_names": "age"}), "'feature_names' is no list of texts"),
        (json.dumps({**COMPLETE, "example": [[1]], "expected": 1}), "'expected' is no list of one prediction"),
        (json.dumps({**COMPLETE, "example": [[1]], "expected": [1, 2]}), "'expected' is no list of one prediction"),
        (json.dumps({**COMPLETE, "classes": ["a", "a"]}), "'classes' is no list of different texts"),
        (json.dumps({**COMPLETE, "schema": {}}), "'schema' is no list of columns"),
        (json.dumps({**COMPLETE, "expected": [1]}), "'expected' is no list of one prediction"),
        (
            json.dumps({**COMPLETE, "feature_names": ["caf\udce9"]}),
            "'feature_names' cannot be shown to clients: .*surrogates",
        ),
        (json.dumps({**COMPLETE, "example": [[10**30]]}), "'example' cannot be shown to clients: .*64-bit"),
        (json.dumps({**COMPLETE, "schema": [SCHEMA | {"range": [0, 10**400]}]}), "'schema' cannot be shown to clients"),
        ("[" * 100_000, "cannot be read as JSON"),
    ],
)
def test_metadata_that_misses_something_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ModelError, match=message):
        read_metadata(tmp_path / "model.json")
    with pytest.raises(ModelError, match="cannot be read"):
        read_metadata(tmp_path / "nowhere.json")


def test_a_checksum_may_be_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps({**COMPLETE, "sha256": "AB" * 32}))
    assert read_metadata(tmp_path / "model.json")["sha256"] == "ab" * 32

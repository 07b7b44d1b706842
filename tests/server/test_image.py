# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The image's build context: named by what goes in, checked before anything is written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import REPOSITORY


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A checkout's part that goes into the image."""
    folder = tmp_path / "source"
    ignore = shutil.ignore_patterns("__pycache__", "models")
    shutil.copytree(REPOSITORY / "server", folder / "server", ignore=ignore)
    for name in ("Dockerfile", ".dockerignore"):
        shutil.copy(REPOSITORY / name, folder)
    return folder


def assemble(source: Path, **options: str) -> dict:
    """Run the module as Ansible does, with its arguments on standard input; returns its result."""
    arguments = {
        "source": str(source),
        "destination": str(source.parent / "images"),
        "base": "python:3.13-slim",
        **options,
    }
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "plugins" / "modules" / "model_image_context.py")],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "collections")},
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_tag_is_of_the_content(source: Path) -> None:
    first = assemble(source)
    assert first["changed"] and Path(first["path"], "Dockerfile").is_file()
    assert assemble(source) == {**first, "changed": False}
    assert assemble(source, base="python:3.12-slim")["tag"] != first["tag"]
    (source / "server" / "model_server" / "more.py").write_text("")
    assert assemble(source)["tag"] != first["tag"]


def test_own_model_goes_in_with_its_checksum(source: Path, iris_store: Path, tmp_path: Path) -> None:
    file = tmp_path / "churn.skops"
    shutil.copy(iris_store / "iris" / "1" / "model.skops", file)
    result = assemble(source, model=str(file), model_version="7")
    about = json.loads((iris_store / "iris" / "1" / "model.json").read_text())
    assert result["models"] == [{"name": "churn", "version": "7", "sha256": about["sha256"]}]
    written = json.loads(Path(result["path"], "server/models/churn/7/model.json").read_text())
    assert written["sklearn_version"] == about["sklearn_version"]
    store = assemble(source, model=str(iris_store))
    assert store["models"][0]["name"] == "iris"
    assert store["tag"] != result["tag"]


def test_a_faulty_model_is_rejected_before_anything_is_written(source: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "broken.skops").write_text("no zip")
    (tmp_path / "empty").mkdir()
    for model, message in {
        "nowhere.skops": "does not exist",
        "notes.txt": "is not a .skops or .joblib file or a folder",
        "broken.skops": "is not a skops file",
        "empty": "has neither model.json nor",
    }.items():
        result = assemble(source, model=str(tmp_path / model))
        assert result["failed"] and message in result["msg"]
    assert not (source.parent / "images").exists()


def test_a_model_that_differs_from_its_metadata_is_rejected(source: Path, iris_store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "iris"
    shutil.copytree(iris_store / "iris" / "1", folder)
    assert "is not allowed as the name" in assemble(source, model=str(folder), model_name="../up")["msg"]
    with (folder / "model.skops").open("ab") as file:
        file.write(b"more")
    assert "does not have the sha256" in assemble(source, model=str(folder))["msg"]
    (folder / "model.json").write_text('{"file": "../model.skops", "sha256": ""}')
    assert "is not in the same folder" in assemble(source, model=str(folder))["msg"]
    (folder / "model.json").write_text('{"file": "model.skops"}')
    assert "has no 'sha256'" in assemble(source, model=str(folder))["msg"]
    assert not (source.parent / "images").exists()

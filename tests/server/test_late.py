# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Imports that the server puts off: the same names are there, whichever of them is asked for first."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import train
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import all_estimators
from support import REPOSITORY, Server

from model_server.late import PACKAGES

# Each question is answered by a process that has imported no more than what a server has before it opens a model.
ASK = """
import importlib, json, os, sys
from model_server import loading
loading.lean_sklearn(); loading.lean_skops()
for module, names in json.load(sys.stdin):
    sys.stdout.flush()
    if os.fork() == 0:
        try:
            found = importlib.import_module(module)
            for name in names:
                if getattr(found, name).__name__.rpartition(".")[2] != name:
                    print(module, name, "is another name's", flush=True)
        except BaseException as error:
            print(module, names[:3], repr(error), flush=True)
        os._exit(0)
    os.wait()
print("asked")
"""


def ask(questions: list[tuple[str, list[str]]]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps(questions),
        env={"PYTHONPATH": str(REPOSITORY / "server")},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout.splitlines()


def test_every_estimator_can_be_the_first_that_is_imported() -> None:
    questions: dict[str, list[str]] = {}
    for name, kind in all_estimators():
        questions.setdefault(kind.__module__, []).append(name)
    assert ask(list(questions.items())) == ["asked"]


def test_every_public_name_is_there() -> None:
    questions = []
    for package in sorted(PACKAGES):
        module = importlib.import_module(package)
        public = [(name, getattr(module, name)) for name in getattr(module, "__all__", []) if "Halving" not in name]
        same = [name for name, value in public if getattr(value, "__name__", "").rpartition(".")[2] == name]
        questions.append((package, same))
    assert sum(len(names) for _package, names in questions) > 500
    assert ask(questions) == ["asked"]


def loaded(server: Server) -> set[str]:
    """The compiled modules that the process has in memory."""
    maps = Path(f"/proc/{server.process.pid}/maps").read_text()
    return {line.rpartition("/")[2] for line in maps.splitlines() if line.endswith(".so")}


def test_what_predicts_nothing_stays_out(iris: Server) -> None:
    names = " ".join(loaded(iris))
    assert "_logistic_sigmoid" in names or "_multiarray_umath" in names
    for stranger in ("_stats_pythran", "_highs", "_ckdtree", "_hist", "pandas"):
        assert stranger not in names, stranger


def test_ufuncs_are_trusted_as_skops_does(tmp_path: Path) -> None:
    rows = np.arange(1.0, 13.0).reshape(4, 3)
    model = make_pipeline(FunctionTransformer(np.log1p), Ridge()).fit(rows, rows[:, 0])
    train.write(model, {"example": rows.tolist()}, tmp_path / "m" / "1")
    with Server(tmp_path) as server:
        answer = server.post("/predict", {"instances": rows.tolist()})
        assert answer.json["predictions"] == model.predict(rows).tolist()


def test_functions_that_are_no_ufuncs_are_not(tmp_path: Path) -> None:
    rows = np.arange(1.0, 13.0).reshape(4, 3)
    model = make_pipeline(FunctionTransformer(np.fromfile), RandomForestClassifier(2))
    model.steps[-1][1].fit(rows, [0, 1, 0, 1])
    train.write(model, {"example": rows.tolist()}, tmp_path / "m" / "1")
    server = Server(tmp_path)
    assert server.wait_exit() == 3
    assert "numpy.fromfile" in server.lines()[-1]["message"]

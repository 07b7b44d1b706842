# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lazy imports: the same names are there, whichever of them is used first."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import all_estimators
from support import REPOSITORY, Server

from model_server.models.lazy_imports import PACKAGES, WHEN_CALLED

# Run by a process that has imported no more than what a server has before it opens a model.
LEAN = """
import importlib, json, os, sys
from model_server.models import lazy_imports, minimal_imports
lazy_imports.install(); minimal_imports.import_sklearn(); minimal_imports.import_skops()
"""
# Each question is answered by a process of its own, so that none sees what another has imported.
ASK = """
for package, names in json.load(sys.stdin):
    for name in names:
        sys.stdout.flush()
        if os.fork() == 0:
            try:
                value = getattr(importlib.import_module(package), name)
                print(package, name, getattr(value, "__module__", ""), getattr(value, "__qualname__", repr(value)))
            except BaseException as error:
                print(package, name, repr(error))
            sys.stdout.flush()
            os._exit(0)
        os.wait()
"""


def run(program: str, question: object = None, path: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(question),
        env={"PYTHONPATH": os.pathsep.join([str(REPOSITORY / "server"), path])},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_estimator_can_be_the_first_that_is_imported() -> None:
    questions: dict[str, list[str]] = {}
    for name, kind in all_estimators():
        questions.setdefault(kind.__module__, []).append(name)
    found = run(LEAN + ASK, [(module, names[:1]) for module, names in questions.items()]).splitlines()
    assert found == [f"{module} {names[0]} {module} {names[0]}" for module, names in questions.items()]


@pytest.mark.longer
def test_every_public_name_is_the_same_object_as_without() -> None:
    """Compared with what this process has, whose packages are not lazy."""
    questions, wanted = [], []
    for package in sorted(PACKAGES):
        module = importlib.import_module(package)
        names = [
            name
            for name in getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
            if not name.startswith("Halving")  # experimental: no such name without a flag
            and hasattr(getattr(module, name), "__qualname__")
            and name not in WHEN_CALLED.get(package, ())
        ]
        questions.append((package, names))
        for name in names:
            value = getattr(module, name)
            wanted.append(f"{package} {name} {value.__module__ or ''} {value.__qualname__}")
    assert len(wanted) > 700
    found = run(LEAN + ASK, questions).splitlines()
    assert [line.replace(" None ", "  ") for line in found] == wanted


FOREIGN = """
from sklearn.linear_model import *
from scipy.stats import norm, rankdata
import scipy.optimize
import sklearn.ensemble, sklearn.metrics as metrics
from sklearn import model_selection, svm
from sklearn.base import BaseEstimator, ClassifierMixin

class Foreign(ClassifierMixin, BaseEstimator):
    def fit(self, rows, labels):
        self.inner_ = LogisticRegression().fit(rows, labels)
        self.classes_, self.n_features_in_ = self.inner_.classes_, rows.shape[1]
        return self
    def predict(self, rows):
        assert metrics.accuracy_score([1], [1]) == 1 and norm.cdf(0) == 0.5 and list(rankdata([3, 1])) == [2, 1]
        assert svm.SVC and model_selection.KFold and sklearn.ensemble.BaggingClassifier and scipy.optimize.minimize
        return self.inner_.predict(rows)
"""


def test_an_estimator_of_somebody_elses_may_import_as_it_likes(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "foreign.py").write_text(FOREIGN)
    monkeypatch.syspath_prepend(tmp_path)
    rows = np.arange(40.0).reshape(20, 2)
    model = importlib.import_module("foreign").Foreign().fit(rows, np.arange(20) > 9)
    (tmp_path / "store" / "m" / "1").mkdir(parents=True)
    file = tmp_path / "store" / "m" / "1" / "model.joblib"
    joblib.dump(model, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    described = {"file": file.name, "sha256": digest, "sklearn_version": sklearn.__version__}
    file.with_name("model.json").write_text(json.dumps(described))
    path = os.pathsep.join([str(REPOSITORY / "server"), str(tmp_path)])
    settings = {"MODEL_ALLOW_JOBLIB": "true", "MODEL_SHA256": digest, "PYTHONPATH": path}
    with Server(tmp_path / "store", **settings) as server:
        answer = server.post("/predict", {"instances": rows.tolist()})
        assert answer.json["predictions"] == model.predict(rows).tolist()


def test_stars_and_listings_show_everything() -> None:
    program = """
import sklearn.linear_model
assert "Ridge" not in vars(sklearn.linear_model)
assert "Ridge" in dir(sklearn.linear_model)
names = {}
exec("from sklearn.svm import *", names)
assert {"SVC", "LinearSVR"} <= set(names)
from sklearn.utils import all_estimators
print(len(all_estimators()))
"""
    assert int(run(LEAN + program)) == len(all_estimators())


def test_pickles_find_their_classes() -> None:
    model = make_pipeline(FunctionTransformer(np.log1p), Ridge()).fit([[1.0], [2.0]], [1, 2])
    program = "import pickle\nprint(type(pickle.loads(bytes.fromhex(json.load(sys.stdin))).steps[-1][1]))"
    assert "Ridge" in run(LEAN + program, pickle.dumps(model).hex())


def test_threads_that_ask_at_once_all_get_the_same() -> None:
    """A name that only running the whole `__init__` gives, and others, from many threads in a fresh process."""
    program = """
import threading
import sklearn.metrics, sklearn.linear_model, scipy.stats
begin = threading.Barrier(12)
asked = [(scipy.stats, "__all__"), (sklearn.linear_model, "__all__"), (sklearn.linear_model, "Ridge"),
         (scipy.stats, "norm"), (sklearn.metrics, "accuracy_score"), (sklearn.metrics, "__all__")]
found, wrong = {}, []
def ask(i):
    begin.wait()
    for turn in range(len(asked)):
        module, name = asked[(i + turn) % len(asked)]
        try:
            found.setdefault((module.__name__, name), set()).add(id(getattr(module, name)))
        except BaseException as error:
            wrong.append(repr(error))
threads = [threading.Thread(target=ask, args=(i,)) for i in range(12)]
sys.setswitchinterval(1e-5)
for thread in threads: thread.start()
for thread in threads: thread.join(60)
print(wrong, {len(ids) for ids in found.values()})
"""
    for _unused in range(5):
        assert run(LEAN + program).strip() == "[] {1}"


def test_what_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    """Names that do not exist, names that the package binds again, and an `__init__` that fails."""
    package = tmp_path / "aside"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import os\nfrom ._inner import kept, changed\nchanged = changed + 1\n"
        "if os.environ.get('BROKEN') == '1':\n    raise OSError('no such disk')\nlast = 3\n"
        "def __getattr__(name):\n    if name == 'own':\n        return 4\n    raise AttributeError(name)\n"
    )
    (package / "_inner.py").write_text("kept = 1\nchanged = 1\n")
    program = """
from model_server.models import lazy_imports
lazy_imports.PACKAGES |= {"aside"}
import aside
assert aside.kept == 1 and "last" not in vars(aside)
os.environ["BROKEN"] = "1"
try:
    aside.last
except OSError as error:
    print(error)
os.environ["BROKEN"] = "0"
print(aside.last, aside.changed, aside.own)
for statement in ("aside.nothing", "from aside import nothing"):
    try:
        exec(statement)
    except (AttributeError, ImportError) as error:
        print(type(error).__name__)
"""
    assert run(LEAN + program, path=str(tmp_path)).splitlines() == [
        "no such disk",
        "3 2 4",
        "AttributeError",
        "ImportError",
    ]


def loaded(server: Server) -> set[str]:
    """The compiled modules that the process has in memory."""
    maps = Path(f"/proc/{server.process.pid}/maps").read_text()
    return {line.rpartition("/")[2] for line in maps.splitlines() if line.endswith(".so")}


def test_what_predicts_nothing_stays_out(iris: Server) -> None:
    names = " ".join(loaded(iris))
    assert "_logistic_sigmoid" in names or "_multiarray_umath" in names
    for unused in ("_stats_pythran", "_highs", "_ckdtree", "_hist", "pandas"):
        assert unused not in names, unused

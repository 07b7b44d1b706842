# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every estimator for tabular data: what is served equals predict and predict_proba bit for bit, batched or not."""

from __future__ import annotations

import hashlib
import inspect
import json
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
import sklearn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from served.cells import as_json
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils import all_estimators
from support import Server, send

from model_server.api.auth import ApiKeys
from model_server.api.messages import Request
from model_server.inference.warm_up import prepare
from model_server.models.description import describe
from model_server.models.model import Model
from model_server.models.registry import Registry
from model_server.observe.metrics import Metrics
from model_server.process import settings as settings_table
from model_server.service.dataplane import DataPlane

FEATURES, CLIENTS = 5, 12
RANDOM = np.random.default_rng(7)
ROWS = np.abs(RANDOM.normal(1.5, 1.0, (90, FEATURES)))
CLASSES = np.array(["ash", "birch", "cedar"])[(ROWS[:, 0] > 1.2).astype(int) + (ROWS[:, 1] + ROWS[:, 2] > 3.5)]
VALUES = 0.1 + np.abs(ROWS @ np.arange(1, FEATURES + 1) + RANDOM.normal(0, 0.3, 90))
SETTINGS: SimpleNamespace = settings_table.read({})


def targets(kind: type[BaseEstimator]) -> np.ndarray:
    """What to fit this kind with."""
    if kind.__name__.startswith("MultiTask") or kind.__name__ in ("CCA", "PLSCanonical", "PLSRegression"):
        return np.column_stack([VALUES, VALUES[::-1]])
    if kind.__name__ in ("MultiOutputClassifier", "ClassifierChain"):
        return np.column_stack([CLASSES == "ash", CLASSES == "birch"]).astype(int)
    if kind.__name__ in ("MultiOutputRegressor", "RegressorChain"):
        return np.column_stack([VALUES, VALUES[::-1]])
    if "Threshold" in kind.__name__:  # two classes only
        return np.where(CLASSES == "ash", "ash", "other")
    if kind.__name__ in ("SelfTrainingClassifier", "LabelPropagation", "LabelSpreading"):  # -1 is no class yet
        return np.unique(CLASSES, return_inverse=True)[1]
    return CLASSES if is_classifier(kind) else VALUES


def is_classifier(kind: type) -> bool:
    return any(base.__name__ == "ClassifierMixin" for base in kind.__mro__)


def construct(kind: type[BaseEstimator]) -> BaseEstimator:
    """An instance with small ensembles and, where it needs some, simple inner estimators."""
    inner = LogisticRegression() if is_classifier(kind) else Ridge()
    arguments = {}
    for name, parameter in inspect.signature(kind.__init__).parameters.items():
        needed = parameter.default is inspect.Parameter.empty or kind.__name__ == "SelfTrainingClassifier"
        if name in ("estimator", "base_estimator") and needed:
            arguments[name] = inner
        elif name == "estimators":
            arguments[name] = [("a", inner), ("b", type(inner)())]
        elif name in ("param_grid", "param_distributions"):
            arguments[name] = {"C" if is_classifier(kind) else "alpha": [0.5, 1.0]}
        elif name == "n_estimators":
            arguments[name] = 12
        elif name == "random_state":
            arguments[name] = 0
        elif name == "max_iter" and isinstance(parameter.default, int):
            arguments[name] = 15 if kind.__name__.startswith("Hist") else min(parameter.default, 200)
        elif name == "nu":
            arguments[name] = 0.1
    return kind(**arguments)


def inputs(kind: type[BaseEstimator], rows: np.ndarray) -> np.ndarray:
    """Rows as this kind takes them."""
    return np.clip(np.floor(rows), 0, 2) if kind.__name__ == "CategoricalNB" else rows


def kinds() -> list[type[BaseEstimator]]:
    """Classifiers, regressors and clusterers that predict."""
    found = [k for name in ("classifier", "regressor", "cluster") for _unused, k in all_estimators(type_filter=name)]
    # Isotonic regression takes one column and no matrix; the radius model has no answer for far rows by design;
    # the halving searches are experimental and cannot be imported without a flag.
    left_out = {"IsotonicRegression", "RadiusNeighborsClassifier"}
    return [k for k in found if hasattr(k, "predict") and k.__name__ not in left_out]


@cache
def served(kind: type[BaseEstimator]) -> tuple[DataPlane, Model]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = construct(kind).fit(inputs(kind, ROWS), targets(kind))
        metadata = {"sklearn_version": "", "example": inputs(kind, ROWS[:20]).tolist()}
        model = describe("m", "1", "", metadata, estimator)
        prepare(model)
    return DataPlane(Registry([model], ""), SETTINGS, Metrics(), ApiKeys("")), model


def ask(plane: DataPlane, method: str, blocks: list[np.ndarray]) -> list:
    """One turn with a request for each block."""
    requests = []
    for block in blocks:
        body = json.dumps({"instances": block.tolist(), "method": method}).encode()
        request = Request("POST", "/predict", "", {}, body, "test")
        request.received = float("inf")  # never late
        plane.identify(request)
        requests.append(request)
    answers = dict(plane.handle(iter(requests)))
    assert [answers[r].status for r in requests] == [200] * len(requests), [answers[r].body for r in requests]
    return [json.loads(answers[request].body)["predictions"] for request in requests]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=12), seed=st.integers(0, 2**32 - 1))
@settings(
    max_examples=6, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
def test_served_answers_equal_the_estimator(kind: type[BaseEstimator], sizes: list[int], seed: int) -> None:
    plane, model = served(kind)
    random = np.random.default_rng(seed)
    blocks = [
        inputs(kind, np.abs(random.normal(1.5, random.choice([0.1, 1.0, 4.0]), (size, FEATURES)))) for size in sizes
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for method in model.methods:
            got = ask(plane, method, blocks)
            wanted = [as_json(getattr(model.estimator, method)(block)) for block in blocks]
            assert got == wanted, model.plan_names[method]


def test_over_http_every_client_gets_the_answers_to_its_own_questions(tmp_path: Path) -> None:
    """All kinds in one server, asked by many clients at once, each kind by all of them at about the same time."""
    pins, questions = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in kinds():
            name, estimator = kind.__name__, served(kind)[1].estimator
            folder = tmp_path / name / "1"
            folder.mkdir(parents=True)
            joblib.dump(estimator, folder / "model.joblib")
            digest = hashlib.sha256((folder / "model.joblib").read_bytes()).hexdigest()
            about = {"file": "model.joblib", "sha256": digest, "sklearn_version": sklearn.__version__}
            (folder / "model.json").write_text(json.dumps({**about, "example": inputs(kind, ROWS[:20]).tolist()}))
            pins.append(f"{name}/1={digest}")
            random = np.random.default_rng(len(pins))
            for _client in range(CLIENTS):
                rows = inputs(kind, np.abs(random.normal(1.5, 1.0, (int(random.integers(1, 9)), FEATURES))))
                questions.append((name, rows.tolist(), as_json(estimator.predict(rows))))

    def client(number: int) -> int:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        for name, rows, wanted in questions[number::CLIENTS]:
            answer = send(connection, "POST", f"/v1/models/{name}:predict", {"instances": rows})
            assert answer.status == 200, (name, answer.body)
            assert answer.json["predictions"] == wanted, name
        connection.close()
        return len(questions[number::CLIENTS])

    limits = {"MODEL_ALLOW_JOBLIB": "true", "MODEL_SHA256": " ".join(pins), "SERVER_ACCESS_LOG": "false"}
    with Server(tmp_path, **limits) as server, ThreadPoolExecutor(CLIENTS) as pool:
        assert sum(pool.map(client, range(CLIENTS))) == len(questions) == CLIENTS * len(kinds())

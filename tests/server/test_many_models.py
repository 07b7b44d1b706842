# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many families of estimators in one server, asked over HTTP by many clients at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pytest
import train
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from support import Server, send

FEATURES, CLIENTS, TURNS = 4, 16, 30
TRUSTED = (
    "sklearn.tree._tree.Tree,sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor,"
    "sklearn.neighbors._kd_tree.KDTree,sklearn.neural_network._stochastic_optimizers.AdamOptimizer"
)
# All of one width, so that a row that got into another model's batch would be answered, and wrongly.
MODELS: dict[str, BaseEstimator] = {
    "ada": AdaBoostClassifier(n_estimators=5, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=10, random_state=0),
    "extra": ExtraTreesClassifier(10, random_state=0),
    "forest": RandomForestClassifier(20, random_state=0),
    "forest-values": RandomForestRegressor(20, random_state=0),
    "hist": HistGradientBoostingClassifier(max_iter=20, random_state=0),
    "hist-values": HistGradientBoostingRegressor(max_iter=20, random_state=0),
    "linear": LinearRegression(),
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "bayes": GaussianNB(),
    "minmax-sgd": make_pipeline(MinMaxScaler(), SGDClassifier(random_state=0)),
    "mlp": MLPClassifier((5,), max_iter=30, random_state=0),
    "neighbors": KNeighborsClassifier(3, algorithm="brute"),
    "svc": SVC(random_state=0),
    "tree": DecisionTreeClassifier(random_state=0),
}


def fit() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(120, FEATURES))
    labels = np.array(["ash", "birch", "cedar"])[(rows[:, 0] > 0).astype(int) + (rows[:, 1] + rows[:, 2] > 0.5)]
    for name, estimator in MODELS.items():
        values = name == "linear" or name.endswith("-values")
        estimator.fit(rows, rows @ np.arange(1.0, 5.0) if values else labels)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_every_client_gets_the_answers_of_the_model_it_asked(tmp_path: Path) -> None:
    fit()
    random = np.random.default_rng(1)
    for name, estimator in MODELS.items():
        train.write(estimator, {"example": random.normal(size=(5, FEATURES)).tolist()}, tmp_path / name / "1")
    names = list(MODELS)

    def client(number: int) -> int:
        """Questions of its own, each to another model than the client beside it asks."""
        mine = np.random.default_rng(100 + number)
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        for turn in range(TURNS):
            name = names[(number + turn) % len(names)]
            estimator = MODELS[name]
            rows = mine.normal(size=(int(mine.integers(1, 9)), FEATURES))
            probabilities = hasattr(estimator, "predict_proba") and turn % 2
            outputs = [{"name": "predict"}, *([{"name": "predict_proba"}] if probabilities else [])]
            tensor = {"name": "x", "shape": list(rows.shape), "datatype": "FP64", "data": rows.ravel().tolist()}
            body = {"id": f"{number}.{turn}", "inputs": [tensor], "outputs": outputs}
            answer = send(connection, "POST", f"/v2/models/{name}/infer", body)
            assert answer.status == 200, (name, answer.body)
            assert (answer.json["model_name"], answer.json["id"]) == (name, f"{number}.{turn}")
            assert answer.json["outputs"][0]["data"] == estimator.predict(rows).tolist(), name
            if probabilities:
                assert answer.json["outputs"][1]["data"] == estimator.predict_proba(rows).ravel().tolist(), name
        connection.close()
        return TURNS

    with Server(tmp_path, MODEL_TRUSTED_TYPES=TRUSTED, SERVER_ACCESS_LOG="false") as server:
        with ThreadPoolExecutor(CLIENTS) as pool:
            assert sum(pool.map(client, range(CLIENTS))) == CLIENTS * TURNS
        engines = {model["name"]: model["engine"]["predict"] for model in server.get("/").json["models"]}
        metrics = server.metrics()
    assert {name: engines[name] for name in ("forest", "hist", "linear", "neighbors")} == {
        "forest": "fast, together",
        "hist": "fast, together",
        "linear": "fast, products apart",
        "neighbors": "estimator, together",
    }
    requests = sum(value for name, value in metrics.items() if name.startswith("model_server_batch_requests_sum"))
    batches = sum(value for name, value in metrics.items() if name.startswith("model_server_batch_rows_count"))
    assert requests >= CLIENTS * TURNS
    assert batches < requests, "no two requests were ever predicted together"

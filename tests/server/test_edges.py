# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers at the edges, in batches: the bits of the estimator's own answer, or a refusal where it refuses."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from model_server.api.auth import ApiKeys
from model_server.api.messages import Request
from model_server.inference.warm_up import prepare
from model_server.models.description import describe
from model_server.models.model import Model
from model_server.models.registry import Registry
from model_server.observe.metrics import Metrics
from model_server.process import settings
from model_server.service.dataplane import DataPlane

COLUMNS, TURNS = 4, 12
RANDOM = np.random.default_rng(5)
ROWS = RANDOM.normal(2.0, 3.0, (80, COLUMNS))
CLASSES = np.array(["ash", "birch", "cedar"])[(ROWS[:, 0] > 1).astype(int) + (ROWS[:, 1] > 2)]
VALUES = ROWS @ [1.0, 2.0, 3.0, 4.0]
EDGES = [
    *(np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 2.2e-308, 1e-45, 1e38, 3.5e38, -3.5e38, 1e154, 1e300),
    *(1.7976931348623157e308, -1.7976931348623157e308, 2.0**53 + 1, 0.1, -1.0),
]


class Shifted(Ridge):
    """A subclass that changes what its parent computes, below the method that is called."""

    def _decision_function(self, X: np.ndarray) -> np.ndarray:
        return super()._decision_function(X) + 1


class Raised(HistGradientBoostingRegressor):
    def _raw_predict(self, X: np.ndarray, n_threads: int | None = None) -> np.ndarray:
        return super()._raw_predict(X, n_threads) + 1


class Halved(StandardScaler):
    def transform(self, X: np.ndarray, copy: bool | None = None) -> np.ndarray:
        return super().transform(X, copy) / 2


SMALL = {"n_estimators": 12, "random_state": 0}
ESTIMATORS = {
    "logistic": LogisticRegression(),
    **{
        f"{type(scaler).__name__} logistic": make_pipeline(scaler, LogisticRegression())
        for scaler in (StandardScaler(), MinMaxScaler(), RobustScaler(), MaxAbsScaler(), Halved())
    },
    "two scalers": make_pipeline(MinMaxScaler((0, 1e10)), StandardScaler(), Ridge()),
    "scaled forest": make_pipeline(MinMaxScaler((0, 1e10)), RandomForestClassifier(**SMALL)),
    "scaled boosting": make_pipeline(MinMaxScaler((0, 1e10)), HistGradientBoostingClassifier(max_iter=5)),
    "scaled ridge": make_pipeline(MinMaxScaler((0, 1e10)), RidgeClassifier()),
    "imputed": make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()),
    "linear": LinearRegression(),
    "sgd": SGDClassifier(random_state=0),
    "svc": SVC(),
    "bayes": GaussianNB(),
    "tree": DecisionTreeClassifier(random_state=0),
    "forest": RandomForestClassifier(**SMALL),
    "extra trees": ExtraTreesRegressor(**SMALL),
    "gradient boosting": GradientBoostingClassifier(**SMALL),
    "histogram boosting": HistGradientBoostingClassifier(max_iter=8),
    "isolation": IsolationForest(**SMALL),
    "subclass of ridge": Shifted(),
    "subclass of boosting": Raised(max_iter=5),
}


def served(estimator: BaseEstimator) -> tuple[DataPlane, Model]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = describe("m", "1", "", {"sklearn_version": "", "example": ROWS[:9].tolist()}, estimator)
        prepare(model)
    return DataPlane(Registry([model], ""), settings.read({}), Metrics(), ApiKeys("")), model


def asked(plane: DataPlane, method: str, blocks: list[np.ndarray]) -> list[np.ndarray | int]:
    """The answers of one turn as raw tensors; the status of those that are refused."""
    requests = []
    for block in blocks:
        raw = block.tobytes()
        tensor = {"name": "x", "shape": block.shape, "datatype": f"FP{block.dtype.itemsize * 8}"}
        tensor["parameters"] = {"binary_data_size": len(raw)}
        outputs = [{"name": method, "parameters": {"binary_data": True}}]
        head = json.dumps({"inputs": [tensor], "outputs": outputs}).encode()
        headers = {"INFERENCE_HEADER_CONTENT_LENGTH": str(len(head))}
        request = Request("POST", "/v2/models/m/infer", "", headers, head + raw, "test")
        request.received = float("inf")  # never late
        plane.identify(request)
        requests.append(request)
    answers = dict(plane.handle(iter(requests)))
    return [tensor_of(answers[request]) for request in requests]


def tensor_of(answer: object) -> np.ndarray | int:
    if answer.status != 200:
        return answer.status
    length = int(dict(answer.headers)["Inference-Header-Content-Length"])
    output, raw = json.loads(answer.body[:length])["outputs"][0], answer.body[length:]
    if output["datatype"] == "BYTES":
        return raw
    kinds = {"FP64": np.float64, "FP32": np.float32, "INT64": np.int64}
    return np.frombuffer(raw, kinds[output["datatype"]]).reshape(output["shape"])


def wanted(estimator: BaseEstimator, method: str, block: np.ndarray) -> np.ndarray | int | bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = getattr(estimator, method)(block)
        except ValueError:
            return 422
    if result.dtype.kind in "OU":
        return b"".join(len(text).to_bytes(4, "little") + text.encode() for text in result.tolist())
    return result


def same(found: object, expected: object) -> bool:
    """Equal in type and every bit; a NaN has no sign, which differs between processors and orders of a sum."""
    if not isinstance(found, np.ndarray) or not isinstance(expected, np.ndarray):
        return type(found) is type(expected) and found == expected
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return False
    known = ~np.isnan(expected)
    return np.array_equal(found, expected, equal_nan=True) and found[known].tobytes() == expected[known].tobytes()


def blocks_of(random: np.random.Generator) -> list[np.ndarray]:
    """Requests of several rows, among whose numbers some are edges."""
    blocks = []
    for share in random.choice([0.0, 0.05, 0.3, 1.0], random.integers(1, 9)):
        rows = random.normal(2.0, 3.0, (int(random.integers(1, 7)), COLUMNS))
        edges = random.choice(EDGES, rows.shape)
        blocks.append(np.where(random.random(rows.shape) < share, edges, rows))
    return blocks


@pytest.mark.parametrize("name", ESTIMATORS)
def test_batches_with_numbers_at_the_edges(name: str) -> None:
    estimator = ESTIMATORS[name]
    target = VALUES if is_regressor(estimator) else CLASSES
    plane, model = served(estimator.fit(ROWS, target))
    random = np.random.default_rng(17)
    for _turn in range(TURNS):
        blocks = blocks_of(random)
        for method in model.methods:
            expected = [wanted(estimator, method, block) for block in blocks]
            for block, found, right in zip(blocks, asked(plane, method, blocks), expected, strict=True):
                assert same(found, right), (method, block, found, right)


def is_regressor(estimator: BaseEstimator) -> bool:
    return estimator.__sklearn_tags__().estimator_type == "regressor"


@pytest.mark.parametrize(
    "estimator",
    [
        Ridge(),
        LogisticRegression(),
        make_pipeline(StandardScaler(), Ridge()),
        KNeighborsRegressor(),
        MLPRegressor(hidden_layer_sizes=(4,), max_iter=30, random_state=0),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_model_that_was_fitted_in_single_precision_computes_in_it(estimator: BaseEstimator) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        target = VALUES.astype(np.float32) if is_regressor(estimator) else CLASSES
        estimator.fit(ROWS.astype(np.float32), target)
    plane, model = served(estimator)
    random = np.random.default_rng(3)
    for _turn in range(TURNS):
        blocks = [random.normal(2.0, 3.0, (size, COLUMNS)).astype(np.float32) for size in (1, 3, 2)]
        for method in model.methods:
            for block, found in zip(blocks, asked(plane, method, blocks), strict=True):
                assert same(found, wanted(estimator, method, block)), method
    assert asked(plane, "predict", [np.full((1, COLUMNS), 1e39)]) == [422]

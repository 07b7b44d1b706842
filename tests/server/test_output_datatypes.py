# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The datatype that a model's V2 metadata name for each output is the one that its answers have."""

from __future__ import annotations

import json
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from model_server.api.auth import ApiKeys
from model_server.api.messages import Request
from model_server.inference.warm_up import prepare
from model_server.models.description import describe
from model_server.models.model import Model
from model_server.models.registry import Registry
from model_server.observe.metrics import Metrics
from model_server.process import settings as settings_table
from model_server.protocols import open_inference_v2
from model_server.service.dataplane import DataPlane

SETTINGS: SimpleNamespace = settings_table.read({})
ROWS = np.random.default_rng(3).normal(size=(40, 3))
LABELS = (ROWS[:, 0] > 0).astype(int)


@cache
def models() -> dict[str, BaseEstimator]:
    """Models by what is special in their results."""
    single = ROWS.astype(np.float32)
    by_classes = {
        name: DecisionTreeClassifier(max_depth=2).fit(ROWS, LABELS.astype(dtype))
        for name, dtype in {"bool": bool, "u1": "u1", "i2": "i2", "u4": "u4", "f4": "f4", "text": "U1"}.items()
    }
    return {
        "float32 classifier": LogisticRegression().fit(single, LABELS),
        "float32 regressor": LinearRegression().fit(single, single[:, 0]),
        "float32 clusters": KMeans(2, n_init=1).fit(single),
        "float64 clusters": KMeans(2, n_init=1).fit(ROWS),
        "float32 pca": PCAThatPredicts(2).fit(single),
        "big-endian classes": DecisionTreeClassifier(max_depth=2).fit(ROWS, LABELS.astype(">i4")),
        "big-endian": BigEndian().fit(ROWS, ROWS[:, 0]),
        **{f"classes of {name}": model for name, model in by_classes.items()},
    }


class PCAThatPredicts(PCA):
    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.transform(X)[:, 0]


class BigEndian(LinearRegression):
    def predict(self, X: np.ndarray) -> np.ndarray:
        return super().predict(X).astype(">f8")


def model_of(name: str) -> Model:
    estimator = models()[name]
    model = describe("m", "1", "", {"sklearn_version": "", "example": ROWS[:5].tolist()}, estimator)
    prepare(model)
    return model


def answered(model: Model, binary: bool) -> tuple[dict, bytes]:
    """The answer with all methods as outputs, and its raw tensors."""
    plane = DataPlane(Registry([model], ""), SETTINGS, Metrics(), ApiKeys(""))
    tensor = {"name": "x", "shape": [5, 3], "datatype": "FP64", "data": ROWS[:5].tolist()}
    asked = {
        "inputs": [tensor],
        "outputs": [{"name": name} for name in model.methods],
        "parameters": {"binary_data_output": binary},
    }
    request = Request("POST", "/v2/models/m/infer", "", {}, json.dumps(asked).encode(), "test")
    request.received = float("inf")  # never late
    plane.identify(request)
    ((_unused, response),) = plane.handle(iter([request]))
    assert response.status == 200, response.body
    length = int(dict(response.headers).get("Inference-Header-Content-Length", len(response.body)))
    return json.loads(response.body[:length]), response.body[length:]


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("name", models())
def test_metadata_name_the_datatypes_that_answers_have(name: str, binary: bool) -> None:
    model = model_of(name)
    outputs, _raw = answered(model, binary)
    promised = open_inference_v2.metadata(model, ["1"])["outputs"]
    assert [(o["name"], o["datatype"]) for o in outputs["outputs"]] == [(o["name"], o["datatype"]) for o in promised]


@pytest.mark.parametrize(("name", "datatype"), [("big-endian classes", "INT32"), ("big-endian", "FP64")])
def test_raw_numbers_are_little_endian_whatever_the_model_has(name: str, datatype: str) -> None:
    model = model_of(name)
    outputs, raw = answered(model, True)
    assert outputs["outputs"][0]["datatype"] == datatype
    size = outputs["outputs"][0]["parameters"]["binary_data_size"]
    dtype = {"INT32": "<i4", "FP64": "<f8"}[datatype]
    assert np.frombuffer(raw[:size], dtype).tolist() == model.estimator.predict(ROWS[:5]).tolist()

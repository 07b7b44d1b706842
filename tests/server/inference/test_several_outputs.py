# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results of several outputs have an entry for each row, and are served so."""

from __future__ import annotations

import json

import numpy as np
import pytest
from served.cells import asked
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from model_server.api.auth import ApiKeys
from model_server.api.messages import Request
from model_server.inference.several_outputs import array_of, without_filling
from model_server.inference.warm_up import prepare
from model_server.models.description import describe
from model_server.models.model import Model
from model_server.models.registry import Registry
from model_server.observe.metrics import Metrics
from model_server.process import settings
from model_server.protocols.open_inference_v2 import metadata
from model_server.service.dataplane import DataPlane

ROWS = np.random.default_rng(5).normal(size=(60, 3))
TARGETS = np.column_stack([ROWS[:, 0] > 0, np.digitize(ROWS[:, 1], [-0.5, 0.5])]).astype(int)
CLASSES = [[0, 1], [0, 1, 2]]
FOREST = RandomForestClassifier(5, random_state=0)


def ready(estimator: object) -> Model:
    # Two rows, as many as there are outputs: a list of outputs is not taken for a list of rows.
    model = describe("m", "1", "", {"sklearn_version": "", "example": ROWS[:2].tolist()}, estimator.fit(ROWS, TARGETS))
    prepare(model)
    return model


def plane(model: Model) -> DataPlane:
    return DataPlane(Registry([model], ""), settings.read({}), Metrics(), ApiKeys(""))


def infer(model: Model, body: dict) -> dict:
    request = Request("POST", "/v2/models/m/infer", "", {}, json.dumps(body).encode(), "test")
    request.received = float("inf")
    ((_unused, response),) = plane(model).handle(iter([request]))
    return json.loads(response.body)


@pytest.mark.parametrize(
    "estimator",
    [
        MultiOutputClassifier(LogisticRegression()),
        make_pipeline(StandardScaler(), MultiOutputClassifier(LogisticRegression())),
        DecisionTreeClassifier(max_depth=3, random_state=0),
        FOREST,
        KNeighborsClassifier(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba"])
def test_probabilities_are_those_of_each_output(estimator: object, method: str) -> None:
    model = ready(estimator)
    if not hasattr(model.estimator, method):
        assert method not in model.methods
        return
    blocks = [ROWS[:1], ROWS[1:3], ROWS[3:20]]
    answers = asked(plane(model), method, [block.tolist() for block in blocks])
    for block, answer in zip(blocks, answers, strict=True):
        outputs = getattr(model.estimator, method)(block)
        wanted = [[[v if np.isfinite(v) else None for v in output[i]] for output in outputs] for i in range(len(block))]
        assert answer == wanted


def test_an_answer_has_the_classes_of_each_output_and_v2_an_array() -> None:
    model = ready(FOREST)
    assert model.classes == CLASSES
    shapes = {output["name"]: output["shape"] for output in metadata(model, ["1"])["outputs"]}
    assert (shapes["predict"], shapes["predict_proba"]) == ([-1, 2], [-1, 2, 3])
    tensor = {"name": "input", "shape": [1, 3], "datatype": "FP64", "data": ROWS[0].tolist()}
    (output,) = infer(model, {"inputs": [tensor], "outputs": [{"name": "predict_proba"}]})["outputs"]
    first, second = model.estimator.predict_proba(ROWS[:1])
    assert (output["shape"], output["datatype"]) == ([1, 2, 3], "FP64")
    assert output["data"] == [*first[0], None, *second[0]]


def test_of_other_results_nothing_is_changed() -> None:
    assert array_of([1, 2]).tolist() == [1, 2]
    assert array_of([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert array_of([np.array([1.0]), np.array([2.0])]).tolist() == [[1.0], [2.0]]
    values = np.array([[1.0]])
    assert array_of(values) is values


def test_what_fills_an_array_is_not_answered() -> None:
    joined = array_of([np.array([[0.25, 0.75]]), np.array([[0.5, 0.25, 0.25]])])
    assert np.array_equal(joined, [[[0.25, 0.75, np.nan], [0.5, 0.25, 0.25]]], equal_nan=True)
    assert without_filling(joined, CLASSES) == [[[0.25, 0.75], [0.5, 0.25, 0.25]]]

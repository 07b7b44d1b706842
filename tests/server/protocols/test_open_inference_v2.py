# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Open Inference Protocol V2, as its specification has it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from support import Server

ROWS = load_iris().data[[0, 50, 100]].tolist()
METHODS = ["predict", "predict_proba", "predict_log_proba", "decision_function"]
RANGES = [[4.3, 7.9], [2.0, 4.4], [1.0, 6.9], [0.1, 2.5]]
SPECIES = ["setosa", "versicolor", "virginica"]


def test_v2_health_and_metadata(iris: Server) -> None:
    assert iris.get("/v2").json["extensions"] == ["binary_tensor_data"]
    assert iris.get("/v2/health/live").json == {"live": True}
    assert iris.get("/v2/health/ready").json == {"ready": True}
    assert iris.get("/v2/models/iris/ready").json == {"name": "iris", "ready": True}
    assert iris.get("/v2/models/iris/versions/1").json == {
        "name": "iris",
        "versions": ["1"],
        "platform": "sklearn",
        "inputs": [
            {
                "name": name,
                "datatype": "FP64",
                "shape": [-1],
                "parameters": {"nullable": False, "range": limits, "strict": False},
            }
            for name, limits in zip(load_iris().feature_names, RANGES, strict=True)
        ],
        "outputs": [
            {"name": "predict", "datatype": "BYTES", "shape": [-1]},
            *({"name": name, "datatype": "FP64", "shape": [-1, 3]} for name in METHODS[1:]),
        ],
    }


@pytest.mark.parametrize("path", ["/v2/models/iris/infer", "/v2/models/iris/versions/1/infer"])
@pytest.mark.parametrize("data", [ROWS, [v for row in ROWS for v in row]], ids=["nested", "flat"])
def test_v2_infer(iris: Server, path: str, data: list) -> None:
    tensor = {"name": "x", "shape": [3, 4], "datatype": "FP64", "data": data}
    answer = iris.post(path, {"id": "abc", "inputs": [tensor]}).json
    assert answer == {
        "model_name": "iris",
        "model_version": "1",
        "id": "abc",
        "outputs": [{"name": "predict", "datatype": "BYTES", "shape": [3], "data": SPECIES}],
    }


def test_v2_one_tensor_a_column_and_two_outputs(iris: Server) -> None:
    columns = [
        {"name": name, "shape": [3, 1], "datatype": "FP32", "data": [row[i] for row in ROWS]}
        for i, name in reversed(list(enumerate(load_iris().feature_names)))
    ]
    outputs = [{"name": "predict_proba"}, {"name": "predict"}]
    answer = iris.post("/v2/models/iris/infer", {"inputs": columns, "outputs": outputs}).json
    assert [output["name"] for output in answer["outputs"]] == ["predict_proba", "predict"]
    assert answer["outputs"][0]["shape"] == [3, 3]
    assert answer["outputs"][1]["data"] == SPECIES


def test_every_method_of_the_model_can_be_asked(iris: Server) -> None:
    tensor = {"name": "x", "shape": [3, 4], "datatype": "FP64", "data": ROWS}
    body = {"inputs": [tensor], "outputs": [{"name": name} for name in METHODS]}
    answer = iris.post("/v2/models/iris/infer", body).json
    found = {output["name"]: np.reshape(output["data"], output["shape"]) for output in answer["outputs"]}
    assert np.array_equal(found["predict_log_proba"], np.log(found["predict_proba"]))
    assert found["decision_function"].argmax(axis=1).tolist() == [0, 1, 2]
    alone = iris.post("/predict", {"instances": ROWS, "method": "decision_function"}).json
    assert alone["predictions"] == found["decision_function"].tolist()


def test_mlservers_content_types(iris: Server) -> None:
    """The bodies are those that MLServer's codecs make of an array and of a DataFrame."""
    array = {"name": "input-0", "shape": [3, 4], "datatype": "FP64", "data": [v for row in ROWS for v in row]}
    numpy_request = {"parameters": {"content_type": "np"}, "inputs": [{**array, "parameters": {"content_type": "np"}}]}
    frame = [
        {"name": name, "shape": [3, 1], "datatype": "FP64", "data": [row[i] for row in ROWS]}
        for i, name in enumerate(load_iris().feature_names)
    ]
    for body in (numpy_request, {"parameters": {"content_type": "pd"}, "inputs": frame}):
        answer = iris.post("/v2/models/iris/infer", body)
        assert answer.status == 200, answer.json
        assert answer.json["outputs"][0]["data"] == SPECIES
    for body, where in (
        ({"inputs": [{**array, "parameters": {"content_type": "base64"}}]}, "inputs[0]"),
        ({"parameters": {"content_type": ["np"]}, "inputs": [array]}, "body"),
    ):
        refused = iris.post("/v2/models/iris/infer", body)
        assert refused.status == 422
        assert refused.json["error"].startswith(f"{where}.parameters.content_type: ")
        assert refused.json["error"].endswith(" is not taken; known: np, pd, str")


def test_the_repository_and_the_slash(iris: Server) -> None:
    assert iris.get("/v2/").json == iris.get("/v2").json
    assert iris.get("/v1/models").json == {"models": ["iris"]}
    index = [{"name": "iris", "version": "1", "state": "READY", "reason": ""}]
    assert iris.post("/v2/repository/index", {}).json == index
    assert iris.request("POST", "/v2/repository/index").json == index

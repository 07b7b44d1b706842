# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The protocols, as their specifications have them, and clients of other servers that must work unchanged."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from support import Server

ROWS = load_iris().data[[0, 50, 100]].tolist()
SPECIES = ["setosa", "versicolor", "virginica"]


def test_own_predict(iris: Server) -> None:
    answer = iris.post("/predict", {"instances": ROWS})
    assert (answer.status, answer.json) == (200, {"model": "iris", "version": "1", "predictions": SPECIES})
    named = [dict(zip(load_iris().feature_names, row, strict=True)) for row in ROWS]
    assert iris.post("/predict", {"instances": named}).json == answer.json


def test_own_predict_proba(iris: Server) -> None:
    answer = iris.post("/predict", {"instances": ROWS, "method": "predict_proba"}).json
    assert answer["classes"] == SPECIES
    assert np.argmax(answer["predictions"], axis=1).tolist() == [0, 1, 2]
    assert np.sum(answer["predictions"], axis=1) == pytest.approx(1)


def test_v1(iris: Server) -> None:
    assert iris.get("/v1/models/iris").json == {"name": "iris", "ready": True}
    assert iris.post("/v1/models/iris:predict", {"instances": ROWS}).json == {"predictions": SPECIES}


def test_v2_health_and_metadata(iris: Server) -> None:
    assert iris.get("/v2").json["extensions"] == ["binary_tensor_data"]
    assert iris.get("/v2/health/live").json == {"live": True}
    assert iris.get("/v2/health/ready").json == {"ready": True}
    assert iris.get("/v2/models/iris/ready").json == {"name": "iris", "ready": True}
    assert iris.get("/v2/models/iris/versions/1").json == {
        "name": "iris",
        "versions": ["1"],
        "platform": "sklearn",
        "inputs": [{"name": "input", "datatype": "FP64", "shape": [-1, 4]}],
        "outputs": [
            {"name": "predict", "datatype": "BYTES", "shape": [-1]},
            {"name": "predict_proba", "datatype": "FP64", "shape": [-1, 3]},
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


@pytest.mark.parametrize("binary", [True, False])
def test_tritonclient(iris: Server, binary: bool) -> None:
    from tritonclient import http

    client = http.InferenceServerClient(f"127.0.0.1:{iris.port}")
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("iris", "1")
    assert client.get_server_metadata()["name"] == "model-server"
    metadata = client.get_model_metadata("iris")
    tensor = http.InferInput(metadata["inputs"][0]["name"], [3, 4], metadata["inputs"][0]["datatype"])
    tensor.set_data_from_numpy(np.array(ROWS), binary_data=binary)
    wanted = [http.InferRequestedOutput(name, binary_data=binary) for name in ("predict", "predict_proba")]
    result = client.infer("iris", [tensor], outputs=wanted, request_id="7")
    assert result.get_response()["id"] == "7"
    labels = result.as_numpy("predict")
    assert [v.decode() if isinstance(v, bytes) else v for v in labels] == SPECIES
    assert result.as_numpy("predict_proba").argmax(axis=1).tolist() == [0, 1, 2]
    default = client.infer("iris", [tensor]).as_numpy("predict")
    assert len(default) == 3
    with pytest.raises(Exception, match="the model takes"):
        narrow = http.InferInput("x", [1, 3], "FP64")
        narrow.set_data_from_numpy(np.zeros((1, 3)), binary_data=binary)
        client.infer("iris", [narrow])
    client.close()


@pytest.mark.parametrize("protocol", ["v1", "v2"])
def test_kserve_inference_rest_client(iris: Server, protocol: str) -> None:
    from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

    async def talk() -> None:
        client = InferenceRESTClient(RESTConfig(protocol=protocol))
        url = f"http://127.0.0.1:{iris.port}"
        if protocol == "v1":
            assert await client.is_model_ready(url, "iris")
            assert await client.infer(url, {"instances": ROWS}, model_name="iris") == {"predictions": SPECIES}
        else:
            assert await client.is_server_live(url) and await client.is_server_ready(url)
            assert await client.is_model_ready(url, "iris")
            tensor = InferInput("x", [3, 4], "FP64")
            tensor.set_data_from_numpy(np.array(ROWS), binary_data=False)
            answer = await client.infer(url, InferRequest("iris", [tensor]), model_name="iris")
            assert list(answer.outputs[0].data) == SPECIES
        await client.close()

    asyncio.run(talk())


def test_inputs_are_counted_and_sampled(iris_store: Path) -> None:
    with Server(iris_store, SERVER_SAMPLE_RATE="1", SERVER_SAMPLE_REDACT="petal width (cm), none") as server:
        server.post("/predict", {"instances": ROWS})
        metrics = server.metrics()
        label = '{column="sepal length (cm)",model="iris",version="1"}'
        assert metrics['model_server_input_rows_total{model="iris",version="1"}'] == 3
        assert metrics[f"model_server_input_sum{label}"] == pytest.approx(sum(row[0] for row in ROWS))
        (sample,) = server.lines("sample")
        assert sample["inputs"]["sepal length (cm)"] == [row[0] for row in ROWS]
        assert sample["inputs"]["petal width (cm)"] == "(redacted)"
        assert sample["outputs"] == SPECIES

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients of other servers work unchanged."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from sklearn.datasets import load_iris
from support import Server

ROWS = load_iris().data[[0, 50, 100]].tolist()
SPECIES = ["setosa", "versicolor", "virginica"]


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


@pytest.mark.parametrize("given", ["frame", "array"])
def test_mlflow_scoring_server_client(iris: Server, given: str) -> None:
    import pandas
    from mlflow.pyfunc.scoring_server.client import ScoringServerClient

    client = ScoringServerClient("127.0.0.1", iris.port)
    client.ping()
    client.wait_server_ready(timeout=30)
    assert client.get_version()
    data = pandas.DataFrame(ROWS, columns=load_iris().feature_names) if given == "frame" else np.array(ROWS)
    assert client.invoke(data)["predictions"] == SPECIES
    with pytest.raises(Exception, match="the model takes"):
        client.invoke(np.zeros((1, 3)))

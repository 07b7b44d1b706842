# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients of other servers work unchanged."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from ports import free_port
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


# In a process of its own: KServe's client and Triton's bring the same names for protobuf, which Python takes once.
TRITON = """
import sys
import numpy as np
from tritonclient import grpc

client = grpc.InferenceServerClient(f"127.0.0.1:{sys.argv[1]}")
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("iris", "1")
assert client.get_server_metadata().name == "model-server"
assert [model.name for model in client.get_model_repository_index().models] == ["iris"]
metadata = client.get_model_metadata("iris", as_json=True)
assert [part["datatype"] for part in metadata["inputs"]] == ["FP64"] * 4
rows = np.array(eval(sys.argv[2]))
tensor = grpc.InferInput("input", rows.shape, "FP64")
tensor.set_data_from_numpy(rows)
wanted = [grpc.InferRequestedOutput(name) for name in ("predict", "predict_proba")]
result = client.infer("iris", [tensor], outputs=wanted, request_id="7", client_timeout=60)
assert result.get_response().id == "7"
assert result.as_numpy("predict_proba").argmax(axis=1).tolist() == [0, 1, 2]
columns = []
for part, column in zip(metadata["inputs"], rows.T):
    columns.append(grpc.InferInput(part["name"], [3], part["datatype"]))
    columns[-1].set_data_from_numpy(np.ascontiguousarray(column))
assert client.infer("iris", columns).as_numpy("predict").tolist() == result.as_numpy("predict").tolist()
try:
    client.infer("iris", columns[:3])
except grpc.InferenceServerException as error:
    assert error.status() == "StatusCode.INVALID_ARGUMENT" and "missing" in error.message(), error
else:
    raise AssertionError("not refused")
print(" ".join(value.decode() for value in result.as_numpy("predict")))
"""


@pytest.fixture(scope="module")
def grpc_port(iris_store: Path) -> Iterator[int]:
    port = free_port()
    with Server(iris_store, SERVER_GRPC_PORT=str(port)):
        yield port


def test_tritonclient_grpc(grpc_port: int) -> None:
    command = [sys.executable, "-c", TRITON, str(grpc_port), repr(ROWS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.split() == SPECIES, done.stderr


def test_kserve_inference_grpc_client(grpc_port: int) -> None:
    from kserve import InferenceGRPCClient, InferInput, InferRequest

    async def talk() -> None:
        client = InferenceGRPCClient(f"127.0.0.1:{grpc_port}")
        assert await client.is_server_live() and await client.is_server_ready() and await client.is_model_ready("iris")
        for raw in (True, False):
            tensor = InferInput("x", [3, 4], "FP64")
            tensor.set_data_from_numpy(np.array(ROWS), binary_data=raw)
            answer = await client.infer(InferRequest("iris", [tensor]))
            found = answer.outputs[0].as_numpy().ravel().tolist()
            assert [v.decode() if isinstance(v, bytes) else v for v in found] == SPECIES

    asyncio.run(talk())

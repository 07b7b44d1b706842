# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever comes in: a refusal in the one JSON shape, never a 500, and the server stays as it was."""

from __future__ import annotations

import json
import random
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from support import Server, until

ROW = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
REQUESTS = 100_000
CHECKS = [
    *(not_a_server_error, status_code_conformance, content_type_conformance),
    *(response_schema_conformance, negative_data_rejection),
]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "empty"),
        (b"{", 400, "not JSON"),
        (b"[1]", 400, "JSON object"),
        (b"[" * 100_000, 400, "not JSON"),
        (b'{"instances": [[1e999, 1, 1, 1]]}', 400, "not JSON"),
        ({}, 422, "instances: missing"),
        ({"instances": []}, 422, "at least one row"),
        ({"instances": 5}, 422, "expected a list"),
        ({"instances": [[1, 2, 3]]}, 422, "3 values, the model takes 4"),
        ({"instances": [[1, 2, 3, 4], [1, 2]]}, 422, "instances[1]: 2 values"),
        ({"instances": [[1, 2, 3, "x"]]}, 422, "instances[0][3] (petal width (cm)): expected a number, got text"),
        ({"instances": [[1, 2, 3, None]]}, 422, "got null"),
        ({"instances": [[1, 2, 3, {}]]}, 422, "got an object"),
        ({"instances": [[[1], [2], [3], [4]]]}, 422, "got a list"),
        ({"instances": [{"a": 1}]}, 422, "unknown a"),
        ({"instances": [[1, 2, 3, 4]], "method": "fit"}, 422, "method"),
        ({"instances": [[1, 2, 3, 4]], "method": ["predict"]}, 422, "method"),
        ({"instances": [[1, 2, 3, 4]], "more": 1}, 422, "unknown field"),
        ({"instances": [[10**400, 2, 3, 4]]}, (400, 422), ""),
    ],
)
def test_bad_input_is_named(iris: Server, body, status, message: str) -> None:
    answer = iris.post("/predict", body)
    assert answer.status in (status if isinstance(status, tuple) else (status,)), answer.body
    assert set(answer.json) == {"error", "code", "status", "request_id"}
    assert message in answer.json["error"]


def test_limits(start: Callable[..., Server], iris_store: Path) -> None:
    server = start(iris_store, SERVER_MAX_BODY_BYTES="2000", SERVER_MAX_ROWS="3", SERVER_READ_TIMEOUT_SECONDS="1")
    server.wait_ready()
    assert server.post("/predict", {"instances": [[1, 2, 3, 4]] * 4}).json["code"] == "TooLarge"
    assert server.post("/predict", b"x" * 2000).status == 400
    assert server.post("/predict", b"x" * 2001).status == 413
    assert server.get("/health", headers={"X-Long": "x" * 20_000}).status == 431
    assert server.post("/predict", ROW, headers={"Content-Encoding": "gzip"}).status == 415
    assert server.get("/predict").headers["Allow"] == "POST"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as slow:
        slow.sendall(b"POST /predict HTTP/1.1\r\nContent-Le")
        assert slow.recv(1) == b""


def test_a_client_that_stops_reading_is_cut(start: Callable[..., Server], iris_store: Path) -> None:
    server = start(iris_store, SERVER_MAX_ROWS="150000", SERVER_READ_TIMEOUT_SECONDS="5").wait_ready()
    answered = 'model_server_requests_total{code="200",model="iris",route="/predict",version="1"}'
    body = json.dumps({"instances": ROW["instances"] * 150_000, "method": "predict_proba"}).encode()
    with socket.socket() as client:
        client.settimeout(30)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that the answer stays with the server
        client.connect(("127.0.0.1", server.port))
        client.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        until(lambda: server.metrics().get(answered) == 1)
        until(lambda: server.metrics()["model_server_connections"] == 1)
        until(lambda: server.metrics()["model_server_connections"] == 0)


def test_api_key(start: Callable[..., Server], iris_store: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("first\nsecond\n")
    server = start(iris_store, SERVER_API_KEYS_FILE=str(tmp_path / "keys")).wait_ready()
    assert server.get("/health").status == 200
    for path in ("/predict", "/v2/models/iris/infer"):
        refused = server.post(path, ROW)
        assert (refused.status, refused.json["code"], refused.headers["WWW-Authenticate"]) == (
            401,
            "Unauthorized",
            "Bearer",
        )
    assert server.get("/openapi.json").status == 401
    assert server.post("/predict", ROW, headers={"Authorization": "Bearer third"}).status == 401
    assert server.post("/predict", ROW, headers={"Authorization": "Bearer second"}).status == 200
    assert server.post("/predict", ROW, headers={"X-Api-Key": "first"}).status == 200


def test_request_id_is_taken_over(iris: Server) -> None:
    assert iris.post("/predict", ROW, headers={"X-Request-Id": "mine-1"}).headers["X-Request-Id"] == "mine-1"
    forged = iris.post("/predict", ROW, headers={"X-Request-Id": 'x","level":"ERROR'})
    assert re.fullmatch(r"[0-9a-f]+-[0-9a-f]+", forged.headers["X-Request-Id"])
    line = iris.line_of("mine-1")
    assert (line["status"], line["path"]) == (200, "/predict")


def test_labels_are_bounded(iris: Server) -> None:
    for i in range(50):
        assert iris.post(f"/v1/models/m{i}:predict", ROW).status == 404
        assert iris.get(f"/nowhere/{i}").status == 404
    assert not [sample for sample in iris.metrics() if re.search(r"m\d|nowhere", sample)]


def test_openapi_document_is_what_is_served(iris: Server) -> None:
    """Requests made from the document, right and wrong ones."""
    schema = schemathesis.openapi.from_dict(iris.get("/openapi.json").json)
    schema.config.base_url = f"http://127.0.0.1:{iris.port}"

    for operation in schema.get_all_operations():
        run_operation(operation.ok())


def run_operation(operation) -> None:
    from hypothesis import given

    @given(case=operation.as_strategy())
    @hypothesis_settings(
        max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
    )
    def ask(case) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()


def mutation(source: random.Random, last: bool) -> bytes:
    """One malformed request: cut, bent, or made of what does not belong together.

    :param last: of its connection. Only then the head is bent too, since a bad head ends the connection.
    """
    bodies = [
        b'{"instances": [[5.1, 3.5, 1.4, 0.2]]}',
        b'{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[1,2,3,4]}]}',
        b'{"instances": [[1,2,3,4]], "method": "predict_proba"}',
    ]
    paths = [b"/predict", b"/v1/models/iris:predict", b"/v2/models/iris/infer", b"/v2/models/%2e%2e/infer", b"/x"]
    body = bytearray(source.choice(bodies))
    for _unused in range(source.randint(1, 4)):
        i = source.randrange(len(body) + 1)
        insert = source.choice([b"", b"{", b"]", b'"', b"null", b"-", b"\xff", b"1e9", b"[", b"\\u0000", b"true", b","])
        body[i : i + source.randint(0, 3)] = insert
    lines = [b"POST " + source.choice(paths) + b" HTTP/1.1", b"Host: x"]
    if last:
        lines.append(b"Connection: close")
        lines.append(source.choice([b"Inference-Header-Content-Length: 9", b"Expect: x", b"X: \x00", b"Accept: ,,;q"]))
    length = len(body)
    return b"\r\n".join([*lines, b"Content-Length: %d" % length, b"", bytes(body)])


def test_a_hundred_thousand_malformed_requests(start: Callable[..., Server], iris_store: Path) -> None:
    server = start(iris_store, SERVER_ACCESS_LOG="false").wait_ready()
    source = random.Random(1)
    statuses: dict[int, int] = {}
    sent = 0
    memory = []
    while sent < REQUESTS:
        sent += send_many(server, [mutation(source, last=i == 499) for i in range(500)], statuses)
        if sent % 20_000 == 0:
            memory.append(server.metrics()["process_resident_memory_bytes"])
    assert set(statuses) <= {200, 400, 404, 422}, statuses
    assert statuses[400] > 10_000 and statuses[422] > 1_000, statuses
    assert memory[-1] - memory[1] < 4 * 2**20, memory
    assert server.post("/predict", ROW).status == 200


def send_many(server: Server, requests: list[bytes], statuses: dict[int, int]) -> int:
    """Pipeline them on one connection and check every answer; returns how many were answered."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(b"".join(requests))
        data = bytearray()
        while part := connection.recv(2**20):
            data += part
    answered = position = 0
    while position < len(data):
        end = data.index(b"\r\n\r\n", position) + 4
        length = int(re.search(rb"Content-Length: (\d+)", data[position:end])[1])
        status = int(data[position + 9 : position + 12])
        statuses[status] = statuses.get(status, 0) + 1
        body = data[end : end + length]
        if status != 200:
            assert json.loads(body).keys() == {"error", "code", "status", "request_id"}, body
        position = end + length
        answered += 1
    assert answered == len(requests)
    return answered

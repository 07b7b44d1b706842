# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gRPC port of a really started server."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import grpc
import numpy as np
import pytest
from certificates import AUTHORITY, Secret, make
from grpc_calls import ROWS, SPECIES, Calls, calls, raw_infer, typed_infer
from ports import free_port
from support import ROW, Server, until

from model_server.protocols.inference_messages import message
from model_server.rpc.port import address_of, most_messages

CODE = grpc.StatusCode


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(iris_store: Path, port: int) -> Iterator[Server]:
    with Server(iris_store, SERVER_GRPC_PORT=str(port), SERVER_READ_TIMEOUT_SECONDS="1") as server:
        yield server


@pytest.fixture
def client(server: Server, port: int) -> Iterator[Calls]:
    with calls(port) as client:
        yield client


def refused(client: Calls, method: str, /, **more) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        client(method, **more)
    return caught.value.code(), caught.value.details()


def outputs(answer) -> dict[str, list]:
    """The values of an answer with typed contents, by name."""
    return {
        output.name: list(next(iter(values for _unused, values in output.contents.ListFields())))
        for output in answer.outputs
    }


def test_there_is_no_port_and_nothing_is_imported_unless_it_is_asked_for(iris: Server) -> None:
    assert not libraries(iris) & {"cygrpc", "_message"}


def test_with_it_the_libraries_are_there(server: Server) -> None:
    assert libraries(server) >= {"cygrpc", "_message"}


def libraries(server: Server) -> set[str]:
    """The names of the compiled modules that the process has loaded."""
    lines = Path(f"/proc/{server.process.pid}/maps").read_text(encoding="utf-8").splitlines()
    return {Path(line.split()[-1]).name.partition(".")[0] for line in lines if line.endswith(".so")}


def test_raw_and_typed_tensors_are_answered_alike(server: Server, client: Calls) -> None:
    both = ["predict", "predict_proba"]
    raw = client("ModelInfer", **raw_infer(outputs=both, id="7", model_version="1"))
    assert (raw.id, raw.model_name, raw.model_version) == ("7", "iris", "1")
    assert [(o.name, o.datatype, list(o.shape)) for o in raw.outputs] == [
        ("predict", "BYTES", [3]),
        ("predict_proba", "FP64", [3, 3]),
    ]
    typed = client("ModelInfer", **typed_infer(outputs=[{"name": name} for name in both]))
    assert not typed.raw_output_contents
    values = outputs(typed)
    assert values["predict"] == [name.encode() for name in SPECIES]
    assert values["predict_proba"] == np.frombuffer(raw.raw_output_contents[1]).tolist()
    asked = {"instances": ROWS.tolist(), "method": "predict_proba"}
    assert np.reshape(values["predict_proba"], (3, 3)).tolist() == server.post("/predict", asked).json["predictions"]


def test_one_tensor_a_column(client: Calls) -> None:
    described = client("ModelMetadata", name="iris").inputs
    inputs = [
        {"name": part.name, "datatype": "FP64", "shape": [3], "contents": {"fp64_contents": column}}
        for part, column in zip(described, ROWS.T, strict=True)
    ]
    answer = client("ModelInfer", model_name="iris", inputs=inputs[::-1])
    assert outputs(answer)["predict"] == [name.encode() for name in SPECIES]


def test_calls_are_counted_logged_and_named_like_requests(server: Server, client: Calls) -> None:
    method = client.channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
    body = message("ModelInferRequest")(**raw_infer()).SerializeToString()

    def asked(request_id: str) -> dict:
        _unused, call = method.with_call(body, metadata=[("x-request-id", request_id)], timeout=60)
        assert dict(call.initial_metadata())["x-request-id"] == request_id
        return server.line_of(request_id)  # counted and logged after the answer, so the line is waited for

    line = asked("mine-1")
    assert (line["path"], line["status"], line["client"]) == (
        "/inference.GRPCInferenceService/ModelInfer",
        200,
        "127.0.0.1",
    )
    route = 'route="/inference.GRPCInferenceService/ModelInfer"'
    counted = f'model_server_requests_total{{code="200",model="iris",{route},version="1"}}'
    before = server.metrics()[counted]
    asked("mine-2")
    after = server.metrics()
    assert after[counted] == before + 1
    assert after[f'model_server_request_duration_seconds_count{{model="iris",{route},version="1"}}'] == before + 1


TENSOR = {"name": "x", "datatype": "FP64", "shape": [1, 4]}
TYPED = {**TENSOR, "contents": {"fp64_contents": [1.0, 2, 3, 4]}}
BAD = {
    "no message": {"asked": b"\xff\xff\xff"},
    "an empty one": {"asked": b""},
    "a text that is no UTF-8": {"asked": b"\x0a\x02\xff\xfe"},
    "no tensor": {"model_name": "iris"},
    "another width": raw_infer(ROWS[:, :3]),
    "values that do not fill the shape": {"inputs": [{**TYPED, "shape": [2, 4]}]},
    "raw bytes that do not fill the shape": {"inputs": [TENSOR], "raw_input_contents": [bytes(31)]},
    "more raw tensors than tensors": {"inputs": [TENSOR], "raw_input_contents": [bytes(32)] * 2},
    "both": {"inputs": [TYPED], "raw_input_contents": [bytes(32)]},
    "contents of another type": {"inputs": [{**TENSOR, "contents": {"int_contents": [1, 2, 3, 4]}}]},
    "contents of two types": {"inputs": [{**TYPED, "contents": {**TYPED["contents"], "int_contents": [1]}}]},
    "a datatype that is none": {"inputs": [{**TYPED, "datatype": "FP8"}]},
    "half floats in contents": {"inputs": [{**TYPED, "datatype": "FP16"}]},
    "a negative one": {"inputs": [{**TENSOR, "shape": [-1, 4]}], "raw_input_contents": [b""]},
    "a huge shape": {"inputs": [{**TENSOR, "shape": [1, 2**62, 2**62]}], "raw_input_contents": [b""]},
    "no sizes": {"inputs": [{**TENSOR, "shape": []}], "raw_input_contents": [b""]},
    "no rows": {"inputs": [{**TENSOR, "shape": [0, 4]}], "raw_input_contents": [b""]},
    "a number beyond its type": {
        "inputs": [{**TENSOR, "datatype": "INT8", "contents": {"int_contents": [1, 2, 3, 300]}}]
    },
    "a text that overruns": {
        "inputs": [{**TENSOR, "datatype": "BYTES"}],
        "raw_input_contents": [b"\xff\xff\xff\xff" + b"a" * 60],
    },
    "texts": {"inputs": [{**TENSOR, "datatype": "BYTES", "contents": {"bytes_contents": [b"a"] * 4}}]},
    "infinity": {"inputs": [{**TENSOR, "contents": {"fp64_contents": [np.inf] * 4}}]},
    "a method that is none": raw_infer(outputs=["fit"]),
    "many tensors": {"inputs": [TYPED] * 5000},
    "a tensor twice": {"inputs": [TYPED] * 2},
}


@pytest.mark.parametrize("given", BAD.values(), ids=BAD)
def test_what_the_client_can_mend_is_an_invalid_argument(server: Server, client: Calls, given: dict) -> None:
    code, details = refused(client, "ModelInfer", **given)
    assert code is CODE.INVALID_ARGUMENT and details
    assert "model_server_failures_total" not in "".join(server.metrics())


def test_other_refusals(client: Calls) -> None:
    assert refused(client, "ModelInfer", **raw_infer(model_name="no")) == (
        CODE.NOT_FOUND,
        "no model 'no'; served are: iris/1",
    )
    assert refused(client, "ModelInfer", **raw_infer(model_version="2"))[0] is CODE.NOT_FOUND
    assert refused(client, "ModelReady", name="no") == (CODE.NOT_FOUND, "no such model or version")
    assert refused(client, "ModelInfer", **raw_infer(np.zeros((10_001, 4))))[0] is CODE.RESOURCE_EXHAUSTED
    assert refused(client, "ModelInfer", asked=bytes(11 * 2**20))[0] is CODE.RESOURCE_EXHAUSTED
    zipped = {"asked": bytes(60 * 2**20), "compression": grpc.Compression.Gzip}
    assert refused(client, "ModelInfer", **zipped)[0] is CODE.RESOURCE_EXHAUSTED
    packed = client("ModelInfer", compression=grpc.Compression.Gzip, **raw_infer())
    assert len(packed.raw_output_contents) == 1
    with pytest.raises(grpc.RpcError) as caught:
        client.channel.unary_unary("/inference.GRPCInferenceService/ModelStreamInfer")(b"", timeout=60)
    assert caught.value.code() is CODE.UNIMPLEMENTED


def test_fields_are_counted_before_they_are_parsed(server: Server, client: Calls) -> None:
    """Each of the two bytes would take a hundred as a message of its own."""
    code, details = refused(client, "ModelInfer", asked=b"\x2a\x00" * (5 * 2**20))
    assert code is CODE.RESOURCE_EXHAUSTED and "more than 250000 fields" in details
    nested = b"\x2a" + varint(2 * 2**20) + b"\x22\x00" * 2**20
    assert refused(client, "ModelInfer", asked=nested)[0] is CODE.RESOURCE_EXHAUSTED


def varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def test_a_message_that_does_not_come_is_not_waited_for(client: Calls) -> None:
    begun, ended = time.monotonic(), threading.Event()

    def nothing() -> Iterator[bytes]:
        ended.wait(30)
        yield b""

    method = client.channel.stream_unary("/inference.GRPCInferenceService/ModelInfer")
    with pytest.raises(grpc.RpcError) as caught:
        method(nothing(), timeout=60)
    ended.set()
    assert caught.value.code() is CODE.DEADLINE_EXCEEDED and "did not come within 1 s" in caught.value.details()
    assert time.monotonic() - begun < 20


def test_messages_that_do_not_come_hold_up_neither_port(server: Server, port: int, client: Calls) -> None:
    ended = threading.Event()

    def nothing() -> Iterator[bytes]:
        ended.wait(30)
        yield b""

    with calls(port, use_local_subchannel_pool=1) as slow:
        method = slow.channel.stream_unary("/inference.GRPCInferenceService/ModelInfer")
        held = [method.future(nothing(), timeout=60) for _unused in range(60)]
        assert server.post("/predict", ROW).json["predictions"] == ["setosa"]
        assert client("ServerReady").ready
        assert len(client("ModelInfer", **raw_infer()).raw_output_contents) == 1
        assert all(one.code() in (CODE.DEADLINE_EXCEEDED, CODE.CANCELLED) for one in held)
        ended.set()


def test_a_call_that_is_given_up_leaves_the_port_as_it_was(server: Server, client: Calls) -> None:
    with server.paused():
        with pytest.raises(grpc.RpcError) as caught:
            client("ModelInfer", timeout=0.2, **raw_infer())
        assert caught.value.code() is CODE.DEADLINE_EXCEEDED
    assert client("ServerLive").live
    assert len(client("ModelInfer", **raw_infer()).raw_output_contents) == 1


def test_calls_and_requests_make_one_batch(server: Server, client: Calls) -> None:
    batches = 'model_server_batch_requests_sum{model="iris",version="1"}'
    counted = 'model_server_batch_requests_count{model="iris",version="1"}'
    before = server.metrics()
    with server.paused():
        method = client.channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        body = message("ModelInferRequest")(**raw_infer()).SerializeToString()
        pending = [method.future(body, timeout=60) for _unused in range(16)]
        time.sleep(0.5)  # until the kernel has them
    for one in pending:
        one.result()
    after = server.metrics()
    assert after[batches] - before[batches] == 16
    assert after[counted] - before[counted] < 16


def test_keys_are_needed_but_for_health(iris_store: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("secret\n")
    port = free_port()
    with (
        Server(iris_store, SERVER_GRPC_PORT=str(port), SERVER_API_KEYS_FILE=str(keys)),
        calls(port) as client,
    ):
        assert client("ServerLive").live and client("ServerReady").ready
        for name, more in {"ModelInfer": raw_infer(model_name="no"), "ModelMetadata": {"name": "no"}}.items():
            assert refused(client, name, **more)[0] is CODE.UNAUTHENTICATED
            wrong = [("authorization", "Bearer guess")]
            assert refused(client, name, metadata=wrong, **more)[0] is CODE.UNAUTHENTICATED
        for metadata in ([("authorization", "Bearer secret")], [("x-api-key", "secret")]):
            assert len(client("ModelInfer", metadata=metadata, **raw_infer()).raw_output_contents) == 1
        assert refused(client, "ServerMetadata")[0] is CODE.UNAUTHENTICATED


def test_tls_with_a_certificate_that_changes(iris_store: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    secret = Secret(tmp_path / "secret")
    port = free_port()
    with Server(iris_store, SERVER_GRPC_PORT=str(port), **secret.settings) as server:
        trusted = grpc.ssl_channel_credentials(AUTHORITY)
        with calls(port, trusted, use_local_subchannel_pool=1) as client:
            assert client("ServerReady").ready
        secret.write(*make())
        until(lambda: server.lines("certificate reloaded"))
        with calls(port, trusted, use_local_subchannel_pool=1) as client:
            assert len(client("ModelInfer", **raw_infer()).raw_output_contents) == 1
        with calls(port) as plain:
            assert refused(plain, "ServerLive", timeout=5)[0] is CODE.UNAVAILABLE


def test_no_call_fails_while_it_drains(iris_store: Path) -> None:
    """Clients call without a pause, through what a Service is: new connections go to the pods that are ready."""
    settings = {"SERVER_DRAIN_SECONDS": "4", "SERVER_PROCESSES": "2"}
    first, second = free_port(), free_port()
    with (
        Server(iris_store, SERVER_GRPC_PORT=str(second)),
        Server(iris_store, SERVER_GRPC_PORT=str(first), **settings) as drained,
        Forwarder(first) as service,
    ):
        answered, failed, stop = [], [], threading.Event()

        def work() -> None:
            with calls(service.port, use_local_subchannel_pool=1) as client:
                while not stop.is_set():
                    try:
                        client("ModelInfer", **raw_infer())
                        answered.append(time.monotonic())
                    except grpc.RpcError as error:
                        failed.append((time.monotonic(), error.code(), error.details()))

        workers = [threading.Thread(target=work) for _unused in range(4)]
        for worker in workers:
            worker.start()
        until(lambda: len(answered) > 20)
        service.target = second
        drained.process.send_signal(signal.SIGTERM)
        assert drained.wait_exit() == 0
        ended = time.monotonic()
        until(lambda: answered[-1] > ended)
        stop.set()
        for worker in workers:
            worker.join()
    assert failed == []
    assert "unanswered" not in "".join(drained.log)


class Forwarder:
    """Passes the bytes of each connection to and from the port that is the target when it is made."""

    def __init__(self, target: int):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self) -> Forwarder:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self.listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _unused = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


def test_workers_share_the_port(iris_store: Path) -> None:
    port = free_port()
    with Server(iris_store, SERVER_GRPC_PORT=str(port), SERVER_PROCESSES="2") as server:
        for _unused in range(32):
            with calls(port, use_local_subchannel_pool=1) as client:
                client("ModelInfer", **raw_infer())
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        assert len(children) == 2
        # A worker that dies is replaced, and its successor opens the port too.
        os.kill(int(children[0]), signal.SIGKILL)
        until(lambda: server.lines("worker ended, starting another"))
        until(lambda: len(server.lines("ready")) == 3)
        for _unused in range(16):
            with calls(port, use_local_subchannel_pool=1) as client:
                assert len(client("ModelInfer", **raw_infer()).raw_output_contents) == 1


def test_a_port_that_is_taken_ends_the_server(iris_store: Path, start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = start(iris_store, SERVER_GRPC_PORT=str(taken.getsockname()[1]))
        assert server.wait_exit() == 4
    assert "SERVER_GRPC_PORT" in "".join(server.log)


def test_an_image_without_grpc_says_what_is_missing(iris_store: Path, tmp_path: Path) -> None:
    (tmp_path / "grpc.py").write_text("raise ImportError('No module named grpc')")
    command = (
        "-c",
        f"import sys, runpy; sys.path.insert(0, {str(tmp_path)!r}); "
        "runpy.run_module('model_server', run_name='__main__')",
    )
    settings = {"SERVER_GRPC_PORT": str(free_port()), "SERVER_PROCESSES": "2"}
    server = Server(iris_store, command=command, **settings)
    assert server.wait_exit() == 2
    assert "needs the extra grpc" in "".join(server.log)


def test_addresses() -> None:
    assert address_of("ipv4:10.0.0.1:4711") == "10.0.0.1"
    assert address_of("ipv6:%5B::1%5D:4711") == "::1"
    assert address_of("unix:") == ""


def test_the_budget_of_bytes_bounds_the_messages_in_memory() -> None:
    def most(buffered: int, body: int) -> int:
        return most_messages(SimpleNamespace(server_max_buffered_bytes=buffered, server_max_body_bytes=body))

    assert (most(256, 10), most(0, 10), most(1, 10), most(10_000, 1)) == (25, 64, 1, 64)

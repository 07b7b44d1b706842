# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls of the gRPC port, with the server's own messages and nothing else of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
import numpy as np
from sklearn.datasets import load_iris

from model_server.protocols.inference_messages import message

ROWS = load_iris().data[[0, 50, 100]]
SPECIES = ["setosa", "versicolor", "virginica"]


class Calls:
    """A client on one channel."""

    def __init__(self, channel: grpc.Channel):
        self.channel = channel

    def __call__(self, method: str, /, asked: bytes | None = None, timeout: float = 60, **more: Any) -> Any:
        """Call the method of this name with a message's fields, or with bytes in their place."""
        metadata = more.pop("metadata", None)
        compression = more.pop("compression", None)
        body = message(f"{method}Request")(**more).SerializeToString() if asked is None else asked
        call = self.channel.unary_unary(f"/inference.GRPCInferenceService/{method}")
        answer = call(body, timeout=timeout, metadata=metadata, compression=compression)
        return message(f"{method}Response").FromString(answer)


@contextmanager
def calls(port: int, credentials: grpc.ChannelCredentials | None = None, **options: int) -> Iterator[Calls]:
    given = [(f"grpc.{name}", value) for name, value in options.items()]
    address = f"127.0.0.1:{port}"
    secured = credentials is not None
    with (
        grpc.secure_channel(address, credentials, given)
        if secured
        else grpc.insecure_channel(address, given) as channel
    ):
        yield Calls(channel)


def raw_infer(rows: np.ndarray = ROWS, outputs: Sequence[str] = (), **more: Any) -> dict:
    """The fields of a ModelInfer whose one tensor is raw."""
    tensor = {"name": "input", "datatype": "FP64", "shape": rows.shape}
    return {
        "model_name": "iris",
        "inputs": [tensor],
        "outputs": [{"name": name} for name in outputs],
        "raw_input_contents": [np.ascontiguousarray(rows, "<f8").tobytes()],
        **more,
    }


def typed_infer(rows: np.ndarray = ROWS, **more: Any) -> dict:
    contents = {"fp64_contents": rows.ravel()}
    tensor = {"name": "input", "datatype": "FP64", "shape": rows.shape, "contents": contents}
    return {"model_name": "iris", "inputs": [tensor], **more}

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Request ids, and the labels of metrics."""

from __future__ import annotations

import gzip
import re
from types import SimpleNamespace

import pytest
from support import ROW, Server

from model_server.api.auth import ApiKeys
from model_server.api.errors import RequestError
from model_server.api.messages import Request, Response
from model_server.models.registry import Registry
from model_server.observe.metrics import Metrics
from model_server.process import settings
from model_server.service.dataplane import DataPlane
from model_server.service.routing import Route


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


@pytest.mark.parametrize("part", ["decode", "encode", "batcher", "inputs"])
@pytest.mark.parametrize("error", [MemoryError("full"), SystemExit(1), AttributeError("x")])
def test_what_raises_in_one_part_is_answered_for(part: str, error: BaseException) -> None:
    def fail(*_unused: object) -> None:
        raise error

    plane = DataPlane(Registry([], ""), settings.read({}), Metrics(), ApiKeys(""))
    model = SimpleNamespace(name="m", version="1")
    call = SimpleNamespace(rows=[1], error=None, result=None)
    decode = fail if part == "decode" else lambda *_unused: [call]
    encode = fail if part == "encode" else lambda _calls: Response(200, b"{}")
    plane.batcher = SimpleNamespace(run=fail if part == "batcher" else lambda _calls: None)
    plane.inputs = SimpleNamespace(observe=fail if part == "inputs" else lambda *_unused: None)
    plane.router.resolved["/predict"] = Route("/predict", model, decode, encode)
    request = Request("POST", "/predict", "", {}, b"{}", "127.0.0.1")
    request.request_id = "mine"
    ((_unused, response),) = plane.handle(iter([request]))
    assert response.status == (200 if part == "inputs" else 500)
    where = "predict" if part == "batcher" else part
    assert plane.metrics.counters["model_server_failures"] == {(where,): 1}


def test_a_body_is_not_kept_unpacked() -> None:
    """Only what arrived is counted among the bytes in memory."""
    plane = DataPlane(Registry([], ""), settings.read({}), Metrics(), ApiKeys(""))
    bodies = []

    def decode(request: Request, *_unused: object) -> list:
        bodies.append(request.body)
        raise RequestError(422, "seen")

    plane.router.resolved["/predict"] = Route("/predict", SimpleNamespace(name="m", version="1"), decode, None)
    packed = gzip.compress(b"{}" * 100)
    request = Request("POST", "/predict", "", {"CONTENT_ENCODING": "gzip"}, packed, "127.0.0.1")
    request.request_id = "mine"
    ((_unused, response),) = plane.handle(iter([request]))
    assert (response.status, bodies, request.body) == (422, [b"{}" * 100], packed)

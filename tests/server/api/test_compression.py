# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""gzip of bodies, in and out."""

from __future__ import annotations

import gzip

import pytest
from support import BODY, ROW, Server

from model_server.api.compression import LEAST_BYTES, packed, takes_gzip, unpacked
from model_server.api.errors import RequestError
from model_server.api.messages import Request, Response


def request(body: bytes = b"", **headers: str) -> Request:
    return Request("POST", "/predict", "", headers, body, "test")


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", " GZIP "])
def test_a_body_is_unpacked(encoding: str) -> None:
    assert unpacked(request(gzip.compress(BODY), CONTENT_ENCODING=encoding), len(BODY)) == BODY
    assert unpacked(request(BODY, CONTENT_ENCODING="identity"), 1) == BODY


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (BODY, "gzip", 400),
        (gzip.compress(BODY)[:-3], "gzip", 400),
        (gzip.compress(BODY) * 2, "gzip", 400),
        (b"", "gzip", 400),
        (gzip.compress(bytes(10**7)), "gzip", 413),
        (BODY, "br", 415),
        (BODY, "gzip, gzip", 415),
    ],
)
def test_what_is_no_gzip_or_too_large_is_refused(body: bytes, encoding: str, status: int) -> None:
    with pytest.raises(RequestError) as refused:
        unpacked(request(body, CONTENT_ENCODING=encoding), 10**6)
    assert refused.value.status == status


def test_long_answers_are_packed_for_clients_that_take_it() -> None:
    long, short = Response(200, b"x" * LEAST_BYTES), Response(200, b"x")
    answer = packed(request(ACCEPT_ENCODING="gzip, deflate"), long)
    assert gzip.decompress(answer.body) == long.body
    assert dict(answer.headers) == {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    assert packed(request(ACCEPT_ENCODING="gzip"), short) is short
    assert packed(request(ACCEPT_ENCODING="br"), long) is long


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip; q=0", False),
        ("gzip;q=0.0, br", False),
        ("", False),
        ("*", False),
    ],
)
def test_who_takes_gzip(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) == takes


def test_over_http(iris: Server) -> None:
    answer = iris.post("/predict", gzip.compress(BODY), headers={"Content-Encoding": "gzip"})
    assert answer.json["predictions"] == ["setosa"]
    many = {"instances": ROW["instances"] * 1000}
    answer = iris.post("/predict", many, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.body) < LEAST_BYTES
    assert gzip.decompress(answer.body) == iris.post("/predict", many).body
    assert iris.post("/predict", ROW, headers={"Content-Encoding": "br"}).status == 415

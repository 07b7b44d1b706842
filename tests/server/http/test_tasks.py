# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers that waitress writes, on both ports."""

from __future__ import annotations

import pytest
from support import Server

LONG = "/" + "x" * 20_000


@pytest.mark.parametrize("port", ["port", "operations_port"])
@pytest.mark.parametrize(("path", "status"), [("/health", 200), ("/nowhere", 404), (LONG, 431)])
def test_each_has_the_clients_id_and_head_no_body(iris: Server, port: str, path: str, status: int) -> None:
    for method in ("GET", "HEAD"):
        asked = {"headers": {"X-Request-Id": "r-1"}} if len(path) < 100 else {}
        answer = iris.request(method, path, port=getattr(iris, port), **asked)
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Request-Id"] == "r-1" if asked else len(answer.headers["X-Request-Id"]) > 12
        assert bool(answer.body) is (method == "GET")

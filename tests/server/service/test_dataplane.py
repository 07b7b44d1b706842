# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Request ids, and the labels of metrics."""

from __future__ import annotations

import re

from support import ROW, Server


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

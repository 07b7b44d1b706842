# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of a load test."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from ansible_collections.modelops.serving.plugins.module_utils.load_test import plot, report
from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Observed, Point, Second
from ansible_collections.modelops.serving.plugins.module_utils.load_test.thresholds import Limits, judge

SECONDS = [Second(number, 80, int(number == 20), 0, 2.0, 8.0, 9.0 + number) for number in range(100)]
POINTS = [
    Point(0.0, 3, 3, 1.0, rollout=1),
    Point(30.0, 6, 3, 140.0, rollout=1),
    Point(60.0, 6, 6, None, rollout=2, restarts=1),
]


def seen(**changed) -> Observed:
    total = Counts.of({"requests": 100, "failed": {"504": 1}, "latency": {8240: 100}})
    given = {"points": POINTS, "seconds": SECONDS, "total": total, "loaded": 100.0, "before": 3}
    return Observed(**{**given, "examples": [{"at": 1.0, "kind": "504", "words": "<b>"}], **changed})


def test_all_four(tmp_path):
    observed = seen()
    thresholds = judge(observed, Limits(5, 6, 60, back=False))
    paths = report.write(str(tmp_path / "new" / "load"), "a <title>", observed, thresholds, {"numbers": {}})
    assert [path.rpartition(".")[2] for path in paths] == ["json", "xml", "png", "html"]
    data = json.loads((tmp_path / "new" / "load.json").read_text())
    assert data["observed"]["total"]["latency"] == {"8240": 100}
    assert [mark["kind"] for mark in data["marks"]] == ["scaled", "released", "restarted"]
    assert (tmp_path / "new" / "load.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "new" / "load.html").read_text()
    assert "<title>a &lt;title&gt;</title>" in page
    assert "<svg" in page
    assert "&lt;b&gt;" in page
    suite = ElementTree.parse(tmp_path / "new" / "load.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("5", "3")
    assert suite.find("testcase/failure").get("message") == "1 failed (504: 1)"


def labels(axes) -> list[str]:
    return [line.get_label() for line in axes.get_lines() if not line.get_label().startswith("_")]


def test_the_plot_shows_replicas_load_latency_and_marks():
    replicas, load, latency, usage = plot.figure(seen()).axes
    assert labels(replicas) == ["wanted", "ready"]
    assert labels(usage) == ["CPU"]
    assert labels(load) == ["requests due"]
    assert labels(latency) == ["p50", "p95", "p99"]
    assert [text.get_text() for text in replicas.texts] == [
        "scaled 3 → 6",
        "released, rollout 2",
        "a container restarted",
    ]
    # The failed request is there, at its second.
    assert [patch.get_x() for patch in load.patches if patch.get_height()] == [20.0]


def test_nothing_was_sent():
    empty = Observed()
    assert plot.png(empty).startswith(b"\x89PNG")
    assert "<svg" in plot.svg(empty)


def test_latencies_far_apart_are_drawn_by_their_order_of_magnitude():
    assert plot.wide(SECONDS)
    assert not plot.wide([Second(0, 1, 0, 0, 2.0, 8.0, 9.0)])
    assert not plot.wide([Second(0, 1, 0, 0, None, None, None)])

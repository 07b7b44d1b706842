# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of a trial, and the one before, which they are compared with."""

from __future__ import annotations

import json
from collections import Counter
from xml.etree import ElementTree

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts
from ansible_collections.modelops.serving.plugins.module_utils.resilience import report
from ansible_collections.modelops.serving.plugins.module_utils.resilience.figures import Disturbance, rows
from ansible_collections.modelops.serving.plugins.module_utils.resilience.trial import Trial

TITLE = "Resilience of model-api in ml-serving"


def trial(lost: int = 0, revision: int = 7, problem: str = "") -> Trial:
    seconds = {second: Counts(10, latency=Counter({12000: 10})) for second in range(30)}
    seconds[12].failed = Counter({"502": lost} if lost else {})
    found = rows([Disturbance("pod_deleted", "a pod is <deleted>", 10.0, whole=8.0)], seconds, 30.0)
    return Trial(revision, "2026-01-01T00:00:00Z", found, seconds, {"replicas": "3"}, problem=problem)


def test_a_report_has_the_revision_in_its_name_and_is_read_back(tmp_path):
    prefix = str(tmp_path / "resilience-local")
    paths = report.write(prefix, TITLE, trial(lost=2))
    assert [path.rpartition(".")[2] for path in paths] == ["json", "xml", "html"]
    assert all("resilience-local-r7." in path for path in paths)
    data = json.loads((tmp_path / "resilience-local-r7.json").read_text())
    assert (data["rows"][1]["lost"], data["settings"]) == (2, {"replicas": "3"})
    assert "since" not in data


def test_it_is_compared_with_the_newest_one_of_no_later_revision(tmp_path):
    prefix = str(tmp_path / "resilience-local")
    for revision, lost in ((5, 9), (6, 4), (9, 1)):
        report.write(prefix, TITLE, trial(lost, revision))
    report.write(prefix, TITLE, trial(0, 7))
    data = json.loads((tmp_path / "resilience-local-r7.json").read_text())
    assert data["since"]["revision"] == 6
    assert data["since"]["rows"][1]["lost"] == [4, 0]
    assert "4 → 0" in (tmp_path / "resilience-local-r7.html").read_text()


def test_a_report_that_cannot_be_read_is_passed_over(tmp_path):
    (tmp_path / "x-r6.json").write_text("{")
    (tmp_path / "x-r5.json").write_text('{"rows": [], "revision": 5}')
    assert report.earlier(str(tmp_path / "x"), 7)["revision"] == 5


@pytest.mark.parametrize(("lost", "failures"), [(0, "0"), (2, "1")])
def test_junit_has_a_case_for_each_disturbance(lost, failures):
    root = ElementTree.fromstring(report.as_junit(TITLE, trial(lost)))
    assert [case.get("name") for case in root] == ["before anything was disturbed", "a pod is <deleted>"]
    assert root.get("failures") == failures


def test_a_fault_that_could_not_be_tried_fails(tmp_path):
    root = ElementTree.fromstring(report.as_junit(TITLE, trial(problem="node_drained: forbidden")))
    assert (root[-1].get("name"), root[-1][0].get("message")) == ("node_drained", "forbidden")
    assert report.summary(TITLE, trial(problem="node_drained: forbidden"))[-1] == "✗ node_drained: forbidden"


def test_the_page_marks_the_disturbance_and_what_it_cost():
    seen = trial(lost=2)
    page = report.as_html(TITLE, seen, report.as_data(TITLE, seen, None))
    assert "a pod is &lt;deleted&gt;: 2 lost</text>" in page
    assert "<deleted>" not in page
    assert page.count("<rect x=") == 31, "thirty seconds, and one of them with losses"


def test_a_row_is_a_sentence():
    assert report.sentence(trial(lost=2).rows[1]) == (
        "200 requests, 2 lost (502: 2), p99 12 ms, last loss after 3.0 s, whole after 8.0 s"
    )

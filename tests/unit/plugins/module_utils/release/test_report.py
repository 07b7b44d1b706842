# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release's outcome for people, programs and CI."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.release import report
from ansible_collections.modelops.serving.plugins.module_utils.release.drift import Drift
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Outcome


def failed() -> Outcome:
    finding = Finding(
        "CrashLoop", "Pod/api-1", "exit 3, twice", "See its log.", container="api", pods=["api-1", "api-2"]
    )
    finding.evidence.append("from its log: DB_PASSWORD=hunter2 is wrong")
    return Outcome(
        changed=True,
        failed=True,
        revision=7,
        previous=6,
        highlights=[{"what": "LOG_LEVEL", "before": "INFO", "after": "DEBUG"}],
        rollout={"desired": 3, "ready": 0, "seconds": 9.9},
        findings=[finding],
        restored="r6 restored whole in 3.0 s: 3/3 ready",
        restored_revision=6,
    )


def test_a_failure_in_lines():
    assert report.summary_lines("api", failed()) == [
        "failed: CrashLoop in api r7, r6 serves",
        "  LOG_LEVEL  INFO → DEBUG",
        "  CrashLoop: Pod/api-1, container api and 1 more: exit 3, twice",
        "    from its log: DB_PASSWORD=******** is wrong",
        "    remedy: See its log.",
        "  changed since r6: LOG_LEVEL",
        "  r6 restored whole in 3.0 s: 3/3 ready",
    ]


def test_what_was_refused_before_a_change_is_no_revision():
    refused = Finding("ObjectRefused", "Deployment/api", "is not valid: .spec.x", "Correct it.")
    outcome = Outcome(failed=True, findings=[refused], restored="no object was changed: r6 stands", restored_revision=6)
    assert report.summary_lines("api", outcome) == [
        "failed: ObjectRefused in api, r6 serves",
        "  ObjectRefused: Deployment/api: is not valid: .spec.x",
        "    remedy: Correct it.",
        "  no object was changed: r6 stands",
    ]


def test_success_and_nothing_to_do():
    changes = [{"action": "create"}, {"action": "update"}, {"action": "create"}]
    done = Outcome(
        changed=True, revision=2, previous=1, changes=changes, rollout={"ready": 3, "desired": 3, "seconds": 4.2}
    )
    assert report.summary_lines("api", done) == ["api r1 → r2: 2 created, 1 updated, 3/3 ready in 4.2 s"]
    assert report.summary_lines("api", Outcome(revision=2, previous=2)) == ["api r2: nothing to change"]


def test_check_mode_says_what_would_be():
    drift = Drift("Deployment/api", "kubectl-edit", ("spec.paused",))
    changes = [{"action": "create"}, {"action": "update"}]
    planned = Outcome(planned=True, changed=True, revision=1, previous=1, changes=changes, drift=[drift])
    assert report.summary_lines("api", planned) == [
        "api r1: 1 would be created, 1 would be updated",
        "  drift that would be taken back: Deployment/api: spec.paused (by kubectl-edit)",
    ]


def test_never_more_than_a_screen():
    outcome = failed()
    outcome.findings *= 20
    outcome.notes = ["note"] * 40
    assert len(report.summary_lines("api", outcome)) == 25


def test_files_for_programs_and_ci(tmp_path):
    outcome = failed()
    result = {
        "failed": True,
        "revision": 7,
        "rollout": outcome.rollout,
        "findings": [entry.as_dict() for entry in outcome.findings],
        "summary": report.summary_lines("api", outcome),
    }
    paths = report.write(str(tmp_path / "reports" / "api"), "api", result)
    with open(paths[0], encoding="utf-8") as stream:
        finding = json.load(stream)["findings"][0]
    assert (finding["severity"], finding["class"]) == ("fatal", "fatal")
    suite = ElementTree.parse(paths[1]).getroot()
    assert suite.attrib["failures"] == "1"
    failure = suite.find("testcase/failure")
    assert failure.attrib["type"] == "CrashLoop"
    assert "hunter2" not in ElementTree.tostring(suite, encoding="unicode")


def test_the_headline_names_what_stood_before_the_first_release():
    found = report.headline("api", Outcome(failed=True, revision=1, restored_revision=0))
    assert found == "failed: failed in api r1, r0 serves"

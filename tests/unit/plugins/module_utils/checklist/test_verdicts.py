# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the checklist: unknown never passes, and the report shows the evidence."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.checklist import verdicts
from ansible_collections.modelops.serving.plugins.module_utils.checklist.predictions import Reply
from ansible_collections.modelops.serving.plugins.module_utils.checklist.report import (
    Checklist,
    as_html,
    as_junit,
    write,
)

WITHOUT = {"Deployment", "Service"}
GOOD = {"readiness": ":5000/health", "liveness": ":8000/health"}


def test_health_needs_both_probes_and_an_answer_of_every_pod():
    healthy = {"a": {"readiness": "", "liveness": ""}, "b": {"readiness": "", "liveness": ""}}
    assert verdicts.health(GOOD, healthy).state == verdicts.PASSED
    assert verdicts.health({**GOOD, "liveness": ""}, healthy).reason == "ProbeMissing"
    assert verdicts.health(GOOD, {}).reason == "NoReadyPod"
    failing = {**healthy, "b": {"readiness": "HTTP 503: loading", "liveness": ""}}
    assert verdicts.health(GOOD, failing).evidence[0] == "b, readiness: HTTP 503: loading"


@pytest.mark.parametrize(
    ("failures", "before", "after", "reason"),
    [
        ([], {"a": 0.0, "b": 5.0}, {"a": 20.0, "b": 25.0}, ""),
        ([], {"a": 0.0, "b": 5.0}, {"a": 40.0, "b": 5.0}, "PodWithoutTraffic"),
        (["HTTP 502"], {"a": 0.0}, {"a": 39.0}, "RequestFails"),
        ([], {"a": 0.0, "b": None}, {"a": 40.0, "b": 3.0}, "CounterMissing"),
        ([], {}, {}, "CounterMissing"),
    ],
)
def test_every_pod_must_answer_requests(failures, before, after, reason):
    assert verdicts.spread(40, failures, before, after).reason == reason


@pytest.mark.parametrize(
    ("series", "collected", "expected", "reason"),
    [
        ({"a": 165, "b": 165}, None, False, ""),
        ({"a": 165, "b": 165}, {"a": True, "b": True}, True, ""),
        ({"a": 165, "b": 165}, {"a": True}, True, "NotScraped"),
        ({"a": 165, "b": 165}, {"a": True, "b": False}, False, "NotScraped"),
        ({"a": 165}, None, True, "PrometheusNotFound"),
        ({"a": 165, "b": 0}, None, False, "MetricsMissing"),
        ({}, None, False, "MetricsMissing"),
    ],
)
def test_every_pod_must_be_collected(series, collected, expected, reason):
    assert verdicts.scraped(series, collected, expected).reason == reason


@pytest.mark.parametrize(
    ("replies", "counted", "reason"),
    [
        ([Reply(200, '{"predictions": ["setosa"]}', 4.0)] * 5, 5.0, ""),
        ([Reply(200, '{"predictions": ["setosa"]}', 4.0)] * 5, 0.0, "RoutedElsewhere"),
        ([Reply(200, '{"predictions": ["setosa"]}', 4.0)] * 5, None, "CounterMissing"),
        ([Reply(404, "404 page not found", 4.0)] * 5, 0.0, "IngressFails"),
        ([Reply(200, "<html>welcome", 4.0)] * 5, 0.0, "IngressFails"),
        ([Reply(0, "connection refused", 0.0)] * 5, 0.0, "IngressFails"),
    ],
)
def test_the_ingress_must_reach_these_pods(replies, counted, reason):
    assert verdicts.routed("http://10.0.0.1/predict", replies, counted, []).reason == reason


def test_pods_whose_certificate_the_router_does_not_accept_are_named():
    tls = {"termination": "reencrypt", "destinationCACertificate": "PEM"}
    route = {"kind": "Route", "metadata": {"name": "shop"}, "spec": {"to": {"name": "shop"}, "tls": tls}}
    line = verdicts.routed("https://10.0.0.1/predict", [Reply(503, "no server", 4.0)], 0.0, [route])
    assert "destinationCACertificate of Route/shop" in line.remedy


def test_a_log_must_hold_the_request():
    assert verdicts.found_in_logs("id", ["a line"], 2, {}).state == verdicts.PASSED
    assert verdicts.found_in_logs("id", [], 2, {}).reason == "RequestNotLogged"
    assert verdicts.found_in_logs("id", ["a line"], 2, {"a": "403"}).reason == "LogUnreadable"


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        ({"requests": 514, "failed": 0}, ""),
        ({"requests": 514, "failed": 3, "last_error": "HTTP 502"}, "RequestsLost"),
        ({"requests": 0, "failed": 0, "last_error": "connection refused"}, "TrafficUnknown"),
    ],
)
def test_a_change_must_not_lose_a_request(load, reason):
    assert verdicts.undisturbed("rolling_update", load, "r1 → r2").reason == reason


@pytest.fixture
def checklist() -> Checklist:
    lines = [
        verdicts.passed("pods_start", "3 of 3 ready"),
        verdicts.failed("ingress", "IngressFails", "HTTP 404 <html>", "See the Ingress.", "token=hunter2"),
        verdicts.Line("hpa_up", verdicts.SKIPPED, ["not asked for"]),
    ]
    return Checklist("model-api", "local", "today", [line.as_dict() for line in lines])


def test_a_checklist_fails_with_a_failed_line_or_without_a_passed_one(checklist):
    assert not checklist.passed()
    assert Checklist("x", "y", "z", checklist.lines[:1]).passed()
    assert not Checklist("x", "y", "z", checklist.lines[2:]).passed()
    assert not Checklist("x", "y", "z", []).passed()


def test_lines_are_read_in_the_order_of_the_checklist_whenever_they_were_checked():
    checked = [verdicts.passed(name).as_dict() for name in ("logs", "hpa_down", "pods_start", "ingress")]
    assert [line["name"] for line in verdicts.in_order(checked)] == ["pods_start", "hpa_down", "ingress", "logs"]


def test_the_summary_reads_as_a_checklist(checklist):
    assert checklist.summary()[0] == "model-api on local: 1 of 3 passed, 1 failed, 1 skipped"
    assert "✘ Ingress routes                   IngressFails: HTTP 404 <html>" in checklist.summary()
    assert "    remedy: See the Ingress." in checklist.summary()


def test_the_reports(checklist, tmp_path):
    paths = write(checklist, str(tmp_path / "deep" / "verify"))
    assert [path.rpartition(".")[2] for path in paths] == ["json", "xml", "html"]
    data = json.loads((tmp_path / "deep" / "verify.json").read_text())
    assert data["counts"] == {"passed": 1, "failed": 1, "skipped": 1}
    assert "hunter2" not in "".join((tmp_path / "deep" / name).read_text() for name in ("verify.json", "verify.html"))
    suite = ElementTree.fromstring(as_junit(checklist))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    assert suite.find("testcase/failure").get("type") == "IngressFails"
    assert "HTTP 404 &lt;html&gt;" in as_html(checklist)


def test_a_release_without_an_entrance_has_none_to_check():
    line = verdicts.no_address("api", "ml", WITHOUT, [])
    assert line.state == verdicts.SKIPPED
    assert line.evidence == ["no ingress in this release; set model_serving_verify_url to check another address"]


@pytest.mark.parametrize(
    ("recorded", "found"),
    [({*WITHOUT, "Ingress"}, []), ({*WITHOUT, "HTTPRoute"}, ["api"]), (WITHOUT, ["api"]), (None, [])],
    ids=["recorded and gone", "recorded", "made by somebody else", "nothing is known"],
)
def test_an_entrance_without_an_address_fails(recorded, found):
    line = verdicts.no_address("api", "ml", recorded, found)
    assert (line.state, line.reason) == (verdicts.FAILED, "NoAddress")
    assert line.evidence == ["no Ingress, Route or HTTPRoute api in namespace ml has an address"]

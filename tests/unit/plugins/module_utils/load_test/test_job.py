# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Job that runs k6 in the cluster, and what is read from its log."""

from __future__ import annotations

import json

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.load_test.job import objects, parted
from ansible_collections.modelops.serving.plugins.module_utils.load_test.run import Meter, samples

SUMMARY = json.dumps({"http_reqs": {"values": {"count": 76}}}, indent=2)
WARNING = 'time="2026-11-22T21:00:00Z" level=warning msg="Request Failed" error="{}"'
CROSSED = 'time="2026-11-22T21:00:16Z" level=error msg="thresholds on metrics \'checks\' have been crossed"'


@pytest.fixture
def job(tmp_path) -> dict:
    script = tmp_path / "predict.js"
    script.write_text("export default function () {}")
    made = objects("model-api", "k6:1", "/k6", str(script), {"URL": "http://10.0.0.1/predict", "DURATION": 20})
    assert made[0]["data"] == {"predict.js": script.read_text()}
    return made[1]


def test_the_numbers_are_found_between_what_else_was_said():
    numbers, words = parted(f"{WARNING}\n{SUMMARY}\n{CROSSED}\n")
    assert numbers == json.loads(SUMMARY)
    assert words == f"{WARNING}\n\n{CROSSED}"


@pytest.mark.parametrize("log", ["", WARNING, "{\n  broken\n", SUMMARY[:-3]])
def test_without_numbers_there_are_words(log):
    assert parted(log) == (None, log.strip())


def test_no_service_and_no_autoscaler_selects_the_pod(job):
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert {"app", "app.kubernetes.io/instance", "app.kubernetes.io/name"} & set(labels) == set()


def test_it_ends_and_goes_away_by_itself(job):
    assert job["spec"]["activeDeadlineSeconds"] == 320
    assert job["spec"]["ttlSecondsAfterFinished"] > 0
    assert job["spec"]["backoffLimit"] == 0


def test_k6_gets_its_environment(job):
    command = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert command[:2] == ["/k6", "run"]
    assert command[command.index("URL=http://10.0.0.1/predict") - 1] == "-e"
    assert command[-1] == "/script/predict.js"


def test_totals_become_what_happened_since():
    meter = Meter()
    first = {"http_reqs": {"count": 10.0}, "http_req_duration": {"avg": 2.0}, "http_req_failed": {"rate": 0.1}}
    second = {"http_reqs": {"count": 30.0}, "http_req_duration": {"avg": 4.0}, "http_req_failed": {"rate": 0.1}}
    assert meter.since_before(first)[1:] == (2.0, 1)
    assert meter.since_before(second)[1:] == (5.0, 2)
    assert meter.since_before({}) == (None, None, 0)


@pytest.mark.parametrize("text", ["", "null", "{}", '{"data": [{}]}', "<html>"])
def test_what_is_no_answer_of_k6_is_no_load(text):
    assert samples(text) == {}

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that run load generators in a cluster."""

from __future__ import annotations

import json

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.load_test.job_objects import START_ANNOTATION, objects
from ansible_collections.modelops.serving.plugins.module_utils.load_test.plan import plan, shares
from ansible_collections.modelops.serving.plugins.module_utils.load_test.profiles import Step


@pytest.fixture
def made() -> list[dict]:
    whole = plan("http://10.0.0.1/predict", "", {"instances": [[1]]}, 1, [Step(4, 10), Step(80, 90)])
    return objects("model-api", "registry.example.org/load-generator:1", "/load-generator", shares(whole, 2))


def test_a_job_for_each_generator_with_its_own_plan(made):
    config, *jobs = made
    assert [job["kind"] for job in jobs] == ["Job", "Job"]
    for number, job in enumerate(jobs):
        pod = job["spec"]["template"]["spec"]
        program, path = pod["containers"][0]["command"]
        assert program == "/load-generator"
        given = json.loads(config["data"][path.rpartition("/")[2]])
        assert (given["number"], given["of"]) == (number, 2)
        assert given["start"].startswith(pod["containers"][0]["volumeMounts"][1]["mountPath"])


def test_each_waits_for_an_annotation_that_is_empty_at_first(made):
    template = made[1]["spec"]["template"]
    assert template["metadata"]["annotations"] == {START_ANNOTATION: ""}
    item = template["spec"]["volumes"][1]["downwardAPI"]["items"][0]
    assert START_ANNOTATION in item["fieldRef"]["fieldPath"]


def test_no_service_and_no_autoscaler_selects_the_pods(made):
    labels = made[1]["spec"]["template"]["metadata"]["labels"]
    assert {"app", "app.kubernetes.io/instance", "app.kubernetes.io/name"} & set(labels) == set()


def test_a_job_ends_and_goes_away_by_itself_and_stops_at_once(made):
    spec = made[2]["spec"]
    assert spec["activeDeadlineSeconds"] == 400
    assert spec["ttlSecondsAfterFinished"] > 0
    assert spec["backoffLimit"] == 0
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 1

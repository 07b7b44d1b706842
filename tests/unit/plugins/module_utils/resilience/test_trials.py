# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sets that are released for a trial, and how one that was left is found."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import (
    FAILED,
    PENDING,
    SERVING,
    SUPERSEDED,
    Revision,
)
from ansible_collections.modelops.serving.plugins.module_utils.resilience import trials

STAMP = "2026-01-01T00:00:00Z"


def objects(image: str = "registry.example.org:5000/team/model-api:7", replicas: int = 3) -> list:
    container = {"name": "api", "image": image, "imagePullPolicy": "Never", "env": [{"name": "A", "value": "1"}]}
    template = {"metadata": {"labels": {"app": "model-api"}}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "template": template}
    return [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "model-api"}, "spec": spec}]


def autoscaler(least: int, most: int) -> dict:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "model-api"}
    spec = {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": most}
    meta = {"name": "model-api"}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec}


def revision(number: int, status: str, of: list) -> Revision:
    return Revision(number, status, f"hash{number}", STAMP, "", "", of)


def container(of: list) -> dict:
    return of[0]["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("change", [trials.renewed, trials.configured, trials.scaled, trials.broken])
def test_the_set_that_serves_is_left_as_it_is(change):
    before = [*objects(), autoscaler(3, 10)]
    given = copy.deepcopy(before)
    assert change(given, STAMP) != before
    assert given == before


def test_a_trial_with_new_pods_changes_nothing_else():
    (found,) = trials.renewed(objects(), STAMP)
    assert found["spec"]["template"].pop("metadata") == {
        "labels": {"app": "model-api"},
        "annotations": {trials.MARK: STAMP},
    }
    assert found["spec"]["template"]["spec"] == objects()[0]["spec"]["template"]["spec"]


def test_another_configuration_is_one_variable_more_however_often():
    again = trials.configured(trials.configured(objects(), "earlier"), STAMP)
    assert container(again)["env"] == [{"name": "A", "value": "1"}, {"name": trials.VARIABLE, "value": STAMP}]


def test_one_replica_more_is_the_autoscalers_where_there_is_one():
    deployment, scaler = trials.scaled([*objects(), autoscaler(3, 3)], STAMP)
    assert deployment["spec"]["replicas"] == 3
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (4, 4)
    (alone,) = trials.scaled(objects(), STAMP)
    assert alone["spec"]["replicas"] == 4


@pytest.mark.parametrize(
    ("image", "broken"),
    [
        ("registry.example.org:5000/team/model-api:7", "registry.example.org:5000/team/model-api:never-built"),
        ("registry.example.org:5000/model-api", "registry.example.org:5000/model-api:never-built"),
        ("model-api@sha256:abc", "model-api:never-built"),
    ],
)
def test_an_image_that_cannot_be_had_is_in_the_same_place(image, broken):
    assert container(trials.broken(objects(image), STAMP))["image"] == broken


def test_a_trial_that_was_left_is_taken_back_to_what_served_before_it():
    entries = [
        revision(3, SUPERSEDED, objects()),
        revision(4, SUPERSEDED, objects()),
        revision(5, FAILED, objects()),
        revision(6, SERVING, trials.renewed(objects(), STAMP)),
        revision(7, PENDING, trials.renewed(objects(), STAMP)),
    ]
    assert trials.before_trial(entries).number == 4


def test_what_was_released_by_somebody_else_is_no_trial():
    assert trials.before_trial([revision(3, SUPERSEDED, objects()), revision(4, SERVING, objects())]) is None

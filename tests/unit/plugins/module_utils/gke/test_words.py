# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences on a GKE cluster."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.gke import fields, messages, plan, words

WANTED = messages.Wanted("example-project", "europe-west1", "eu-1")


@pytest.mark.parametrize(
    ("needs", "told"),
    [
        (fields.SETTINGS, "-e gke_cluster_update=settings changes it"),
        (fields.NODES, "-e gke_cluster_update=nodes changes it"),
        (fields.NEW_POOL, "set another gke_cluster_pool"),
        (fields.NEW_CLUSTER, "set another gke_cluster_name, or take gke_cluster_spot back"),
    ],
)
def test_a_difference_says_what_it_takes(needs, told):
    sentence = words.difference(plan.Difference("spot", False, True, needs), WANTED)
    assert sentence.startswith("gke_cluster_spot is true, the cluster has false. ")
    assert told in sentence


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ([], "create cluster: running"),
        ([("nodes done", 1), ("nodes total", 3)], "create cluster: nodes done 1 of 3"),
        ([("CLUSTER_DEPLOYING", 4), ("CLUSTER_DEPLOYING_TOTAL", 9)], "create cluster: cluster deploying 4 of 9"),
    ],
)
def test_progress_is_what_gke_counts(metrics, told):
    counted = [{"name": name, "int_value": str(value)} for name, value in metrics]
    operation = {
        "operation_type": "CREATE_CLUSTER",
        "status": "RUNNING",
        "progress": {"stages": [{"metrics": counted}]},
    }
    assert words.progress(operation) == told


@pytest.mark.parametrize(
    ("code", "said", "remedy"),
    [
        ("PERMISSION_DENIED", "no", "roles/container.admin in example-project"),
        ("PERMISSION_DENIED", "has not been used in project 1", "gcloud services enable container.googleapis.com"),
        ("RESOURCE_EXHAUSTED", "quota", "Ask for more quota in example-project"),
        ("UNAUTHENTICATED", "no", "gcloud auth application-default login"),
        ("ALREADY_EXISTS", "Already exists: projects/p", "run this again"),
        ("", "a proxy's page", ""),
    ],
)
def test_a_refusal_has_googles_words_and_a_remedy(code, said, remedy):
    told = words.refused(code, said, WANTED)
    assert told.startswith(f"GKE refused the cluster eu-1 in europe-west1 of example-project: {said}.")
    assert remedy in told


@pytest.mark.parametrize(
    ("value", "told"),
    [(True, "true"), ([], "none"), (["a", "b"], "a, b"), ({"b": 1, "a": 2}, "a=2, b=1"), ("", "none"), (0, "none")],
)
def test_a_value_is_shown_as_a_person_writes_it(value, told):
    assert words.shown(value) == told

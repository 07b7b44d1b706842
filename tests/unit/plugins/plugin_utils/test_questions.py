# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What awx_setup_surveys may ask for."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.plugin_utils import questions

SPECS = {
    entry: {"model_serving_replicas": {"type": "int"}, "model_serving_name": {"type": "str"}}
    for entries in questions.READ.values()
    for entry in entries
}


@pytest.mark.parametrize(
    ("surveys", "said"),
    [
        (
            {"deploy": {"model_serving_replica": "Replicas"}},
            "awx_setup_surveys.deploy asks for model_serving_replica, which this playbook does not read; is "
            "model_serving_replicas meant?",
        ),
        (
            {"status": {"zone": "Zone"}},
            "awx_setup_surveys.status asks for zone, which this playbook does not read; leave it out.",
        ),
        (
            {"deploy": {"model_serving_replicas": "Replicas", "model_serving_name": " "}},
            "awx_setup_surveys.deploy.model_serving_name has no title: write the question as text.",
        ),
        (
            {"deploy": ["model_serving_name"]},
            "awx_setup_surveys.deploy must be a mapping of variables to the titles of their questions.",
        ),
        (
            {"render": {}},
            "awx_setup_surveys has render, which is no job template; it may have deploy, rollback, verify, load_test, "
            "diagnose, status.",
        ),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(surveys, said):
    assert questions.problems(surveys, SPECS) == [said]


def test_what_can_be_asked_is_no_problem():
    assert questions.problems({"deploy": {"model_serving_replicas": "Replicas"}, "status": {}}, SPECS) == []

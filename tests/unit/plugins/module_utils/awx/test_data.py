# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of the role's variables, and which revision a workflow rolls back to."""

from __future__ import annotations

import dataclasses

import jinja2
import pytest

from ansible_collections.modelops.serving.plugins.module_utils.awx import data
from ansible_collections.modelops.serving.plugins.module_utils.awx.differences import items, referenced

SETTINGS = data.Settings(
    name="churn",
    organization="Default",
    project_url="https://git.example.org/m.git",
    project_branch="",
    project_credential="",
    playbooks="playbooks",
    inventory="inventories/prod/hosts.yml",
    execution_environment="registry.example.org/ee:1",
    execution_environment_pull="missing",
    execution_environment_credential="",
    credential="",
    verify_schedule="DTSTART:20260101T050000Z RRULE:FREQ=DAILY;INTERVAL=1",
    diagnose_schedule="",
    waves=[],
    approval_timeout=60,
)


def rolled_back_to(**variables) -> str:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    return environment.from_string(data.BEFORE).render(**variables)


def test_a_wave_is_rolled_back_to_what_served_before_its_deployment():
    own = {"previous_revision": 5}
    assert rolled_back_to(inventory_hostname="a", model_serving_result=own) == "r5"


def test_each_of_several_targets_is_rolled_back_to_its_own():
    both = {"a": {"previous_revision": 7}, "b": {"previous_revision": 5}}
    given = {"model_serving_result": both["b"], "model_serving_results": both}
    assert [rolled_back_to(inventory_hostname=name, **given) for name in ("a", "b")] == ["r7", "r5"]


def test_without_a_deployment_before_it_nothing_is_guessed():
    with pytest.raises(jinja2.UndefinedError, match="model_serving_result"):
        rolled_back_to(inventory_hostname="a")


def test_all_that_the_data_refers_to_is_in_it_or_was_named():
    made = data.data(SETTINGS, {})
    assert set(referenced(made)) == {("organizations", "Default", "credential churn: kubeconfig")}
    named = dataclasses.replace(SETTINGS, credential="cluster", project_credential="git")
    found = {(endpoint, name) for endpoint, name, _where in referenced(data.data(named, {}))}
    assert found == {("organizations", "Default"), ("credentials", "cluster"), ("credentials", "git")}


def test_secrets_are_variables_in_the_data():
    (credential,) = data.data(SETTINGS, {})["controller_credentials"]
    assert credential["inputs"] == {"kubeconfig": "{{ awx_setup_kubeconfig }}"}


def test_a_schedule_without_a_rule_is_absent_and_every_object_is_marked_as_ours():
    made = data.data(SETTINGS, {})
    states = {item["name"]: item.get("state", "present") for item in made["controller_schedules"]}
    assert states == {"churn: verify": "present", "churn: diagnose": "absent"}
    assert all(item["description"].endswith("Kept by modelops.serving.") for _kind, item in items(made))

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person reads who got something wrong: one error that names the variable or file, before anything is changed."""

from __future__ import annotations

import json
import re
import sys

import pytest
import yaml
from conftest import command

IMAGE = "registry.example.org/model-api:0123456789ab"


@pytest.fixture
def deploy(tmp_path):
    """Run playbooks/deploy.yml with these variables; returns the text of its one error."""

    def run(**variables) -> str:
        common = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "model_serving_kubernetes": {
                "host": "https://127.0.0.1:1",
                "api_key": "none",
                "validate_certs": False,
            },
            "model_serving_image": IMAGE,
        }
        inventory = tmp_path / "hosts.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": {"target": {**common, **variables}}}}))
        done = command(
            "ansible-playbook",
            "playbooks/deploy.yml",
            "-i",
            str(inventory),
            ANSIBLE_CALLBACK_RESULT_FORMAT="json",
            ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
        )
        assert done.status != 0, done.output
        play = json.loads(done.output[done.output.index("{\n") :])
        assert play["stats"]["target"]["changed"] == 0
        failures = [
            result
            for task in play["plays"][0]["tasks"]
            for result in task["hosts"].values()
            if result.get("failed")
        ]
        assert len(failures) == 1, failures
        message = failures[0]["msg"]
        assert "Traceback" not in json.dumps(failures[0])
        return message

    return run


def test_a_mistyped_variable_is_named_with_the_nearest_one(deploy):
    assert deploy(model_serving_autoscaling_max_replica=5) == (
        "model_serving_autoscaling_max_replica is not a known variable; "
        "is model_serving_autoscaling_max_replicas meant?"
    )


def test_all_that_does_not_fit_is_said_at_once(deploy):
    message = deploy(
        model_serving_autoscaling_min_replicas=11,
        model_serving_pdb_min_available=11,
        model_serving_ingress_timeout=5,
    )
    assert [line.split()[0] for line in message.splitlines()] == [
        "model_serving_autoscaling_min_replicas",
        "model_serving_pdb_min_available",
        "model_serving_ingress_timeout",
    ]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("model_serving_replicas", "three"),
        ("model_serving_ingress_dialect", "apache"),
        ("model_serving_labels", "team=a"),
        ("model_serving_slo_latency_seconds", 0.2),
    ],
)
def test_a_wrong_type_or_choice_names_its_variable(deploy, variable, value):
    message = deploy(**{variable: value})
    assert variable in message
    assert re.search(rf"\b{re.escape(str(value))}\b", message)


def test_an_unreachable_cluster_is_named_by_its_address(deploy):
    message = deploy()
    assert "https://127.0.0.1:1" in message
    assert "cannot be reached" in message


def test_a_missing_kubeconfig_is_named(deploy, tmp_path):
    path = str(tmp_path / "missing")
    message = deploy(model_serving_kubernetes={"kubeconfig": path})
    assert path in message
    assert "does not exist" in message


@pytest.mark.parametrize("content", ["not: [yaml", "just text", "{}", ""])
def test_a_broken_kubeconfig_is_named(deploy, tmp_path, content):
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    assert str(path) in deploy(model_serving_kubernetes={"kubeconfig": str(path)})


def test_an_unknown_context_is_named_with_the_known_ones(deploy, tmp_path):
    path = tmp_path / "kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "clusters": [{"name": "eu", "cluster": {"server": "https://127.0.0.1:1"}}],
                "users": [{"name": "me", "user": {"token": "none"}}],
                "contexts": [{"name": "eu", "context": {"cluster": "eu", "user": "me"}}],
                "current-context": "eu",
            }
        )
    )
    message = deploy(model_serving_kubernetes={"kubeconfig": str(path), "context": "us"})
    assert "us" in message
    assert "it has: eu" in message

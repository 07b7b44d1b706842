# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a failed run leaves: one short text on the task that did the work, and the whole result for later nodes."""

from __future__ import annotations

import json
import sys

import pytest
import yaml
from playbook_runs import ROLE, Run, command

# Nobody listens there, which only the release itself finds out.
NOWHERE = {"host": "https://127.0.0.1:1", "api_key": "none"}
SAID = "https://127.0.0.1:1 cannot be reached"
TASKS = {"deploy": "Release the model", "rollback": "Roll back the release", "remove": "Remove the release"}


def run(folder, playbook: str, *arguments: str, hosts: tuple = ("here",), **environment: str) -> Run:
    common = {
        # Each is a release of its own.
        "model_serving_namespace": "{{ inventory_hostname }}",
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "model_serving_image": "registry.example.org/model-api:0123456789ab",
        "model_serving_kubernetes": NOWHERE,
    }
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": common, "hosts": {host: {} for host in hosts}}}))
    return command(
        "ansible-playbook", f"playbooks/{playbook}.yml", "-i", str(folder / "hosts.yml"), *arguments, **environment
    )


@pytest.mark.parametrize("playbook", TASKS)
def test_the_task_that_did_the_work_fails_and_says_it_once(tmp_path, playbook):
    done = run(tmp_path, playbook)
    assert done.status == 2, done.output
    shown = done.output[done.output.index(TASKS[playbook]) :]
    assert " ".join(shown.split()).count(SAID) == 1
    assert "[ERROR]" not in shown
    assert "Origin:" not in shown
    assert len(shown.splitlines()) <= 24, shown


@pytest.mark.parametrize("hosts", [("here",), ("here", "there")])
def test_the_result_is_passed_on_though_the_run_failed(tmp_path, hosts):
    done = run(
        tmp_path,
        "deploy",
        # As an earlier node of a workflow passes its results on.
        "-e",
        json.dumps({"model_serving_result": {"revision": 1}, "model_serving_results": {}}),
        "-e",
        f"model_serving_targets_at_once={len(hosts)}",
        hosts=hosts,
        ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
        ANSIBLE_SHOW_CUSTOM_STATS="1",
    )
    report = json.loads(done.output[done.output.index("{\n") :])
    passed = report["global_custom_stats"]
    result = passed["model_serving_result"]
    assert (result["failed"], result["changed"], result["revision"]) == (True, False, 0)
    assert result["target"] in hosts
    assert SAID in result["message"]
    assert result["findings"] == []
    assert passed.get("model_serving_results", {}).keys() == (set(hosts) if len(hosts) > 1 else set())
    failed = [
        task["task"]["name"]
        for play in report["plays"]
        for task in play["tasks"]
        if any(outcome.get("failed") for outcome in task["hosts"].values())
    ]
    assert failed == ["modelops.serving.model_serving : Release the model"]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("serving/playbooks", "playbooks/{status,rollback,remove}.yml"),
        ("ansible_collections/modelops/serving/playbooks", "modelops.serving.{status,rollback,remove}"),
        ("playbooks", "modelops.serving.{status,rollback,remove}"),
    ],
    ids=["a checkout", "installed", "a playbook of one's own"],
)
def test_the_next_playbooks_are_named_as_they_can_be_run(tmp_path, where, said):
    (tmp_path / where).mkdir(parents=True)
    for checkout in ("serving", "ansible_collections/modelops/serving"):
        (tmp_path / checkout).mkdir(parents=True, exist_ok=True)
        (tmp_path / checkout / "galaxy.yml").touch()
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [str(ROLE / "vars" / "main.yml")],
        "tasks": [{"ansible.builtin.debug": {"msg": "next: {{ _model_serving_next }}"}}],
    }
    playbook = tmp_path / where / "next.yml"
    playbook.write_text(yaml.safe_dump([play]))
    done = command("ansible-playbook", str(playbook), "-i", "localhost,", "-c", "local")
    assert f"next: {said}" in done.output, done.output

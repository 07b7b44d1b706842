# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role's task that tells the receivers, against a stand-in of them; without a cluster."""

from __future__ import annotations

import sys

import pytest
import yaml
from notify.receiver import GRAFANA, SLACK, TEAMS, TOKEN, receiving
from notify.results import failed, result
from playbook_runs import Run, command


def run(folder, outcome: dict, *arguments: str, **variables: str) -> Run:
    """Runs the task in a playbook whose variables are this result and those of a user."""
    task = {"name": "Tell", "import_role": {"name": "modelops.serving.model_serving", "tasks_from": "notify"}}
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{**task, "vars": {"_model_serving_result": outcome, **variables}}],
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    host = ["-i", "gke-eu-1,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    return command("ansible-playbook", str(folder / "play.yml"), *host, "-vvv", *arguments)


def test_the_receivers_are_told_and_no_secret_is_shown(tmp_path):
    with receiving() as receiver:
        done = run(
            tmp_path,
            failed(),
            model_serving_notify_webhook_url=receiver.url + SLACK,
            model_serving_notify_grafana_url=receiver.url,
            model_serving_notify_grafana_token=TOKEN,
            model_serving_notify_grafana_tags="team-risk, blue",
        )
    assert done.status == 0, done.output
    assert "CrashLoop" in receiver.bodies[SLACK][0]["text"]
    assert receiver.bodies[GRAFANA][0]["tags"][-2:] == ["team-risk", "blue"]
    assert "[WARNING]: The" not in done.output
    assert "s3cr3t" not in done.output


@pytest.mark.parametrize("told", [result(), failed()], ids=["released", "failed"])
def test_a_receiver_that_does_not_take_it_is_a_warning(told, tmp_path):
    with receiving() as receiver:
        receiver.answers = [403]
        url = receiver.url + TEAMS
        done = run(tmp_path, told, model_serving_notify_webhook_url=url, model_serving_notify_webhook_format="teams")
    assert done.status == 0, done.output
    assert "The webhook was not told: 127.0.0.1 answered 403" in " ".join(done.output.split())
    assert "Correct model_serving_notify_webhook_url" in " ".join(done.output.split())
    assert "s3cr3t" not in done.output


def test_nobody_is_told_in_check_mode_or_of_what_was_not_asked_for(tmp_path):
    with receiving() as receiver:
        told = {"model_serving_notify_webhook_url": receiver.url + SLACK}
        assert run(tmp_path, result(), "--check", **told).status == 0
        assert run(tmp_path, result(), model_serving_notify_on="failed", **told).status == 0
        assert run(tmp_path, result(changed=False), **told).status == 0
    assert receiver.asked == 0

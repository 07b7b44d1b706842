# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs as AWX starts them: a folder in ansible-runner's layout, answers of a survey, and what a job leaves."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

HOSTS = {"here": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}}


def survey(namespace: str) -> dict[str, str]:
    """Answers as a survey sends them: all of it text."""
    return {
        "model_serving_namespace": namespace,
        "model_serving_autoscaling_min_replicas": "1",
        "model_serving_autoscaling_max_replicas": "2",
        "model_serving_pdb_enabled": "no",
        "model_serving_cpu_request": "50m",
        "model_serving_memory_request": "128Mi",
        "model_serving_ingress_host": f"{namespace}.example.org",
        "model_serving_ingress_tls_redirect": "false",
        "model_serving_verify_url": "http://10.213.0.11",
        "model_serving_labels": '{"team": "risk"}',
    }


def lay_out(folder: Path, variables: dict[str, str]) -> None:
    """The folder of all jobs. ``variables``: the environment of each."""
    for name in ("project", "inventory", "env"):
        (folder / name).mkdir()
    (folder / "inventory" / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": HOSTS}}))
    (folder / "env" / "envvars").write_text(yaml.safe_dump(variables))


def answer(folder: Path, answers: dict) -> None:
    (folder / "env" / "extravars").write_text(json.dumps(answers))


class Job:
    """A finished job: its status, its events and its artifacts."""

    def __init__(self, folder: Path, ident: str):
        artifacts = folder / "artifacts" / ident
        self.status = (artifacts / "status").read_text()
        self.output = (artifacts / "stdout").read_text()
        events = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*.json")]
        self.events = sorted(events, key=lambda event: event["counter"])
        stats = [event for event in self.events if event["event"] == "playbook_on_stats"]
        self.artifacts = stats[-1]["event_data"].get("artifact_data", {}) if stats else {}

    def failed_tasks(self) -> list[str]:
        return [event["event_data"]["task"] for event in self.events if event["event"] == "runner_on_failed"]


def written(folder: Path) -> dict[str, int]:
    """The files of a folder and when they were written; bytecode is Python's."""
    return {
        str(path): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

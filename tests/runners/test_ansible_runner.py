# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbooks under ansible-runner in AWX's layout, from the installed collection, on the local cluster.

AWX starts them so: extra variables as a survey sends them (text), credentials in the environment, and a folder for each
job.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from cluster import KUBECONFIG, Cluster, serving_image
from elsewhere import run

NAMESPACE = "runner-awx"
# As a survey sends them: all of it text.
SURVEY = {
    "model_serving_namespace": NAMESPACE,
    "model_serving_autoscaling_min_replicas": "1",
    "model_serving_autoscaling_max_replicas": "2",
    "model_serving_pdb_enabled": "no",
    "model_serving_cpu_request": "50m",
    "model_serving_memory_request": "128Mi",
    "model_serving_ingress_host": "runner.example.org",
    "model_serving_ingress_tls_redirect": "false",
    "model_serving_verify_url": "http://10.213.0.11",
    "model_serving_labels": '{"team": "risk"}',
}


@pytest.fixture(scope="module")
def namespace():
    cluster = Cluster(NAMESPACE)
    cluster.remove_namespace()
    yield cluster
    cluster.remove_namespace()


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


@pytest.fixture(scope="module")
def launch(environment, installed, namespace, tmp_path_factory):
    """Runs a playbook as a job; the folder of collections is the same, byte by byte, when it is over."""
    folder = tmp_path_factory.mktemp("awx")
    for name in ("project", "inventory", "env"):
        (folder / name).mkdir()
    hosts = {"here": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}}
    (folder / "inventory" / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    variables = {
        "K8S_AUTH_KUBECONFIG": str(KUBECONFIG),
        "ANSIBLE_COLLECTIONS_PATH": str(installed),
        "ANSIBLE_CONFIG": "",
        "PATH": f"{environment}:/usr/local/go/bin:/usr/bin:/bin",
    }
    (folder / "env" / "envvars").write_text(yaml.safe_dump(variables))

    def start(playbook: str, **answers: str) -> Job:
        image = {} if "model_serving_image" in answers else {"model_serving_image": serving_image()}
        (folder / "env" / "extravars").write_text(json.dumps({**SURVEY, **image, **answers}))
        before = written(installed)
        ident = f"{playbook}-{len(list(folder.glob('artifacts/*')))}"
        command = [environment / "ansible-runner", "run", folder, "-p", f"modelops.serving.{playbook}", "-i", ident]
        run("bash", "-c", '"$@" || true', "runner", *command, cwd=folder)
        assert written(installed) == before
        return Job(folder, ident)

    return start


def written(folder: Path) -> dict[str, int]:
    """The files of a folder and when they were written; bytecode is Python's."""
    return {
        str(path): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.jobs
@pytest.mark.timeout(900)
def test_the_jobs_of_a_workflow(launch):
    job = launch("deploy")
    assert job.status == "successful", job.output
    result = job.artifacts["model_serving_result"]
    assert (result["failed"], result["revision"], result["target"], result["ready"]) == (False, 1, "here", 1)
    assert result["prediction"]

    # The artifacts of a node are extra variables of the next one.
    job = launch("deploy", model_serving_settings='{"SERVER_MAX_ROWS": "none"}', **job.artifacts)
    assert job.status == "failed"
    assert job.failed_tasks() == ["Release the model"]
    result = job.artifacts["model_serving_result"]
    assert (result["failed"], result["revision"], result["restored_revision"]) == (True, 2, 1)
    assert result["message"] == "failed: CrashLoop in model-api r2, r1 serves"
    assert [entry["reason"] for entry in result["findings"]] == ["CrashLoop"]
    assert "SERVER_MAX_ROWS" in " ".join(result["findings"][0]["evidence"])
    assert job.output.count("remedy:") == 2  # as it happens, and with the task that failed
    assert "[ERROR]" not in job.output

    assert launch("deploy", model_serving_log_level="DEBUG").artifacts["model_serving_result"]["revision"] == 3
    job = launch("rollback", model_serving_rollback_revision="1", **job.artifacts)
    assert job.status == "successful", job.output
    assert job.artifacts["model_serving_result"]["previous_revision"] == 3

    job = launch("verify", model_verify_lines="pods_start, health_checks, logs", model_verify_report="")
    assert job.status == "successful", job.output
    job = launch("load_test", load_test_rate="20", load_test_duration="5", load_test_report="reports/load")
    assert job.status == "successful", job.output

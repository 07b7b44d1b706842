# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbooks under ansible-runner in AWX's layout, from the installed collection, on the local cluster.

AWX starts them so: extra variables as a survey sends them (text), credentials in the environment, and a folder for each
job.
"""

from __future__ import annotations

import pytest
from cluster import KUBECONFIG, Cluster, serving_image
from elsewhere import run
from jobs import Job, answer, lay_out, survey, written

NAMESPACE = "runner-awx"


@pytest.fixture(scope="module")
def namespace():
    cluster = Cluster(NAMESPACE)
    cluster.remove_namespace()
    yield cluster
    cluster.remove_namespace()


@pytest.fixture(scope="module")
def launch(environment, installed, namespace, tmp_path_factory):
    """Runs a playbook as a job; the folder of collections is the same, byte by byte, when it is over."""
    folder = tmp_path_factory.mktemp("awx")
    variables = {
        "K8S_AUTH_KUBECONFIG": str(KUBECONFIG),
        "ANSIBLE_COLLECTIONS_PATH": str(installed),
        "ANSIBLE_CONFIG": "",
        "PATH": f"{environment}:/usr/local/go/bin:/usr/bin:/bin",
    }
    lay_out(folder, variables)

    def start(playbook: str, **answers: str) -> Job:
        image = {} if "model_serving_image" in answers else {"model_serving_image": serving_image()}
        answer(folder, {**survey(NAMESPACE), **image, **answers})
        before = written(installed)
        ident = f"{playbook}-{len(list(folder.glob('artifacts/*')))}"
        command = [environment / "ansible-runner", "run", folder, "-p", f"modelops.serving.{playbook}", "-i", ident]
        run("bash", "-c", '"$@" || true', "runner", *command, cwd=folder)
        assert written(installed) == before
        return Job(folder, ident)

    return start


@pytest.mark.jobs
@pytest.mark.timeout(900)
def test_the_jobs_of_a_workflow(launch):
    job = launch("deploy")
    assert job.status == "successful", job.output
    result = job.artifacts["model_serving_result"]
    assert (result["failed"], result["revision"], result["target"], result["ready"]) == (False, 1, "here", 1)
    assert result["prediction"]

    # The artifacts of a node are extra variables of the next one.
    job = launch("deploy", model_serving_settings='{"MODEL_STORE": "/nowhere"}', **job.artifacts)
    assert job.status == "failed"
    assert job.failed_tasks() == ["Release the model"]
    result = job.artifacts["model_serving_result"]
    assert (result["failed"], result["revision"], result["restored_revision"]) == (True, 2, 1)
    assert result["message"] == "failed: CrashLoop in model-api r2, r1 serves"
    assert [entry["reason"] for entry in result["findings"]] == ["CrashLoop"]
    assert "MODEL_STORE" in " ".join(result["findings"][0]["evidence"])
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

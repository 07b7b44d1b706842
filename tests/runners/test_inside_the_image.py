# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The execution environment's image, and the jobs of AWX in it: user 1000, collection and project only readable.

The image is built on Debian, from PyPI; see debian.py.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import go_programs
import inside
import pytest
from cluster import KUBECONFIG, ROOT, Cluster, serving_image
from jobs import Job, answer, lay_out, survey, written

pytestmark = [pytest.mark.jobs, pytest.mark.timeout(1800)]

NAMESPACE = "runner-inside"
# A compiler, Go or the whole of the ansible package would be 250 MB and more.
MOST_MEGABYTES = 900


@pytest.fixture(scope="module")
def image(environment, tmp_path_factory):
    inside.image(tmp_path_factory.mktemp("image"), environment)


@pytest.fixture(scope="module")
def namespace():
    cluster = Cluster(NAMESPACE)
    cluster.remove_namespace()
    yield cluster
    cluster.remove_namespace()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """/runner of the jobs, with a project that only root may write."""
    folder = tmp_path_factory.mktemp("runner")
    places = "/runner/requirements_collections:/usr/share/ansible/collections"
    lay_out(folder, {"K8S_AUTH_KUBECONFIG": "/runner/env/kubeconfig", "ANSIBLE_COLLECTIONS_PATH": places})
    shutil.copy(KUBECONFIG, folder / "env" / "kubeconfig")
    (folder / "env" / "kubeconfig").chmod(0o600)
    for path in (folder, *folder.rglob("*")):
        if path.name != "project":
            os.chown(path, 1000, 0)
    return folder


@pytest.fixture(scope="module")
def container(image, installed, folder):
    (generator,) = go_programs.build(ROOT / "load" / "go", ("-ldflags=-s -w",))
    installed.chmod(0o755)  # a folder that pytest made is root's alone
    mounts = {
        "/runner:rw": folder,
        "/runner/project:ro": folder / "project",
        "/runner/requirements_collections:ro": installed,
        "/opt/load:ro": generator.parent,
    }
    container = inside.Container(mounts)
    yield container
    container.remove()


@pytest.fixture(scope="module")
def launch(container, folder, installed, namespace):
    def start(playbook: str, **answers: str) -> Job:
        answer(folder, {**survey(NAMESPACE), "model_serving_image": serving_image(), **answers})
        before = written(installed)
        ident = f"{playbook}-{len(list(folder.glob('artifacts/*')))}"
        done = container.run("ansible-runner", "run", "/runner", "-p", f"modelops.serving.{playbook}", "-i", ident)
        assert (folder / "artifacts" / ident / "status").exists(), done.stdout + done.stderr
        assert written(installed) == before
        return Job(folder, ident)

    return start


def test_it_is_small_and_has_nothing_of_this_machine(container):
    assert inside.megabytes() < MOST_MEGABYTES
    trusted = certificates(container.run("cat", inside.TRUSTED).stdout)
    packaged = certificates(container.run("bash", "-c", "cat /usr/share/ca-certificates/mozilla/*.crt").stdout)
    assert trusted and trusted <= packaged
    assert container.run("test", "-s", "/etc/pip.conf").returncode == 1
    names = "pip_(cert|index|find|config)|ssl_cert|proxy"
    assert container.run("bash", "-c", f"env | grep -i -E '{names}'").stdout == ""


def certificates(text: str) -> set[str]:
    return {"".join(part.split()) for part in text.split("-----BEGIN CERTIFICATE-----")[1:]}


def test_nothing_but_its_own_folder_can_be_written(container):
    assert container.run("id", "-u").stdout.strip() == "1000"
    for place in ("project", "requirements_collections/ansible_collections/modelops/serving"):
        assert "Read-only file system" in container.run("touch", f"/runner/{place}/file").stderr


def test_the_jobs_of_a_workflow(launch):
    job = launch("deploy")
    assert job.status == "successful", job.output
    result = job.artifacts["model_serving_result"]
    assert (result["failed"], result["revision"], result["ready"]) == (False, 1, 1)

    job = launch("deploy", model_serving_settings='{"MODEL_STORE": "/nowhere"}')
    assert job.status == "failed"
    result = job.artifacts["model_serving_result"]
    assert (result["revision"], result["restored_revision"]) == (2, 1)
    finding = result["findings"][0]
    assert finding["reason"] == "CrashLoop"
    assert "MODEL_STORE" in " ".join(finding["evidence"])
    assert finding["remedy"]

    assert launch("deploy", model_serving_log_level="DEBUG").artifacts["model_serving_result"]["revision"] == 3
    job = launch("rollback", model_serving_rollback_revision="1")
    assert job.status == "successful", job.output
    assert job.artifacts["model_serving_result"]["previous_revision"] == 3

    job = launch("verify", model_verify_lines="pods_start, health_checks, logs", model_verify_report="")
    assert job.status == "successful", job.output
    # Without one in the image each job would fetch Go and build it.
    given = {"load_test_program": "/opt/load/load-generator", "load_test_report": "reports/load"}
    job = launch("load_test", load_test_rate="20", load_test_duration="5", **given)
    assert job.status == "successful", job.output

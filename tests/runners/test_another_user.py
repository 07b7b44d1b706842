# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The installed collection where it may not be written: as a user who is not root and has no home, in a folder of its
own, started by a program that is no shell, as a service or a container starts Ansible.

The user may read all files, so that the test needs no second installation of Python, and write only its own.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cluster import KUBECONFIG, serving_image
from elsewhere import run

USER = 1000
READER = "-all,+dac_read_search"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, as pytest's own is not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def read_only(installed, open_folder) -> Path:
    """The folder of collections, in which nobody may write."""
    copy = Path(shutil.copytree(installed, open_folder / "collections"))
    for path in (copy, *copy.rglob("*")):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222 | 0o444)
    return copy


@pytest.fixture
def job(open_folder) -> Path:
    """The user's folder, with an inventory."""
    folder = open_folder / "job"
    folder.mkdir()
    host = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"here": host}}}))
    os.chown(folder, USER, USER)
    return folder


@pytest.fixture
def play(environment, read_only, job):
    """Runs a playbook of the collection as that user."""

    def start(playbook: str, *arguments: str, **others: str) -> str:
        known = {
            "PATH": f"{environment}:/usr/bin:/bin",
            # Nothing is there, and this user cannot make it.
            "HOME": str(job.parent / "no-home"),
            "ANSIBLE_HOME": str(job / "ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(read_only),
            "ANSIBLE_FORCE_COLOR": "0",
            "K8S_AUTH_KUBECONFIG": str(KUBECONFIG),
            **others,
        }
        user = ["--reuid", str(USER), "--regid", str(USER), "--clear-groups", "--no-new-privs"]
        rights = [f"--{kind}={READER}" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
        variables = [f"{name}={value}" for name, value in known.items()]
        command = ["ansible-playbook", f"modelops.serving.{playbook}", "-i", job / "hosts.yml", *arguments]
        return run("setpriv", *user, *rights, "env", "-i", *variables, *command, cwd=job)

    return start


def test_the_user_may_write_only_its_own(read_only, job):
    user = ["--reuid", str(USER), "--regid", str(USER), "--clear-groups", f"--bounding-set={READER}"]
    run("setpriv", *user, f"--inh-caps={READER}", f"--ambient-caps={READER}", "touch", job / "a")
    run("setpriv", *user, f"--inh-caps={READER}", f"--ambient-caps={READER}", "touch", read_only / "a", status=1)


@pytest.mark.parametrize(
    "environment_says", [{}, {"PWD": "/"}, {"PWD": "/nonexistent"}], ids=["nothing", "other", "gone"]
)
def test_what_is_rendered_is_where_the_user_stands(play, job, environment_says):
    shown = play("render", "-e", "model_serving_image=registry.example.org/api:1", **environment_says)
    assert f'"msg": "{job}/rendered"' in shown
    assert (job / "rendered" / "here.yml").stat().st_uid == USER


@pytest.mark.timeout(300)
def test_verify_writes_its_report_there(play, job):
    shown = play("verify", "-e", "model_verify_lines=pods_start,health_checks", "-e", "model_verify_report=out/checks")
    assert "2 of 2 passed" in shown
    for ending in ("json", "xml", "html"):
        assert str(job / f"out/checks.{ending}") in shown
        assert (job / f"out/checks.{ending}").stat().st_uid == USER


@pytest.mark.timeout(300)
def test_a_deployment_can_be_previewed(play, job):
    given = ["-e", f"model_serving_image={serving_image()}", "-e", "model_serving_log_level=DEBUG"]
    shown = play("deploy", *given, "--check", "--diff")
    assert "LOG_LEVEL: DEBUG" in shown
    assert "would be" in shown
    assert not (job / ".ansible").exists()

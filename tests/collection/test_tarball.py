# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What `ansible-galaxy collection build` packs, and that the installed collection works."""

from __future__ import annotations

import sys
import tarfile

import pytest
import yaml
from playbook_runs import ROOT, command

NEEDED = {
    "COPYING",
    "Dockerfile",
    "README.md",
    "meta/runtime.yml",
    "playbooks/deploy.yml",
    "playbooks/rollback.yml",
    "plugins/modules/release.py",
    "requirements.txt",
    "roles/model_serving/files/dashboard.json",
    "roles/model_serving/templates/deployment.yml.j2",
    "scripts/build_go.sh",
    "server/requirements.txt",
}
# Top-level names that belong to a checkout or its machine.
FOREIGN = {
    ".venv",
    ".state",
    ".git",
    ".github",
    ".ci",
    ".ansible",
    ".cache",
    "collections",
    "helm",
    "reports",
    "rendered",
}


@pytest.fixture(scope="module")
def tarball(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build")
    run = command("ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(folder))
    assert run.status == 0, run.output
    return next(folder.glob("modelops-serving-*.tar.gz"))


@pytest.fixture(scope="module")
def names(tarball) -> set[str]:
    with tarfile.open(tarball) as archive:
        return {member.name for member in archive.getmembers() if member.isfile()}


def test_it_ships_what_a_deploy_needs(names):
    assert NEEDED - names == set()


def test_it_ships_nothing_of_the_machine(names):
    # .yamllint, which Galaxy's importer reads, names this one.
    assert {name for name in names if name.split("/")[0] in FOREIGN} == {"helm/.yamllintignore"}
    assert {name for name in names if name.endswith((".pyc", ".tar", ".log", "kubeconfig"))} == set()


def test_the_installed_collection_works_under_the_same_names(tarball, tmp_path):
    installed = tmp_path / "collections"
    run = command(
        "ansible-galaxy",
        "collection",
        "install",
        str(tarball),
        "--no-deps",
        "--force",
        "-p",
        str(installed),
        cwd=tmp_path,
    )
    assert run.status == 0, run.output
    inventory = tmp_path / "hosts.yml"
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "model_serving_image": "registry.example.org/model-api:0123456789ab",
        "model_serving_render_directory": str(tmp_path / "rendered"),
    }
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"here": variables}}}))
    run = command(
        "ansible-playbook",
        "modelops.serving.render",
        "-i",
        str(inventory),
        cwd=tmp_path,
        ANSIBLE_COLLECTIONS_PATH=str(installed),
    )
    assert run.status == 0, run.output
    kinds = [obj["kind"] for obj in yaml.safe_load_all((tmp_path / "rendered" / "here.yml").read_text())]
    assert "Deployment" in kinds

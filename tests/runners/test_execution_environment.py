# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ansible-builder understands execution-environment.yml, and what the installed collection asks for.

It writes the context of the image's build; no image is built here.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from elsewhere import ROOT, run


@pytest.fixture(scope="module")
def context(environment, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("context")
    file = ROOT / "execution-environment.yml"
    options = ("--output-filename", "Containerfile")
    run(environment / "ansible-builder", "create", "-f", file, "-c", folder, *options, cwd=folder)
    return folder


def test_the_context_has_what_the_collection_needs(context):
    built = context / "_build"
    for name in ("requirements.txt", "requirements.yml", "bindep.txt"):
        assert (built / name).read_text() == (ROOT / name).read_text()


def test_the_image_is_made_as_the_file_says(context):
    said = yaml.safe_load((ROOT / "execution-environment.yml").read_text())
    arguments = dict(re.findall(r'^ARG (\w+)="(.*)"$', (context / "Containerfile").read_text(), re.MULTILINE))
    assert arguments["EE_BASE_IMAGE"] == said["images"]["base_image"]["name"]
    assert arguments["PYPKG"] == said["dependencies"]["python_interpreter"]["package_system"]
    assert said["dependencies"]["ansible_core"]["package_pip"] in arguments["ANSIBLE_INSTALL_REFS"]
    assert said["dependencies"]["ansible_runner"]["package_pip"] in arguments["ANSIBLE_INSTALL_REFS"]
    assert arguments["PKGMGR"] == said["options"]["package_manager_path"]


def test_an_environment_with_the_collection_gets_its_packages(environment, installed):
    """meta/execution-environment.yml is read when somebody else's environment has this collection."""
    found = yaml.safe_load(run(environment / "ansible-builder", "introspect", installed, cwd=installed))
    python = " ".join(found["python"]["modelops.serving"] if isinstance(found["python"], dict) else found["python"])
    system = " ".join(found["system"]["modelops.serving"] if isinstance(found["system"], dict) else found["system"])
    assert "kubernetes>=31.0.0" in python and "matplotlib>=3.10" in python
    assert "golang" in system and "git" in system

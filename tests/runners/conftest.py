# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An environment as an execution environment has it, and the installed tarball."""

from __future__ import annotations

from pathlib import Path

import deselected
import environments
import pytest
from elsewhere import ROOT, run
from environments import BIN

LOCK = ROOT / "requirements" / "runners.txt"


def pytest_configure(config):
    config.addinivalue_line("markers", "jobs: takes minutes, runs with MODEL_SERVING_RUNNERS=all only (make runners)")


def pytest_collection_modifyitems(config, items):
    """Deselects the jobs unless they are asked for; none is skipped."""
    deselected.unless_all("MODEL_SERVING_RUNNERS", "jobs", config, items)


@pytest.fixture(scope="session")
def environment() -> Path:
    """The folder with the programs of requirements/runners.txt."""
    return environments.environment(LOCK)


@pytest.fixture(scope="session")
def tarball(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    run(BIN / "ansible-galaxy", "collection", "build", ROOT, "--output-path", folder)
    return next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="session")
def installed(tarball, tmp_path_factory) -> Path:
    """A collections folder with the tarball."""
    folder = tmp_path_factory.mktemp("collections")
    run(BIN / "ansible-galaxy", "collection", "install", tarball, "--no-deps", "--force", "-p", folder)
    return folder

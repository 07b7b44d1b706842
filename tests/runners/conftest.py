# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An environment as an execution environment has it, and the installed tarball."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest
from elsewhere import ROOT, run

BIN = Path(sys.executable).parent
LOCK = ROOT / "requirements" / "runners.txt"


def pytest_configure(config):
    config.addinivalue_line("markers", "jobs: takes minutes, runs with MODEL_SERVING_RUNNERS=all only (make runners)")


def pytest_collection_modifyitems(config, items):
    """Deselects the jobs unless they are asked for; none is skipped."""
    if os.environ.get("MODEL_SERVING_RUNNERS") == "all":
        return
    out = [item for item in items if item.get_closest_marker("jobs")]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


@pytest.fixture(scope="session")
def environment() -> Path:
    """The folder with the programs of requirements/runners.txt; it is made once for each lock."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "modelops-serving" / "environments"
    folder = cache / f"runners-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if not (folder / "done").exists():
        run(BIN / "uv", "venv", "--quiet", "--clear", "--python", sys.executable, folder)
        run(
            BIN / "uv",
            "pip",
            "install",
            "--quiet",
            "--python",
            folder / "bin" / "python",
            "--require-hashes",
            "-r",
            LOCK,
        )
        (folder / "done").touch()
    return folder / "bin"


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

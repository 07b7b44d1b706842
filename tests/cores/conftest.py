# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An environment for each supported version of ansible-core: requirements/dev.txt with that version put over it.

``MODEL_SERVING_CORES=all`` runs every version (``make cores``), ``MODEL_SERVING_CORES="2.17 2.21"`` those. uv finds the
Python of each, or fetches it. Without the variable only what is said about the versions is tested.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest
from core import Core
from elsewhere import run
from versions import EVERYTHING, PYTHONS, lock

BIN = Path(sys.executable).parent
WANTED = os.environ.get("MODEL_SERVING_CORES", "")
VERSIONS = list(PYTHONS) if WANTED == "all" else WANTED.split()


def pytest_generate_tests(metafunc):
    if "core" in metafunc.fixturenames:
        metafunc.parametrize("core", VERSIONS, indirect=True, scope="session")


def pytest_configure(config):
    config.addinivalue_line("markers", "cores: takes minutes a version, runs with MODEL_SERVING_CORES=all (make cores)")


def pytest_collection_modifyitems(config, items):
    """Deselects the versions unless they are asked for; none is skipped."""
    out = [item for item in items if item.get_closest_marker("cores") and not VERSIONS]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


@pytest.fixture(scope="session")
def core(request) -> Core:
    """The environment is made once for each pair of locks."""
    locks = [EVERYTHING, lock(request.param)]
    pinned = hashlib.sha256(b"".join(path.read_bytes() for path in locks)).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "modelops-serving" / "environments"
    found = Core(request.param, cache / f"core-{request.param}-{pinned}")
    if not (found.folder / "done").exists():
        python = run(BIN / "uv", "python", "find", PYTHONS[request.param]).strip()
        run("bash", "tests/scripts/environment.sh", python, found.folder, locks[0])
        programs = found.folder / "bin"
        over = ("pip", "install", "--no-deps", "--require-hashes", "--requirement", locks[1])
        run(programs / "uv", *over, "--python", programs / "python")
        (found.folder / "done").touch()
    return found

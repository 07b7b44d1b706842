# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that the benchmarks of deploys run, and the cluster that they run against."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / name) for name in ("tests/faults", "tests/helm", "tests/collection", "collections")]

from cluster import command
from helm_programs import program

BIN = Path(sys.executable).parent
BUILD = ROOT / "scripts/build_go.sh"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "modelops-serving"


def run(*arguments: str | Path) -> float:
    """Seconds that a command takes; ends the benchmark when it fails."""
    began = time.monotonic()
    status, output = command(*arguments)
    if status:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed:\n{output[-6000:]}")
    return time.monotonic() - began


def helm() -> Path:
    """Helm 4, as the tests of the chart run it."""
    return program("helm")


def load_generator() -> Path:
    """The one that playbooks/load_test.yml builds too."""
    return built("load-generator", ROOT / "load/go")


def built(name: str, module: Path) -> Path:
    """A program of a pinned Go module, built the first time."""
    sources = (BUILD, module / "go.mod", module / "go.sum", *sorted(module.glob(f"{name}/*.go")))
    # Ansible's own file lookup, by which the playbooks name their folders, strips the end of each file.
    key = hashlib.sha256("".join(path.read_text("utf-8").rstrip() for path in sources).encode()).hexdigest()[:12]
    folder = CACHE / "programs" / f"{name}-{key}"
    if not folder.exists():
        print(f"building {name} from its Go modules (once)", flush=True)
        subprocess.run(["bash", BUILD, module, folder, sys.executable, "-ldflags=-s -w"], check=True)
    return folder / name


def kubectl() -> Path:
    """An installed one, else the newest that the local cluster was built with."""
    builds = sorted((CACHE / "programs").glob("*/kubectl"), key=lambda path: path.stat().st_mtime)
    found = shutil.which("kubectl") or next(reversed(builds), None)
    if not found:
        raise SystemExit("no kubectl: bring the local cluster up with make cluster")
    return Path(found)

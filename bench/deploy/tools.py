# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that the benchmarks of deploys run, and the cluster that they run against."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests/faults"), str(ROOT / "collections")]

from cluster import command

BIN = Path(sys.executable).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "modelops-serving"


def run(*arguments: str | Path) -> float:
    """Seconds that a command takes; ends the benchmark when it fails."""
    began = time.monotonic()
    status, output = command(*arguments)
    if status:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed:\n{output[-6000:]}")
    return time.monotonic() - began


def helm() -> Path:
    """Helm 4, built once from its pinned Go module."""
    program = CACHE / "bench/helm"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        print("building Helm 4 from its Go module (some minutes, once)", flush=True)
        subprocess.run(
            ["go", "build", "-trimpath", "-o", str(program), "helm.sh/helm/v4/cmd/helm"],
            cwd=HERE / "go",
            env=dict(os.environ, CGO_ENABLED="0", GOFLAGS="-mod=readonly"),
            check=True,
        )
    return program


def kubectl() -> Path:
    return _found("kubectl", "*/kubectl", "bring the local cluster up with make cluster")


def k6() -> Path:
    return _found("k6", "k6-*/k6", "playbooks/load_test.yml builds it")


def _found(name: str, built: str, remedy: str) -> Path:
    """An installed program, else the newest of those that this collection built."""
    builds = sorted((CACHE / "programs").glob(built), key=lambda path: path.stat().st_mtime)
    found = shutil.which(name) or next(reversed(builds), None)
    if not found:
        raise SystemExit(f"no {name}: {remedy}")
    return Path(found)

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Go programs that the tests run: built from pinned Go modules and kept in the cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "scripts" / "build_go.sh"
LOAD = BUILD.parents[1] / "load" / "go"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "modelops-serving" / "programs"


def key(pinned: Path, options: tuple[str, ...] = ()) -> str:
    """A hash of go.mod, go.sum, the build script and the options. ``pinned``: the folder of the go.mod."""
    parts = [BUILD.read_bytes(), *((pinned / name).read_bytes() for name in ("go.mod", "go.sum"))]
    parts += [path.read_bytes() for path in sorted(pinned.rglob("*.go"))]
    return hashlib.sha256(b"".join(parts) + " ".join(options).encode()).hexdigest()[:12]


def build(pinned: Path, options: tuple[str, ...] = ()) -> list[Path]:
    """The programs. The first build takes minutes."""
    folder = CACHE / f"{pinned.name}-{key(pinned, options)}"
    if not folder.exists():
        subprocess.run(["bash", BUILD, pinned, folder, sys.executable, *options], check=True)
    return sorted(folder.iterdir())


def load_generator() -> Path:
    """The program that sends the load of a load test."""
    return next(path for path in build(LOAD) if path.name == "load-generator")


def go() -> str:
    """The go command that built a program before: the machine's own, or the one that was fetched for it."""
    fetched = sorted(CACHE.glob("go-*/bin/go"))
    return shutil.which("go") or str(fetched[-1])

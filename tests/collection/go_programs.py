# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Go programs that the tests run: built from the modules that a go.mod of the tests pins, and kept in the cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "scripts" / "build_go.sh"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "modelops-serving" / "programs"


def key(pinned: Path, options: tuple[str, ...] = ()) -> str:
    """Of what is built from the folder of that go.mod."""
    parts = [BUILD.read_bytes(), *((pinned / name).read_bytes() for name in ("go.mod", "go.sum"))]
    return hashlib.sha256(b"".join(parts) + " ".join(options).encode()).hexdigest()[:12]


def build(pinned: Path, options: tuple[str, ...] = ()) -> list[Path]:
    """The programs; the first time takes minutes."""
    folder = CACHE / f"{pinned.name}-{key(pinned, options)}"
    if not folder.exists():
        subprocess.run(["bash", BUILD, pinned, folder, sys.executable, *options], check=True)
    return sorted(folder.iterdir())

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Python environments that tests need beside their own: made from a lock once, and kept in the cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "modelops-serving" / "environments"


def environment(lock: Path) -> Path:
    """The folder with the programs of the lock, a file of requirements with hashes."""
    folder = CACHE / f"{lock.stem}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w", encoding="utf-8") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two runs of the tests need it at once
        if not (folder / "done").exists():
            _uv("venv", "--quiet", "--clear", "--python", sys.executable, folder)
            python = folder / "bin" / "python"
            _uv("pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", lock)
            (folder / "done").touch()
    return folder / "bin"


def _uv(*arguments: str | Path) -> None:
    done = subprocess.run([BIN / "uv", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs programs of one version's environment, as a person would who has that one installed."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from playbook_runs import ROOT


def run(*command: str | Path, status: int = 0, **environment: str) -> str:
    """The output of a command in the checkout, which has to end with this status."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_FORCE_COLOR": "0", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout[-20000:]
    return done.stdout


@dataclass(frozen=True)
class Core:
    """``folder``: of the environment."""

    version: str
    folder: Path

    def run(self, *command: str | Path, status: int = 0) -> str:
        """The output of a program of the environment, which has to end with this status."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return run(*command, status=status, PATH=path, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"))

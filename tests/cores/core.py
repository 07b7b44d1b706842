# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs programs of one version's environment, as a person would who has that one installed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from elsewhere import ROOT, run


@dataclass(frozen=True)
class Core:
    """``folder``: of the environment."""

    version: str
    folder: Path

    def run(self, *command: str | Path, status: int = 0) -> str:
        """The output of a program of the environment, which has to end with this status."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return run(*command, status=status, PATH=path, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"))

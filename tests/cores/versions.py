# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The supported versions of ansible-core, and a Python that each takes on the controller: between them all
that the collection supports."""

from __future__ import annotations

from pathlib import Path

from playbook_runs import ROOT

PYTHONS = {"2.17": "3.11", "2.18": "3.12", "2.19": "3.13", "2.20": "3.12", "2.21": "3.13"}
LOCKS = ROOT / "requirements"
EVERYTHING = LOCKS / "dev.txt"


def lock(version: str) -> Path:
    """What is put over EVERYTHING."""
    return LOCKS / "cores" / f"{version}.txt"

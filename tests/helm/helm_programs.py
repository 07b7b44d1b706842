# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helm 4, Helm 3 and kustomize, built from their Go modules."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

import go_programs
import pytest

FOLDER = Path(__file__).resolve().parent / "go"
OPTIONS = ("-ldflags=-s -w",)
# The module that pins a program, and the program's name there.
MADE_BY = {"helm": ("helm", "helm"), "kustomize": ("helm", "kustomize"), "helm3": ("helm3", "helm")}
# Helm 3 is built from modules of its own.
HELMS = ["helm", pytest.param("helm3", marks=pytest.mark.longer)]


@cache
def program(name: str) -> Path:
    """One of the programs. Its first build takes some minutes."""
    module, built = MADE_BY[name]
    return next(path for path in go_programs.build(FOLDER / module, OPTIONS) if path.name == built)


def run(name: str, *arguments: str | Path, given: str | None = None, **environment: str) -> subprocess.CompletedProcess:
    """Runs one of the programs to its end. ``given``: its standard input."""
    return subprocess.run(
        [program(name), *map(str, arguments)],
        input=given,
        env={**os.environ, **environment} if environment else None,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def output(name: str, *arguments: str | Path, given: str | None = None, **environment: str) -> str:
    done = run(name, *arguments, given=given, **environment)
    assert done.returncode == 0, f"{name} {' '.join(map(str, arguments))}:\n{done.stdout}{done.stderr}"
    return done.stdout

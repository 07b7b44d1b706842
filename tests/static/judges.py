# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs kube-score (go/kube-score) and checkov (requirements/static.txt) over files of rendered objects."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import go_programs
from environments import environment
from playbook_runs import ROOT

KUBE_SCORE = Path(__file__).resolve().parent / "go" / "kube-score"
CHECKOV = ROOT / "requirements" / "static.txt"
ALL_WELL = 10

Findings = set[tuple[str, str]]


def kube_score(path: Path, version: str) -> Findings:
    """The kind of an object and the id of a check that it fails, optional checks among them."""
    (program,) = go_programs.build(KUBE_SCORE, ("-ldflags=-s -w",))
    options = ("--all-default-optional", "--output-format", "json", "--kubernetes-version", f"v{version}")
    scored = json.loads(_output(program, "score", *options, path))
    return {
        (obj["type_meta"]["kind"], check["check"]["id"])
        for obj in scored
        for check in obj["checks"] or []
        if check["grade"] < ALL_WELL and not check["skipped"]
    }


def checkov(folder: Path) -> dict[str, Findings]:
    """As kube_score, by the file's name, of all files of a folder in one run, for its start takes seconds."""
    program = environment(CHECKOV) / "checkov"
    options = ("--framework", "kubernetes", "--compact", "--quiet", "--skip-download", "--output", "json")
    said = json.loads(_output(program, "--directory", folder, *options))
    assert said["summary"]["parsing_errors"] == 0
    assert said["summary"]["passed"] > 0
    found: dict[str, Findings] = {}
    for failed in said["results"]["failed_checks"]:
        found.setdefault(Path(failed["file_path"]).stem, set()).add(
            (failed["resource"].partition(".")[0], failed["check_id"])
        )
    return found


def _output(*command: str | Path) -> str:
    """Of a program that ends with 1 where it finds something."""
    # Python's own path leads to this project's packages, which are not checkov's.
    apart = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command], env=apart, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script that builds images, with stand-ins for the programs that it calls."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from playbook_runs import ROOT

SCRIPT = ROOT / "roles" / "model_image" / "files" / "image.sh"
# Of the system, for the stand-ins are all that there is beside them.
NEEDED = [
    "bash",
    "mkdir",
    "mktemp",
    "grep",
    "tail",
    "rm",
    "cut",
    "sha256sum",
    "sed",
    "tee",
    "find",
    "sort",
    "xargs",
    "awk",
    "cat",
    "dirname",
    "chmod",
]


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/bash\n{text}\n")
    (folder / name).chmod(0o755)


def test_a_registry_that_cannot_be_asked_ends_the_run_before_the_build_also_where_skopeo_is_installed_first(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in NEEDED:
        (programs / name).symlink_to(shutil.which(name))
    program(programs, "id", "echo 0")
    program(programs, "buildah", f'[[ "$*" != *" bud "* ]] || touch {tmp_path}/built; exit 1')
    asks = "echo 'dial tcp: lookup registry.nosuch.example: no such host' >&2; exit 1"
    program(programs, "apt-get", f'printf "#!/bin/bash\\n{asks}\\n" > {programs}/skopeo; chmod +x {programs}/skopeo')
    given = {
        "REFERENCE": "registry.nosuch.example/models/model-api:1",
        "CONTEXT": str(tmp_path),
        "CACHE": str(tmp_path / "cache"),
        "BASE": "python:3.13-slim",
        "SUITE": "trixie",
        "BUILDER": "auto",
        "BUILDER_INSTALL": "True",
        "DELIVER": "push",
        "PATH": str(programs),
    }
    empty = dict.fromkeys(("CA_BUNDLE", "PIP_CONF", "ALIAS", "CONTAINERD_SOCKETS", "CTR", "MINIKUBE_PROFILE"), "")
    done = subprocess.run(
        ["bash", str(SCRIPT), "build"],
        env={**os.environ, **empty, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "registry.nosuch.example cannot be asked: fix model_image_registry" in done.stderr, done.stderr
    assert not (tmp_path / "built").exists() and "the build failed" not in done.stderr

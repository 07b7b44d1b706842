# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs ansible-playbook and the collection's other commands as a user does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "model_serving"
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Run:
    """A finished command: exit status and output."""

    status: int
    output: str


def manifests() -> list[str]:
    """The names of the role's manifests, in the order of their table."""
    table = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["_model_serving_manifests"]
    return re.findall(r"'(\w+)': ", table)


def command(*arguments: str, cwd: Path = ROOT, **environment: str) -> Run:
    """Runs a program of this Python environment. The output has standard output and error together."""
    done = subprocess.run(
        [str(BIN / arguments[0]), *arguments[1:]],
        cwd=cwd,
        env={**os.environ, "ANSIBLE_FORCE_COLOR": "0", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return Run(done.returncode, done.stdout)


def render(variants: dict[str, dict], folder: Path) -> dict[str, list[dict]]:
    """The objects that playbooks/render.yml writes, by variant. ``variants``: a host's variables by its name."""
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "model_serving_image": "registry.example.org/model-api:0123456789ab",
        "model_serving_render_directory": str(folder / "rendered"),
    }
    inventory = folder / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"vars": common, "hosts": variants}}))
    run = command("ansible-playbook", "playbooks/render.yml", "-i", str(inventory))
    assert run.status == 0, run.output
    return {name: list(yaml.safe_load_all((folder / "rendered" / f"{name}.yml").read_text())) for name in variants}

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds the execution environment's image and runs programs in it, with buildah alone.

The image stays in the cache that the role model_image uses, and is built again when what it is made of changes. It
is built as ansible-builder builds it by default: what one step adds and a later one removes is not in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

import debian
import environments
from elsewhere import ROOT, run

CACHE = environments.CACHE.parent
STORE = ("--root", CACHE / "buildah/storage", "--runroot", CACHE / "buildah/run", "--storage-driver", "overlay")
MADE_OF = (
    "execution-environment.yml",
    "requirements.txt",
    "bindep.txt",
    "requirements/runners.txt",
    "tests/runners/debian.py",
)
TAG = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in MADE_OF)).hexdigest()[:12]
REFERENCE = f"localhost/modelops-serving/execution-environment:{TAG}"
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
# What an execution environment's own entry point is given.
START = ("/opt/builder/bin/entrypoint", "dumb-init")


def buildah(*arguments: str | Path) -> str:
    return run("buildah", *STORE, *arguments)


def image(folder: Path, programs: Path) -> None:
    """Sees that the image is there. ``folder``: for the files of the build."""
    prepare()
    if REFERENCE not in buildah("images", "--format", "{{.Name}}:{{.Tag}}"):
        build(folder, programs)


def prepare() -> None:
    """buildah, and the base image."""
    settings = {"REFERENCE": REFERENCE, "BASE": "", "SUITE": "trixie", "DELIVER": "none"}
    builder = {"CACHE": str(CACHE), "BUILDER": "auto", "BUILDER_INSTALL": "True", "CA_BUNDLE": "", "PIP_CONF": ""}
    run("bash", ROOT / "roles/model_image/files/image.sh", "prepare", **settings, **builder)


def build(folder: Path, programs: Path) -> None:
    file = debian.execution_environment(folder, programs)
    context = folder / "context"
    builder = programs / "ansible-builder"
    run(builder, "create", "-f", file, "-c", context, "--output-filename", "Containerfile", cwd=folder)
    options = ("--isolation", "chroot", "--layers=false", "--tag", REFERENCE, "--file", context / "Containerfile")
    buildah("bud", *options, *volumes(), context)


def volumes() -> list[str]:
    """This machine's ways to PyPI, which the build sees and the image has not."""
    trusted = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    settings = os.environ.get("PIP_CONFIG_FILE")
    given = [(trusted, TRUSTED), (settings, "/etc/pip.conf")]
    return [word for source, place in given if source for word in ("--volume", f"{source}:{place}:ro")]


def megabytes() -> float:
    """The image's size."""
    listed = json.loads(buildah("images", "--json", REFERENCE))[0]["size"]
    number, unit = re.fullmatch(r"([\d.]+) ?([MG]B)", listed).groups()
    return float(number) * {"MB": 1, "GB": 1000}[unit]


class Container:
    """A container of the image. ``mounts``: folders of this machine, by where they stand in it."""

    def __init__(self, mounts: dict[str, str]):
        self.name = buildah("from", REFERENCE).strip().splitlines()[-1]
        self.volumes = [word for place, source in mounts.items() for word in ("--volume", f"{source}:{place}")]

    def run(self, *command: str) -> subprocess.CompletedProcess:
        """As AWX runs it: user 1000 of group 0. With the machine's network, for the cluster's addresses."""
        options = ("--user", "1000:0", "--network", "host", "--isolation", "oci", "--runtime", "runc", *self.volumes)
        words = ["buildah", *STORE, "run", *options, self.name, "--", *START, *command]
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)

    def remove(self) -> None:
        buildah("rm", self.name)

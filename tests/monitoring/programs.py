# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus, its operator and the VPA's recommender: built once from their Go modules, loaded as one image.

What the modules bring beside the programs, such as custom resource definitions and roles, is read from where Go keeps
them, so that it is always that of the pinned version.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path

import yaml
from image import archive, load_into_nodes

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "scripts" / "build_go.sh"
MODULES = {name: HERE / "go" / name for name in ("operator", "prometheus")}
# Of Prometheus' ways to discover targets only the one that the operator configures: the others are half of its size.
OPTIONS = ["-tags=remove_all_sd,enable_kubernetes_sd", "-ldflags=-s -w"]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "modelops-serving"
OPERATOR = "github.com/prometheus-operator/prometheus-operator"
PROMETHEUS = "github.com/prometheus/prometheus"
VPA = "k8s.io/autoscaler/vertical-pod-autoscaler"


def key(folder: Path) -> str:
    parts = [BUILD.read_bytes(), *((folder / name).read_bytes() for name in ("go.mod", "go.sum"))]
    return hashlib.sha256(b"".join(parts) + " ".join(OPTIONS).encode()).hexdigest()[:12]


def build() -> list[Path]:
    """The programs; the first time takes some minutes."""
    built = []
    for name, pinned in MODULES.items():
        folder = CACHE / "programs" / f"{name}-{key(pinned)}"
        if not folder.exists():
            subprocess.run(["bash", BUILD, pinned, folder, sys.executable, *OPTIONS], check=True)
        built += sorted(folder.iterdir())
    return built


@cache
def module(path: str) -> dict:
    """What Go knows of a pinned module; Dir and Version among it."""
    pinned = MODULES["operator" if path == OPERATOR else "prometheus"]
    # The build may have fetched a Go of its own.
    fetched = ":".join(str(found) for found in (CACHE / "programs").glob("go-*/bin"))
    done = subprocess.run(
        ["go", "mod", "download", "-json", path],
        cwd=pinned,
        env=dict(os.environ, GOTOOLCHAIN="local", PATH=f"{os.environ['PATH']}:{fetched}"),
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def documents(pinned: str, path: str) -> list[dict]:
    """The objects of a YAML file that a pinned module holds."""
    text = (Path(module(pinned)["Dir"]) / path).read_text()
    return [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document]


def prometheus_version() -> str:
    """Version 3.13.0 is the Go module's 0.313.0."""
    _major, minor, patch = module(PROMETHEUS)["Version"].removeprefix("v").split(".")
    return f"v{minor[0]}.{int(minor[1:])}.{patch}"


def layer(built: list[Path]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as content:
        for program in built:
            content.add(program, f"bin/{program.name}", filter=owned_by_root)
    return buffer.getvalue()


def owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = "root"
    return entry


def load() -> str:
    """Makes sure that every node has the image; returns its reference. It starts Prometheus unless told otherwise."""
    reference = f"modelops.serving/monitoring:{'-'.join(key(folder) for folder in MODULES.values())}"
    config = {"Entrypoint": ["/bin/prometheus"], "User": "65532:65532"}
    load_into_nodes(reference, lambda: archive(layer(build()), reference, config))
    return reference

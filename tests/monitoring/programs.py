# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus, its operator and exporters, and the VPA's recommender: built from their Go modules, loaded as one image.

Manifests such as custom resource definitions and roles are read from the Go module cache, so that they always belong to
the pinned version.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from functools import cache
from pathlib import Path

import go_programs
import yaml
from image import archive, load_into_nodes

FOLDER = Path(__file__).resolve().parent / "go"
# Only Kubernetes service discovery, which the operator uses: the other kinds are half of the program's size.
OPTIONS = ("-tags=remove_all_sd,enable_kubernetes_sd", "-ldflags=-s -w")
OPERATOR = "github.com/prometheus-operator/prometheus-operator"
PROMETHEUS = "github.com/prometheus/prometheus"
ADAPTER = "sigs.k8s.io/prometheus-adapter"
STATE_METRICS = "k8s.io/kube-state-metrics/v2"
VPA = "k8s.io/autoscaler/vertical-pod-autoscaler"
# The folder of the go.mod that pins each.
PINNED = {
    OPERATOR: "operator",
    PROMETHEUS: "prometheus",
    VPA: "prometheus",
    STATE_METRICS: "state",
    ADAPTER: "adapter",
}
MODULES = [FOLDER / name for name in dict.fromkeys(PINNED.values())]


def build() -> list[Path]:
    """The programs. The first build takes some minutes."""
    return [program for pinned in MODULES for program in go_programs.build(pinned, OPTIONS)]


@cache
def module(path: str) -> dict:
    """What ``go mod download -json`` prints for a pinned module, such as Dir and Version."""
    # The build may have fetched its own Go.
    fetched = ":".join(str(found) for found in go_programs.CACHE.glob("go-*/bin"))
    done = subprocess.run(
        ["go", "mod", "download", "-json", path],
        cwd=FOLDER / PINNED[path],
        env=dict(os.environ, GOTOOLCHAIN="local", PATH=f"{os.environ['PATH']}:{fetched}"),
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def documents(pinned: str, path: str) -> list[dict]:
    """The objects of a YAML file in a pinned module."""
    text = (Path(module(pinned)["Dir"]) / path).read_text()
    return [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document]


def prometheus_version() -> str:
    """The version as released: the Go module's 0.313.0 is 3.13.0."""
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
    """Loads the image into every node that lacks it; returns its reference. Its default command is Prometheus."""
    reference = f"modelops.serving/monitoring:{'-'.join(go_programs.key(pinned, OPTIONS) for pinned in MODULES)}"
    config = {"Entrypoint": ["/bin/prometheus"], "User": "65532:65532"}
    load_into_nodes(reference, lambda: archive(layer(build()), reference, config))
    return reference

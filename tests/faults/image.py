# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds images and loads them into the local cluster's nodes. The one for faults contains busybox.

An image is assembled directly (one layer, one configuration, one manifest), so the tests need no registry.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

from cluster import ROOT, STATE

REFERENCE = "modelops.serving/fault:1"
FOREIGN = "modelops.serving/fault-foreign:1"
# The program of FOREIGN: the head of an ELF file for a processor that no node has (SPARC V9), and nothing behind it.
FOREIGN_PROGRAM = bytes.fromhex("7f454c460202010000000000000000000002002b00000001") + bytes(40)
CONFIG = {"Env": ["PATH=/bin"], "Cmd": ["sh"]}
APPLETS = (
    "sh",
    "httpd",
    "sleep",
    "cat",
    "echo",
    "mkdir",
    "touch",
    "rm",
    "ls",
    "test",
    "true",
    "false",
    "date",
    "nc",
    "dd",
    "tail",
)


def add(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), mode
    archive.addfile(info, io.BytesIO(content))


def layer(program: Path) -> bytes:
    """bin/busybox with a link for each applet, bin/foreign, and a /tmp."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        add(archive, "bin/busybox", program.read_bytes(), 0o755)
        add(archive, "bin/foreign", FOREIGN_PROGRAM, 0o755)
        for applet in APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
        folder = tarfile.TarInfo("tmp")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
        archive.addfile(folder)
    return buffer.getvalue()


def archive(content: bytes, reference: str, config: dict, architecture: str = "amd64") -> bytes:
    """An image with that layer, as an archive in Docker's format, which containerd can import."""
    digest = hashlib.sha256(content).hexdigest()
    configuration = json.dumps(
        {
            "architecture": architecture,
            "os": "linux",
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
    ).encode()
    name = hashlib.sha256(configuration).hexdigest()
    manifest = [{"Config": f"{name}.json", "RepoTags": [reference], "Layers": [f"{digest}/layer.tar"]}]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as whole:
        add(whole, f"{digest}/layer.tar", content)
        add(whole, f"{name}.json", configuration)
        add(whole, "manifest.json", json.dumps(manifest).encode())
    return buffer.getvalue()


def load() -> str:
    """Loads both images into every node of the local cluster that lacks them; returns the reference of busybox's."""
    for reference in (REFERENCE, FOREIGN):
        load_into_nodes(reference, lambda reference=reference: archive(layer(busybox()), reference, CONFIG))
    return REFERENCE


def busybox() -> Path:
    """Path of a statically linked busybox."""
    script = ROOT / "tests/scripts/packaged.sh"
    found = subprocess.run(["bash", script, "busybox-static", "busybox"], check=True, capture_output=True, text=True)
    return Path(found.stdout.strip())


def load_into_nodes(reference: str, make: Callable[[], bytes]) -> None:
    """Imports the archive from ``make`` into every node that has no image with that reference."""
    sockets = sorted(STATE.glob("*/containerd.sock"))
    if not sockets:
        raise RuntimeError(f"{STATE} has no containerd of a local cluster: run make cluster")
    for socket in sockets:
        command = ["ctr", "--address", str(socket), "--namespace", "k8s.io", "images"]
        listed = subprocess.run([*command, "list", "--quiet"], check=True, capture_output=True, text=True).stdout
        if reference not in listed:
            subprocess.run([*command, "import", "-"], input=make(), check=True, capture_output=True)

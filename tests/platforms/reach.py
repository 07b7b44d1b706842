# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections from inside pods. The nodes' pods are processes of this machine, so that a program of this machine can
run in the network namespace of any of them; the pod needs no shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Prints "arrived" or "lost". A connection that is refused has arrived: nobody listens there.
PROGRAM = r"""
import socket, sys
protocol, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
NAME = b"".join(bytes([len(part)]) + part for part in b"kubernetes default svc cluster local".split()) + b"\0"
try:
    if protocol == "udp":
        asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asking.settimeout(3)
        asking.sendto(bytes.fromhex("123401000001000000000000") + NAME + b"\0\1\0\1", (host, port))
        asking.recv(512)
    else:
        socket.create_connection((host, port), 3).close()
    print("arrived")
except ConnectionRefusedError:
    print("arrived")
except TimeoutError:
    print("lost")
"""


def process_of(pod: dict) -> str:
    """The number of one of the pod's processes on this machine."""
    uid = pod["metadata"]["uid"]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"pod{uid}" in (process / "cgroup").read_text():
                return process.name
        except (FileNotFoundError, ProcessLookupError):
            continue
    raise AssertionError(f"{pod['metadata']['name']} has no process on this machine")


def arrives(pod: dict, protocol: str, host: str, port: int) -> bool:
    """Whether packets from that pod come to the address; by UDP, a query to a name server."""
    inside = ["nsenter", f"--net=/proc/{process_of(pod)}/ns/net", sys.executable, "-c", PROGRAM]
    done = subprocess.run([*inside, protocol, host, str(port)], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() in ("arrived", "lost"), done.stderr
    return done.stdout.strip() == "arrived"

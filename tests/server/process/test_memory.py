# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Memory that a turn frees serves the next one."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest
from support import REPOSITORY

TURNS, BLOCKS, BLOCK_BYTES = 50, 40, 100_000
PROGRAM = f"""
import resource, sys
from model_server.process import memory
if sys.argv[1:] == ["tuned"]:
    memory.tune()

def turn():
    blocks = [bytes({BLOCK_BYTES}) for _ in range({BLOCKS})]

turn()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({TURNS}):
    turn()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(*arguments: str) -> int:
    """Pages that the kernel had to map in all the turns."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={"PYTHONPATH": str(REPOSITORY / "server")},
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators are left as they are")
def test_freed_memory_serves_the_next_turn() -> None:
    pages = TURNS * BLOCKS * BLOCK_BYTES // 4096
    assert faults() > pages / 2, "this test shows nothing: the allocator keeps the memory by itself"
    assert faults("tuned") < pages / 20

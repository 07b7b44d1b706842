# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Memory of processes."""

from __future__ import annotations

import os

from model_server.observe.footprint import NAME, FootprintCollector, share


def test_a_process_has_a_share() -> None:
    assert share(os.getpid()) > 2**20


def test_a_process_that_ended_has_none() -> None:
    assert share(2**22 + 1) == 0
    assert list(FootprintCollector(lambda: [2**22 + 1]).collect()) == []


def test_all_processes_are_added() -> None:
    def memory(processes: list[int]) -> float:
        return next(FootprintCollector(lambda: processes).collect()).samples[0].value

    assert NAME == "model_server_memory_bytes"
    assert 1.5 * memory([os.getpid()]) < memory([os.getpid()] * 2) < 2.5 * memory([os.getpid()])

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CPUs by the quota of the cgroup."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from model_server.process import cpu


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))


@pytest.mark.parametrize(
    ("limit", "whole"),
    [("max 100000", 8), ("150000 100000", 2), ("50000 100000", 1), ("1600000 100000", 8), ("not a limit", 8)],
)
def test_version_2(tmp_path: Path, limit: str, whole: int) -> None:
    (tmp_path / "cpu.max").write_text(limit)
    assert cpu.quota(tmp_path) == whole


@pytest.mark.parametrize(("limit", "whole"), [("-1", 8), ("250000", 3)])
def test_version_1(tmp_path: Path, limit: str, whole: int) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(limit)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert cpu.quota(tmp_path) == whole


def test_without_a_cgroup_all_cores_count(tmp_path: Path) -> None:
    assert cpu.quota(tmp_path) == 8


def test_every_numeric_library_is_limited() -> None:
    variables = cpu.thread_variables(3)
    assert {variables[name] for name in cpu.VARIABLES} == {"3"}

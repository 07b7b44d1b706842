# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line when something changes, a sign of life when nothing does, and no flood."""

from __future__ import annotations

import time

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_says_changes_and_signs_of_life_only(tmp_path, clock):
    path = tmp_path / "progress"
    progress = Progress(str(path))
    for _second in range(20):
        progress.say("new pods 0/3")
        clock[0] += 1
    progress.say("new pods 1/3")
    assert path.read_text().splitlines() == [
        "  0.0 s   new pods 0/3",
        "  8.0 s   still: new pods 0/3",
        " 16.0 s   still: new pods 0/3",
        " 20.0 s   new pods 1/3",
    ]


def test_without_a_place_to_write_it_is_quiet(monkeypatch):
    monkeypatch.delenv("MODELOPS_SERVING_PROGRESS", raising=False)
    Progress().say("nobody hears this")


def test_a_place_that_cannot_be_written_is_no_failure(tmp_path):
    progress = Progress(str(tmp_path / "none" / "progress"))
    progress.say("one")
    progress.say("two")

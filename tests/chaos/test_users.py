# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from chaos.users import Answer, longest_outage


def answered(good: str) -> list[Answer]:
    """One answer a second; a dot is a good one."""
    return [Answer(float(second), "", mark == ".") for second, mark in enumerate(good)]


def test_an_outage_is_a_time_in_which_every_request_failed():
    assert longest_outage(answered(".x.xxx.x")) == pytest.approx(2.05)


def test_one_request_that_failed_is_a_short_one():
    assert longest_outage(answered("..x..")) == pytest.approx(0.05)
    assert longest_outage(answered("....")) == 0

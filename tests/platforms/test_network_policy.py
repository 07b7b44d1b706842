# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chapter "Network policy" of docs/targets.md: the release's policy, kept to by a real engine."""

from __future__ import annotations

from neighbourhood import Neighbourhood
from policy_engine import policies, put_back


def test_the_policy_admits_whom_it_names_and_nobody_else(tmp_path):
    around = Neighbourhood()
    with put_back(tmp_path):
        try:
            policies("ignored", tmp_path)
            around.make()
            assert all(around.attempts().values()), "without an engine everybody reaches everything"
            policies("enforced", tmp_path)
            arrived = around.attempts()
            assert arrived == {attempt: attempt.admitted for attempt in arrived}
            policies("ignored", tmp_path)
            assert all(around.attempts().values()), "the engine left its rules behind"
        finally:
            around.remove()

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from chaos.known import Known
from chaos.wanted import CRASHES, GOOD, Wanted

ONE, TWO, THREE = (Wanted(GOOD, greeting) for greeting in ("one", "two", "three"))


def known(*served: Wanted) -> Known:
    found = Known()
    for wanted in served:
        found.begin(wanted)
        found.serve(wanted)
    return found


def test_a_rollback_goes_to_the_last_other_set_that_served():
    assert known(ONE, TWO, TWO).goal == ONE
    assert known(ONE, TWO, ONE).goal == TWO
    assert known(ONE).goal is None


def test_over_a_bad_set_that_is_still_there_it_goes_to_the_one_that_serves():
    found = known(ONE, TWO)
    found.left_open = True
    assert found.goal == TWO


def test_what_a_run_that_was_cut_short_has_begun_may_serve():
    found = known(ONE)
    found.begin(TWO)
    found.begin(Wanted(CRASHES, "broken"))
    found.cut_short()
    assert found.answers == {"one", "two"}


def test_after_a_run_that_was_cut_short_an_earlier_goal_is_not_known():
    found = known(ONE, TWO)
    found.begin(THREE)
    found.cut_short()
    found.serve(ONE)
    assert found.goal is None and found.certain and not found.complete


def test_an_interrupted_rollback_may_have_gone_to_anything():
    found = known(ONE, TWO)
    found.begin(None)
    assert found.answers == {"one", "two"}

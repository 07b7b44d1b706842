# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a run for several targets."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.executor.playbook_executor import PlaybookExecutor
from ansible.playbook.play import Play
from ansible.vars.manager import VariableManager

from ansible_collections.modelops.serving.plugins.module_utils.release import targets

PASSED = {"skipped": True}
RELEASED = {"changed": True, "revision": 7, "summary": ["api r6 → r7: 3 updated", "  more"]}
CASES = {
    "eu-1": (PASSED, RELEASED),
    "eu-2": (PASSED, {"changed": False, "summary": ["api r6: nothing to change"]}),
    "eu-3": (PASSED, {"failed": True, "restored_revision": 6, "summary": ["failed: CrashLoop in api r7, r6 serves"]}),
    "us-10": (PASSED, {"failed": True, "msg": "https://us cannot be reached"}),
    "us-2": ({"failed": True, "msg": "model_serving_replica is not known\nmore\n"}, {}),
    "us-3": (PASSED, {}),
    "us-4": (None, {}),
}


FAILED_HERE = {"failed": True, "revision": 7, "restored_revision": 6, "summary": ["failed: ErrorsInBake in api r7"]}


def outcome(*names: str, at_once: list | None = None, may_fail: int = 0, on_failed_wave: str = "restore") -> dict:
    found = {name: targets.Target(*CASES[name]) for name in names}
    return targets.outcome(found, at_once or ["1"], may_fail, on_failed_wave)


def test_every_target_has_its_line_at_the_end():
    assert outcome(*CASES, at_once=["100%"]) == {
        "ends": True,
        "put_back": [],
        "lines": [
            "7 targets: 1 released, 1 unchanged, 1 restored, 3 failed, 1 not tried",
            "  released   eu-1   api r6 → r7: 3 updated",
            "  unchanged  eu-2   api r6: nothing to change",
            "  restored   eu-3   failed: CrashLoop in api r7, r6 serves",
            "  failed     us-10  https://us cannot be reached",
            "  failed     us-2   model_serving_replica is not known",
            "  failed     us-3   failed before the cluster was asked: see the task above",
            "  not tried  us-4",
        ],
    }


def test_nothing_is_said_between_waves_that_went_well():
    assert outcome("eu-1", "us-4") == {"ends": False, "put_back": [], "lines": []}
    assert targets.Target(PASSED, {"changed": True, "summary": ["api: 6 removed"]}).state == "removed"
    # Of a check of what was never deployed.
    made = {"changed": True, "changes": [{"action": "create"}], "summary": ["api: 6 would be created"]}
    assert targets.Target(PASSED, made).state == "released"
    assert outcome("eu-1", "eu-2")["lines"][0] == "2 targets: 1 released, 1 unchanged"


@pytest.mark.parametrize(
    ("total", "at_once", "sizes"),
    [
        (5, ["1"], [1, 1, 1, 1, 1]),
        (5, ["2"], [2, 2, 1]),
        (10, ["1", "4", "100%"], [1, 4, 5]),
        (3, ["10%"], [1, 1, 1]),
        (10, ["25%"], [2, 2, 2, 2, 2]),
        (2, ["7"], [2]),
    ],
)
def test_waves_are_ansibles(total, at_once, sizes):
    assert targets.wave_sizes(total, at_once) == sizes
    play = Play().load({"hosts": "all", "serial": list(at_once)}, variable_manager=VariableManager())
    inventory = SimpleNamespace(get_hosts=lambda *_arguments, **_options: list(range(total)))
    executor = SimpleNamespace(_inventory=inventory)
    assert [len(batch) for batch in PlaybookExecutor._get_serialized_batches(executor, play)] == sizes


OK, BAD, LEFT = targets.RELEASED, targets.FAILED, targets.NOT_TRIED


@pytest.mark.parametrize(
    ("states", "at_once", "may_fail", "ends"),
    [
        ([OK, LEFT, LEFT], ["1"], 0, False),
        ([OK, BAD, LEFT, LEFT], ["2"], 0, True),
        ([OK, BAD, LEFT, LEFT], ["2"], 49, True),
        ([OK, BAD, LEFT, LEFT], ["2"], 50, False),
        ([OK, targets.RESTORED, LEFT], ["2"], 0, True),
        ([BAD, LEFT], ["1"], 100, True),  # a wave of which all failed
        ([BAD, OK, OK, OK, LEFT], ["2"], 50, False),  # of an earlier wave
        ([OK, OK], ["1"], 0, True),
    ],
)
def test_a_wave_with_more_failures_than_may_be_is_the_last(states, at_once, may_fail, ends):
    assert targets.ends(states, at_once, may_fail) is ends


SERVED_BEFORE = {**RELEASED, "previous_revision": 6}


def wave(*results: dict, at_once: str = "3", may_fail: int = 0, on_failed_wave: str = "restore", left: int = 1) -> dict:
    found = {f"t{place}": targets.Target(PASSED, result) for place, result in enumerate(results, 1)}
    return targets.outcome(
        found | {f"left{place}": targets.Target() for place in range(left)}, [at_once], may_fail, on_failed_wave
    )


def test_the_others_of_a_wave_that_failed_with_the_release_are_put_back():
    unchanged = {"changed": False, "revision": 6, "previous_revision": 6}
    found = wave(SERVED_BEFORE, FAILED_HERE, unchanged)
    assert (found["ends"], found["put_back"]) == (True, ["t1"])


def test_they_stay_where_that_is_wanted_or_enough_may_fail():
    assert wave(SERVED_BEFORE, FAILED_HERE, SERVED_BEFORE, on_failed_wave="keep")["put_back"] == []
    assert wave(SERVED_BEFORE, FAILED_HERE, SERVED_BEFORE, may_fail=34)["put_back"] == []


def test_a_target_that_could_not_be_reached_says_nothing_of_the_release():
    unreachable = {"failed": True, "msg": "https://us cannot be reached"}
    found = wave(SERVED_BEFORE, unreachable, SERVED_BEFORE)
    assert (found["ends"], found["put_back"]) == (True, [])


def test_a_first_release_and_earlier_waves_stay():
    assert wave(RELEASED, FAILED_HERE, at_once="2", left=0)["put_back"] == []
    assert wave(SERVED_BEFORE, SERVED_BEFORE, FAILED_HERE, at_once="2", left=1)["put_back"] == []


def test_what_was_put_back_and_what_could_not_be_has_a_line():
    back = {"changed": True, "revision": 8, "summary": ["api r7 → r8: 2 updated"]}
    found = {
        "eu-1": targets.Target(PASSED, FAILED_HERE),
        "eu-2": targets.Target(PASSED, SERVED_BEFORE, back),
        "eu-3": targets.Target(PASSED, SERVED_BEFORE, {"msg": "https://eu-3 cannot be reached"}),
        "us-1": targets.Target(),
    }
    assert targets.outcome(found, ["3"], 0, "restore")["lines"] == [
        "4 targets: 1 restored, 1 rolled back, 1 failed, 1 not tried",
        "  restored     eu-1  failed: ErrorsInBake in api r7",
        "  rolled back  eu-2  r6 again: api r7 → r8: 2 updated",
        "  failed       eu-3  released, and r6 could not be put back: https://eu-3 cannot be reached",
        "  not tried    us-1",
    ]


def test_what_somebody_released_since_is_left_to_them():
    message = "r7 was to be rolled back, and r8 was released since: nothing was changed"
    left = {
        "msg": "failed: ReleasedSince in api r8\n",
        "revision": 8,
        "findings": [{"reason": "ReleasedSince", "message": message}],
    }
    found = {"eu-1": targets.Target(PASSED, FAILED_HERE), "eu-2": targets.Target(PASSED, SERVED_BEFORE, left)}
    assert targets.outcome(found, ["2"], 0, "restore")["lines"] == [
        "2 targets: 1 restored, 1 released since",
        "  restored        eu-1  failed: ErrorsInBake in api r7",
        f"  released since  eu-2  {message}",
    ]


@pytest.mark.parametrize(("here", "tried"), [("a", "a"), ("b", "abc"), ("c", "abc"), ("d", "abcde"), ("e", "abcde")])
def test_what_was_tried_are_the_waves_up_to_this_ones(here, tried):
    assert targets.tried(list("abcde"), here, ["1", "2"]) == list(tried)


def test_the_first_wave_is_ansibles():
    assert targets.first_wave(["a", "b", "c", "d"], ["50%", "100%"]) == ["a", "b"]
    assert targets.first_wave([], ["1"]) == []


def test_what_stood_before_the_first_release_is_restored_too():
    """It is revision 0."""
    failed = {"failed": True, "restored_revision": 0, "summary": ["failed: CrashLoop in api r1, r0 serves"]}
    assert targets.Target({}, failed).state == targets.RESTORED

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


def outcome(*names: str, at_once: list | None = None, may_fail: int = 0) -> dict:
    checked, results = ({name: CASES[name][place] for name in names} for place in (0, 1))
    return targets.outcome(checked, results, at_once or ["1"], may_fail)


def test_every_target_has_its_line_at_the_end():
    assert outcome(*CASES, at_once=["100%"]) == {
        "ends": True,
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
    assert outcome("eu-1", "us-4") == {"ends": False, "lines": []}
    assert targets.state(PASSED, {"changed": True, "summary": ["api: 6 removed"]}) == "removed"
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

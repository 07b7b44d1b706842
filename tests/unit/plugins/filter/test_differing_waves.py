# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets that do not agree on the waves of a run are named."""

from __future__ import annotations

import pytest
from jinja2.exceptions import UndefinedError

from ansible_collections.modelops.serving.plugins.filter.differing_waves import AT_ONCE, MAY_FAIL, differing_waves

ABSENT = object()


class Unreadable(dict):
    def get(self, name, default=None):
        raise UndefinedError("not defined")


def found(variable: str, *values: object) -> list[str]:
    hostvars = {f"t{number}": {} if value is ABSENT else {variable: value} for number, value in enumerate(values, 1)}
    return differing_waves(list(hostvars), hostvars)


@pytest.mark.parametrize(
    ("variable", "values"),
    [
        (AT_ONCE, (2, "2", [2], ["2"], "[2]")),
        (AT_ONCE, (ABSENT, 1, "1", [1], None, "")),
        (AT_ONCE, ([1, "100%"], "1, 100%", "1\n100%")),
        (AT_ONCE, ("{{ nowhere }}", 2)),
        (MAY_FAIL, (50, "50", 50.0, " 50 ")),
        (MAY_FAIL, (ABSENT, 0, "0", None)),
    ],
)
def test_one_value(variable, values):
    assert found(variable, *values) == []


def test_another_value_is_told_with_the_targets_that_have_it():
    assert found(AT_ONCE, 1, [1], ABSENT, 4) == [
        "model_serving_targets_at_once is 4 for t4 and 1 for t1, t2, t3: it is one for all targets of a run. Set it "
        "once, in group_vars/all of the inventory or with -e, or name with --limit targets that have the same."
    ]
    assert "is 50 for t1, 20 for t2 and 0 for t3, t4:" in found(MAY_FAIL, 50, 20, ABSENT, 0)[0]


def test_of_many_targets_some_are_named():
    assert "and 1 for t1, t2, t3, t4, t5 and 4 more:" in found(AT_ONCE, *[1] * 9, "100%")[0]


def test_a_target_that_cannot_be_read_is_left_out():
    assert differing_waves(["a", "b"], {"a": Unreadable(), "b": {AT_ONCE: 2}}) == []

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each profile sends, and what would send nothing or be refused."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.load_test.profiles import (
    Step,
    check_admitted,
    full_load,
    length,
    steps,
)


@pytest.mark.parametrize(
    ("profile", "sent"),
    [
        ("smoke", [Step(5, 15)]),
        ("steady", [Step(50, 120)]),
        ("spike", [Step(4, 10), Step(80, 90)]),
        ("soak", [Step(20, 3600)]),
    ],
)
def test_a_profile(profile, sent):
    assert steps(profile, None, None) == sent


def test_rate_and_duration_are_those_of_full_load():
    assert steps("spike", 1000, 30) == [Step(50, 10), Step(1000, 30)]
    assert steps("spike", 3, 30)[0] == Step(1, 10)


def test_full_load_begins_with_the_highest_rate():
    sent = steps("spike", None, None)
    assert (full_load(sent), length(sent)) == (10, 100)
    assert full_load(steps("steady", None, None)) == 0


@pytest.mark.parametrize(
    ("rate", "duration", "words"),
    [
        (0, None, r"rate 0: no request would be sent.*load_test_rate.*steady has 50"),
        (-1, None, r"rate -1"),
        (None, 0, r"duration 0: no request.*seconds.*load_test_duration.*steady has 120"),
    ],
)
def test_a_load_of_nothing_is_refused(rate, duration, words):
    with pytest.raises(ServingError, match=words):
        steps("steady", rate, duration)


def test_a_rate_that_the_ingress_forbids_is_refused():
    with pytest.raises(ServingError, match=r"rate 101: the ingress admits 100 .* load_test_source=cluster"):
        check_admitted(steps("spike", 101, 10), 100)
    check_admitted(steps("spike", 100, 10), 100)
    check_admitted(steps("spike", 100000, 10), 0)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that are out of their range."""

from __future__ import annotations

import pytest
from variable_options import OPTIONS

from ansible_collections.modelops.serving.plugins.module_utils.variables.ranges import RANGES, outside

# Its range is that of the server's setting, which model_serving_settings may have too: a constraint.
ELSEWHERE = {"model_serving_drain_seconds"}


def test_every_number_has_a_range_or_choices():
    numbers = {
        name for name, option in OPTIONS.items() if option["type"] in ("int", "float") and "choices" not in option
    }
    assert numbers - ELSEWHERE == RANGES.keys(), "add a row to variables/ranges.py, or remove one"


@pytest.mark.parametrize("name", RANGES)
def test_both_bounds_are_in_the_range_and_so_is_the_default(name):
    low, high = RANGES[name]
    default = OPTIONS[name].get("default", low)
    assert not any(list(outside({name: value})) for value in (low, high, default))


def test_what_is_outside_is_named_with_the_bounds():
    assert list(
        outside({"model_serving_service_port": 65536, "model_serving_name": "a", "model_serving_timeout": 1})
    ) == [
        (
            "model_serving_service_port",
            "model_serving_service_port (65536) is out of range: use 1 to 65535.",
        )
    ]

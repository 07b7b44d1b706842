# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether applying a template makes new pods."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.preflight.update import same


@pytest.mark.parametrize(
    ("wanted", "live", "result"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),  # what the API server adds
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"cpu": "1000m"}, {"cpu": "1"}, True),
        ({"memory": "1024Mi"}, {"memory": "1Gi"}, True),
        ({"image": "api:1"}, {"image": "api:2"}, False),
        ([{"name": "a"}], [{"name": "a", "x": 1}], True),
        ([{"name": "a"}], [{"name": "a"}, {"name": "b"}], False),
        ([1], {"a": 1}, False),
        ({}, None, False),
    ],
)
def test_more_fields_are_the_same_and_other_values_are_not(wanted, live, result):
    assert same(wanted, live) is result

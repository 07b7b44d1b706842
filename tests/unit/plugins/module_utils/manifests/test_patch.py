# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a patch makes of an object."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.manifests.patch import patched

CASES = {
    "a field is set": ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
    "a field is replaced": ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
    "dictionaries are merged at any depth": (
        {"a": {"b": {"c": 1, "d": 2}}},
        {"a": {"b": {"c": 3}}},
        {"a": {"b": {"c": 3, "d": 2}}},
    ),
    "nothing removes a field": ({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": None}}, {"b": {"d": 3}}),
    "nothing of a field that is not there sets none": ({}, {"a": None, "b": {"c": None}}, {"b": {}}),
    "a list of names is merged by name, and what is new comes last": (
        {"c": [{"name": "api", "image": "a", "env": [{"name": "X", "value": "1"}]}]},
        {"c": [{"name": "log", "image": "l"}, {"name": "api", "env": [{"name": "Y", "value": "2"}]}]},
        {
            "c": [
                {
                    "name": "api",
                    "image": "a",
                    "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}],
                },
                {"name": "log", "image": "l"},
            ]
        },
    ),
    "an entry is removed by its name": (
        {"c": [{"name": "a"}, {"name": "b"}]},
        {"c": [{"name": "a", "$patch": "delete"}]},
        {"c": [{"name": "b"}]},
    ),
    "an entry that is not there is removed too": ({"c": []}, {"c": [{"name": "a", "$patch": "delete"}]}, {"c": []}),
    "a list that is not there is set": ({}, {"c": [{"name": "a", "b": None}]}, {"c": [{"name": "a"}]}),
    "any other list is replaced": ({"c": [1, 2]}, {"c": [3]}, {"c": [3]}),
    "a list of which not all have names is replaced": (
        {"c": [{"name": "a"}, {"port": 1}]},
        {"c": [{"name": "b"}]},
        {"c": [{"name": "b"}]},
    ),
    "an empty list replaces": ({"c": [{"name": "a"}]}, {"c": []}, {"c": []}),
}


@pytest.mark.parametrize(("base", "patch", "result"), CASES.values(), ids=CASES)
def test_a_patch_is_merged(base, patch, result):
    before = copy.deepcopy((base, patch))
    assert patched(base, patch) == result
    assert (base, patch) == before

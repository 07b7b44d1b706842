# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a Secret is written so that a key that is left out later goes."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.string_data import as_data

META = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}}


def test_strings_become_data_and_go_before_it():
    given = {**META, "immutable": True, "data": {"a": "eA==", "c": "eA=="}, "stringData": {"b": "é", "a": "wins"}}
    data = {"a": "d2lucw==", "b": "w6k=", "c": "eA=="}
    assert as_data(given) == {**META, "immutable": True, "data": data}
    assert given["stringData"] == {"b": "é", "a": "wins"}


def test_no_strings_leave_the_data_as_it_is():
    assert as_data({**META, "stringData": {}}) == META
    assert as_data({**META, "data": {"a": "eA=="}, "stringData": {}}) == {**META, "data": {"a": "eA=="}}


@pytest.mark.parametrize(
    "refused", [{"stringData": {"a": None}}, {"stringData": ["a"]}, {"stringData": {"a": "b"}, "data": ["c"]}]
)
def test_what_is_refused_by_its_name_keeps_its_name(refused):
    assert as_data({**META, **refused}) == {**META, **refused}


def test_another_kind_may_have_strings_of_its_own():
    thing = {**META, "kind": "Thing", "stringData": {"a": "b"}}
    assert as_data(thing) == thing

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ids of requests."""

from __future__ import annotations

import re

import pytest

from model_server.api.request_ids import RequestIds


@pytest.mark.parametrize("given", ["r-1", "a.b:c_d", "x" * 128])
def test_a_well_formed_id_is_kept(given: str) -> None:
    assert RequestIds().of({"X_REQUEST_ID": given}) == given


@pytest.mark.parametrize("given", ["", "x" * 129, 'a"b', "a b", "a\n", "é"])
def test_any_other_is_replaced(given: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{12}-0", RequestIds().of({"X_REQUEST_ID": given}))


def test_no_two_are_the_same() -> None:
    ids, others = RequestIds(), RequestIds()
    assert len({made.of({}) for made in (ids, others) for _unused in range(3)}) == 6

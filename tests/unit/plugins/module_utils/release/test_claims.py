# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A claim that has grown stays as large as it is."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import key
from ansible_collections.modelops.serving.plugins.module_utils.release import claims


def claim(asked: str | None, has: str | None = None) -> dict:
    found = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}}
    found["spec"] = {"resources": {"requests": {"storage": asked}}} if asked else {}
    return found | ({"status": {"capacity": {"storage": has}}} if has else {})


@pytest.mark.parametrize(
    ("wanted", "live", "applied"),
    [
        (claim("1Gi"), claim("2Gi", "2Gi"), "2Gi"),
        (claim("1Gi"), claim("2Gi", "1Gi"), "2Gi"),
        (claim("1536Mi"), claim("2Gi", "1Gi"), "1536Mi"),
        (claim("3Gi"), claim("2Gi", "2Gi"), "3Gi"),
        (claim("1024Mi"), claim("1Gi", "1Gi"), "1024Mi"),
        (claim("1Gi"), claim("2Gi"), "1Gi"),
        (claim("1Gi"), None, "1Gi"),
    ],
    ids=["grown", "growing", "not reached", "grows", "as it is", "not bound", "new"],
)
def test_the_size_that_is_applied(wanted, live, applied):
    assert claims.with_size(wanted, live)["spec"]["resources"]["requests"]["storage"] == applied
    said = claims.sentences([wanted], {key(wanted): live} if live else {})
    assert said == (
        ["PersistentVolumeClaim/data stays at 2Gi: a claim cannot shrink to 1Gi"] if applied == "2Gi" else []
    )


def test_what_asks_for_no_size_is_left_alone():
    assert claims.with_size(claim(None), claim("2Gi", "2Gi")) == claim(None)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody released after the revision that is to be rolled back."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.release import expected
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision

BEFORE = (9, "superseded")


def history(*given: tuple) -> list[Revision]:
    return [Revision(number, status, str(number), "") for number, status in (BEFORE, *given)]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([(10, "serving")], None),
        ([(10, "applied")], None),
        ([(10, "serving"), (11, "failed")], None),
        ([(10, "superseded"), (11, "serving")], 11),
        ([(10, "serving"), (11, "applied")], 11),
        ([(10, "serving"), (11, "pending")], 11),
        ([(10, "serving"), (11, "kept")], 11),
        ([(10, "superseded"), (11, "superseded"), (12, "serving")], 12),
        # Forgotten, by whoever took it back.
        ([(8, "serving")], 8),
    ],
)
def test_only_the_expected_revision_is_replaced(given, found):
    other = expected.other(history(*given), 10)
    assert (other and other.number) == found


def test_whatever_stands_is_replaced_where_none_is_expected():
    assert expected.other(history((10, "superseded"), (11, "serving")), None) is None


def test_what_stays_is_named():
    said = expected.finding("api", 10, Revision(11, "serving", "", ""))
    assert (said.reason, said.object) == ("ReleasedSince", "api")
    assert said.message == "r10 was to be rolled back, and r11 was released since: nothing was changed"
    assert "r8 stands" in expected.finding("api", 10, Revision(8, "serving", "", "")).message

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options a revision is verified by."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.release import verification

GIVEN = {"service": "api", "path": "/predict", "body": {"a": 1}, "url": "https://h", "headers": {"X-Api-Key": "k"}}


def test_what_is_recorded_holds_no_address_and_no_credentials():
    assert verification.recorded(GIVEN) == {"service": "api", "path": "/predict", "body": {"a": 1}}


def test_after_a_rollback_the_question_is_the_revision_s_and_the_way_is_today_s():
    today = {"service": "api", "path": "/v2", "body": {}, "url": "", "headers": {"X-Api-Key": "new"}}
    assert verification.of_revision(verification.recorded(GIVEN), today) == {
        "service": "api",
        "path": "/predict",
        "body": {"a": 1},
        "url": "",
        "headers": {"X-Api-Key": "new"},
    }


def test_what_is_switched_off_today_is_off():
    assert verification.of_revision(verification.recorded(GIVEN), {}) == {}

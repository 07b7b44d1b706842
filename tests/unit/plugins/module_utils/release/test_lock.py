# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose lock is dead."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.release import lock

PLACE = "host/1700000000.42"


@pytest.mark.parametrize(
    ("spec", "dead"),
    [
        ({"holderIdentity": "x", "renewTime": "2026-01-01T00:00:00.000000Z", "leaseDurationSeconds": 30}, True),
        ({"holderIdentity": "x", "renewTime": "2026-01-01T00:00:45.000000Z", "leaseDurationSeconds": 30}, False),
        ({"holderIdentity": "", "renewTime": "2026-01-01T00:00:59.000000Z", "leaseDurationSeconds": 30}, True),
        ({"holderIdentity": "x"}, True),
    ],
)
def test_expired(spec, dead):
    a_minute_later = 1767225660.0
    assert lock.expired({"spec": spec}, a_minute_later) is dead


@pytest.mark.parametrize(
    ("holder", "alive", "dead"),
    [
        (f"{PLACE}/77-abcd", False, True),
        (f"{PLACE}/77-abcd", True, False),
        ("other/1700000000.42/77-abcd", False, False),
        ("host/1600000000.42/77-abcd", False, False),
        ("host/1700000000.43/77-abcd", False, False),
        ("somebody else", False, False),
    ],
)
def test_only_a_process_of_this_very_place_is_known_to_be_gone(holder, alive, dead):
    assert lock.died_here(holder, PLACE, lambda pid: alive) is dead


def test_our_own_identity_is_recognised():
    assert lock.died_here(lock.holder_identity(), lock.place(), lambda pid: False)

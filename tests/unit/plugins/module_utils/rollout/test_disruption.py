# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surge and unavailability as the Deployment controller counts them."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.rollout import disruption


def deployment(**strategy) -> dict:
    return {"spec": {"strategy": strategy}}


def rolling(surge, unavailable) -> dict:
    return deployment(type="RollingUpdate", rollingUpdate={"maxSurge": surge, "maxUnavailable": unavailable})


@pytest.mark.parametrize(
    ("strategy", "desired", "surge", "unavailable", "waves"),
    [
        (rolling(1, 0), 6, 1, 0, 6),
        (rolling(2, 1), 6, 2, 1, 2),
        (rolling("25%", "25%"), 10, 3, 2, 2),
        (rolling("10%", "10%"), 3, 1, 0, 3),
        (rolling("0%", "10%"), 3, 0, 1, 3),
        (rolling(0, 0), 3, 0, 1, 3),
        (rolling("100%", 0), 5, 5, 0, 1),
        (deployment(), 4, 1, 1, 2),
        ({"spec": {}}, 4, 1, 1, 2),
        (rolling(1, 0), 0, 1, 0, 1),
    ],
)
def test_figures(strategy, desired, surge, unavailable, waves):
    assert disruption.surge(strategy, desired) == surge
    assert disruption.unavailable(strategy, desired) == unavailable
    assert disruption.waves(strategy, desired) == waves


def test_recreate_takes_all_old_pods_away_at_once():
    assert disruption.unavailable(deployment(type="Recreate"), 4) == 4
    assert disruption.waves(deployment(type="Recreate"), 4) == 1

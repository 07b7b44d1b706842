# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks on the time line."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.load_test.marks import Mark, marks
from ansible_collections.modelops.serving.plugins.module_utils.load_test.observed import Point


def test_what_changes_between_two_points_is_a_mark():
    points = [
        Point(0.0, 3, 3, rollout=4),
        Point(2.0, 3, 3, rollout=4),
        Point(4.0, 6, 3, rollout=4),
        Point(6.0, 6, 6, rollout=5, restarts=1),
        Point(8.0, 4, 6, rollout=5, restarts=3),
    ]
    assert marks(points) == [
        Mark(4.0, "scaled", "scaled 3 → 6"),
        Mark(6.0, "released", "released, rollout 5"),
        Mark(6.0, "restarted", "a container restarted"),
        Mark(8.0, "scaled", "scaled 6 → 4"),
        Mark(8.0, "restarted", "2 containers restarted"),
    ]


def test_nothing_happened():
    assert marks([]) == []
    assert marks([Point(0.0, 3, 3), Point(2.0, 3, 2, 50.0)]) == []

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that run only where they are asked for."""

from __future__ import annotations

import os

import pytest


def unless_all(variable: str, marker: str, config, items: list[pytest.Item]) -> None:
    """Deselects the tests with that marker where the environment's variable is not ``all``; none is skipped."""
    if os.environ.get(variable) == "all":
        return
    out = [item for item in items if item.get_closest_marker(marker)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]

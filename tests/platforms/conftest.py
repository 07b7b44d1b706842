# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chapters of docs/targets.md on the local cluster."""

from __future__ import annotations

import deselected
import pytest


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "kinds: adds kinds to the whole cluster; runs with MODEL_SERVING_PLATFORMS=all only (make platforms)"
    )


def pytest_collection_modifyitems(config, items: list[pytest.Item]):
    """Deselects what adds kinds to the cluster unless it is asked for; none is skipped."""
    deselected.unless_all("MODEL_SERVING_PLATFORMS", "kinds", config, items)

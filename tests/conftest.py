# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test run needs: which tests are of the quick half, and which tests took longest."""

from __future__ import annotations

import deselected
import pytest


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "longer: takes minutes and rarely fails; runs with MODEL_SERVING_TESTS=all only (make test-all)"
    )


def pytest_collection_modifyitems(config, items: list[pytest.Item]):
    """Deselects what takes long unless it is asked for; none is skipped."""
    deselected.unless_all("MODEL_SERVING_TESTS", "longer", config, items)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster for each example."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from adversary.world import World


@pytest.fixture
def world() -> Iterator[World]:
    with World() as found:
        yield found

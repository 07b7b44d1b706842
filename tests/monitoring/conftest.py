# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Prometheus Operator on the local cluster, and a release that it monitors. All of it is removed afterwards."""

from __future__ import annotations

import programs
import pytest
from monitored import Monitored


@pytest.fixture(scope="module")
def monitored():
    stack = Monitored(programs.load())
    try:
        stack.install()
        yield stack
    finally:
        stack.remove()

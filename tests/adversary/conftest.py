# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real API server for those tests that ask for it, and what the property test has done."""

from __future__ import annotations

import pytest
from adversary.machine import COUNTS
from adversary.real_api import RealApi


@pytest.fixture(scope="session")
def real_api(tmp_path_factory) -> RealApi:
    with RealApi(tmp_path_factory.mktemp("real-api")) as real:
        yield real


def pytest_terminal_summary(terminalreporter):
    if not COUNTS:
        return
    terminalreporter.section("adversary")
    for name, number in sorted(COUNTS.items(), key=lambda entry: (entry[0] not in ("examples", "runs"), entry[0])):
        terminalreporter.line(f"{number:>7}  {name}")

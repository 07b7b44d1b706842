# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real API server for those tests that ask for it."""

from __future__ import annotations

import pytest
from adversary.real_api import RealApi


@pytest.fixture(scope="session")
def real_api(tmp_path_factory) -> RealApi:
    with RealApi(tmp_path_factory.mktemp("real-api")) as real:
        yield real

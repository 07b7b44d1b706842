# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Prometheus Operator on the local cluster, and a release that it watches. All of it is removed afterwards."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "faults", HERE.parent / "collection", HERE.parents[1] / "collections"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import programs
from monitored import Monitored


@pytest.fixture(scope="module")
def monitored():
    where = Monitored(programs.load())
    try:
        where.install()
        yield where
    finally:
        where.remove()

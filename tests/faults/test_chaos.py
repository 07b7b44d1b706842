# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A few seeded interruptions on the real cluster; ``make chaos-release`` does hundreds."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from cluster import ROOT


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_what_is_interrupted_ends_consistent():
    paths = os.pathsep.join(str(ROOT / name) for name in ("collections", "tests", "tests/faults"))
    done = subprocess.run(
        [sys.executable, "-m", "chaos", "--runs", "20", "--seed", "1"],
        env=dict(os.environ, PYTHONPATH=paths),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

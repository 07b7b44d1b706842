# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release core against an adversary: what a release promises holds whatever happens, in whatever order.

The seeds of make test are always the same. ``make adversary`` takes new ones, for as long as asked (ADVERSARY_MINUTES,
ADVERSARY_SEED).
"""

from __future__ import annotations

import os
import time

from adversary.machine import COUNTS, Releases
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

FIRST_SEED = int(os.environ.get("ADVERSARY_SEED", "1"))
SECONDS = float(os.environ.get("ADVERSARY_MINUTES", "2")) * 60
# In make test no more than these, and on a busy machine as many as its time allows, but at least some.
MOST_RUNS, LEAST_RUNS = 3000, 300
ENDLESS = "ADVERSARY_MINUTES" in os.environ

SETTINGS = settings(
    max_examples=25,
    stateful_step_count=8,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


def test_what_a_release_promises_holds():
    number, end = FIRST_SEED, time.monotonic() + SECONDS
    while time.monotonic() < end and (ENDLESS or COUNTS["runs"] < MOST_RUNS):
        machine = type("Releases", (Releases,), {})
        print(f"seed {number}")
        run_state_machine_as_test(seed(number)(machine), settings=SETTINGS)
        number += 1
    COUNTS["seeds"] = number - FIRST_SEED
    assert COUNTS["runs"] >= LEAST_RUNS

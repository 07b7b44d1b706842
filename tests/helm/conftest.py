# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The random sets of variables and the role's objects for each, made once for all tests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from random_sets import variables
from role_objects import objects

SETS = 100


@pytest.fixture(scope="session")
def given() -> list[dict]:
    return [variables(seed) for seed in range(SETS)]


@pytest.fixture(scope="session")
def of_role(given) -> list[list[dict]]:
    halves = given[: SETS // 2], given[SETS // 2 :]
    with ThreadPoolExecutor(len(halves)) as pool:
        first, second = pool.map(objects, halves)
    return first + second

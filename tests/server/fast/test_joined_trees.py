# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Joined trees: which ensembles are joined, and sums in the estimators' order."""

from __future__ import annotations

import numpy as np
import pytest
from same_bits import check
from sklearn.ensemble import (
    RandomForestClassifier,
)

from model_server.fast import joined_trees, level_walk, quickscorer

RANDOM = np.random.default_rng(5)
MOST = (joined_trees.MAX_ROWS, quickscorer.MAX_ROWS, level_walk.MAX_ROWS)
COUNTS = (1, 2, 7, 40, *(most + more for most in MOST for more in (0, 1)))
ROWS = RANDOM.normal(size=(400, 6))
LABELS = (ROWS[:, 0] + ROWS[:, 1] ** 2 > 0.7).astype(int) + (ROWS[:, 2] > 1)


@pytest.mark.parametrize("addends", [1, 2, 9, 100, 1001])
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 3), (3, 2), (64, 1), (1, 64), (64, 10)])
def test_sums_are_in_order(addends: int, shape: tuple[int, int]) -> None:
    values = RANDOM.normal(size=(addends, *shape)) * 10.0 ** RANDOM.integers(-8, 8, (addends, *shape))
    one_by_one = np.zeros(shape)
    for value in values:
        one_by_one += value
    assert np.array_equal(joined_trees.sum_in_order(values), one_by_one)


def test_large_ensembles_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second copy of many nodes; the answers stay."""
    monkeypatch.setattr(joined_trees, "MAX_NODES", 100)
    estimator = RandomForestClassifier(20, random_state=0).fit(ROWS, LABELS)
    assert joined_trees.forest_walker([tree.tree_ for tree in estimator.estimators_], 6, 3) is None
    check(estimator, ROWS, COUNTS)

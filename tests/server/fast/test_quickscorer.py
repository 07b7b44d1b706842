# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Leaves by bit masks: thresholds, sort keys and numbers of bits."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import (
    RandomForestClassifier,
)

from model_server.fast import quickscorer
from model_server.fast.nodes import of_forest

RANDOM = np.random.default_rng(5)
ROWS = RANDOM.normal(size=(400, 6))
LABELS = (ROWS[:, 0] + ROWS[:, 1] ** 2 > 0.7).astype(int) + (ROWS[:, 2] > 1)


def test_many_columns_are_not_looked_up_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quickscorer, "MAX_COLUMNS", 5)
    trees = RandomForestClassifier(20, max_leaf_nodes=40, random_state=0).fit(ROWS, LABELS)
    assert quickscorer.evaluator([of_forest(tree.tree_) for tree in trees], np.float32) is None


@pytest.mark.parametrize("width", [32, 64])
def test_each_bit_has_its_number(width: int) -> None:
    numbers = {
        (quickscorer.SEQUENCES[width] << bit) % 2**width >> (width - width.bit_length() + 1) for bit in range(width)
    }
    assert numbers == set(range(width))


NUMBERS = np.array([-np.inf, -1e300, -3.5, -1e-50, -0.0, 0.0, 1e-50, 1e-38, 1.0, 1 + 1e-9, 1 + 1e-7, 1e39, np.inf])


def test_keys_are_in_order() -> None:
    """Also of numbers that a key cannot tell apart, of both zeros and of the infinite."""
    keys = quickscorer.sort_keys(NUMBERS, np.int64(0))
    assert (np.diff(keys) >= 0).all()
    assert keys[-1] < quickscorer.sort_keys(NUMBERS, np.int64(1) << 32)[0]


def test_thresholds_for_float32_part_the_same_numbers() -> None:
    near = np.concatenate([NUMBERS, np.float64(np.float32(0.1)) + np.array([-1e-12, 0, 1e-12])])
    limits = quickscorer.thresholds_for(near, np.float32)
    with np.errstate(over="ignore"):
        single = near.astype(np.float32)
    numbers = np.concatenate([single, np.nextafter(single, np.float32(np.inf))])
    assert np.array_equal(numbers[:, None] <= near, numbers[:, None] <= limits)

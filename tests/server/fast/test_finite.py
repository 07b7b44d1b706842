# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether all numbers are finite."""

from __future__ import annotations

import numpy as np
import pytest

from model_server.fast.finite import surely_finite


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize(
    ("number", "sure"),
    [(0.0, True), (1e150, True), (np.nan, False), (np.inf, False), (-np.inf, False), (1e200, False)],
)
def test_one_number_among_others(number: float, sure: bool) -> None:
    rows = np.ones((3, 4))
    rows[1, 2] = number
    assert surely_finite(rows) == sure


def test_opposite_infinities_do_not_cancel() -> None:
    assert not surely_finite(np.array([[np.inf, -np.inf]]))

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether all numbers are finite."""

from __future__ import annotations

import numpy as np
import pytest

from model_server.fast.finite import refuse_infinity, refuse_not_finite, surely_finite


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


@pytest.mark.filterwarnings("ignore:overflow")
def test_what_the_next_step_refuses() -> None:
    for rows in (np.ones((2, 2)), np.full((2, 2), 1e300)):
        assert refuse_infinity(rows) is refuse_not_finite(rows) is rows
    missing, infinite = np.array([[1.0, np.nan]]), np.array([[1.0, -np.inf]])
    assert refuse_infinity(missing) is missing
    for refuse, rows in ((refuse_infinity, infinite), (refuse_not_finite, infinite), (refuse_not_finite, missing)):
        with pytest.raises(ValueError, match="infinity or a value too large"):
            refuse(rows)

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether numbers are all finite, mostly without a test of each."""

from __future__ import annotations

import math

import numpy as np


def surely_finite(rows: np.ndarray) -> bool:
    """True only if all numbers are finite; False if some are not, or are so large that their squares overflow.

    The sum of squares is finite only if all numbers are, and is faster than a test of each.

    :param rows: contiguous.
    """
    return math.isfinite(np.vdot(rows, rows))


def refuse_infinity(rows: np.ndarray) -> np.ndarray:
    """The rows, as a transformer takes them.

    :raises ValueError: one of the numbers is infinite; a missing one is none.
    """
    if not surely_finite(rows) and np.isinf(rows).any():
        raise ValueError(f"Input X contains infinity or a value too large for {rows.dtype!r}.")
    return rows


def refuse_not_finite(rows: np.ndarray) -> np.ndarray:
    """The rows, as a linear model takes them.

    :raises ValueError: one of the numbers is infinite or missing.
    """
    if not surely_finite(rows) and not np.isfinite(rows).all():
        raise ValueError(f"Input X contains NaN, infinity or a value too large for {rows.dtype!r}.")
    return rows

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results of several outputs, which scikit-learn gives as a list of arrays: one array, with an entry for each row."""

from __future__ import annotations

from typing import Any

import numpy as np


def array_of(result: Any) -> np.ndarray:
    """What a method returned, as an array.

    A list of one array for each output, rows by classes, becomes an array of rows by outputs by classes. NaN stands
    where an output has fewer classes than another.
    """
    if not is_one_an_output(result):
        return np.asarray(result)
    rows, widest = len(result[0]), max(output.shape[1] for output in result)
    joined = np.full((rows, len(result), widest), np.nan)
    for place, output in enumerate(result):
        joined[:, place, : output.shape[1]] = output
    return joined


def is_one_an_output(result: Any) -> bool:
    return (
        isinstance(result, list)
        and bool(result)
        and all(isinstance(output, np.ndarray) and output.ndim == 2 for output in result)
        and len({len(output) for output in result}) == 1
    )


def without_filling(result: np.ndarray, classes: list) -> list:
    """An array of array_of() as lists that are as long as each output's list of classes."""
    return [[output[: len(known)] for output, known in zip(row, classes, strict=True)] for row in result.tolist()]

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is counted of a column in some rows of input."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..inference.table import Table
from ..models.model import MAX_COLUMNS, Model
from ..models.schema import Column, is_missing

# A number beyond takes the precision from a sum, or makes it infinite for good: it is counted and left out of the sums.
EXTREME = 1e15


class ColumnCounts(NamedTuple):
    """Of one column.

    :ivar values: the sum of its numbers, without extreme ones.
    :ivar squares: the sum of their squares.
    :ivar extreme: how many are beyond EXTREME or infinite.
    :ivar outside: how many are outside the schema's range, or none of its categories.
    """

    values: float
    squares: float
    missing: int
    extreme: int
    outside: int


def of_array(rows: np.ndarray, model: Model) -> list[ColumnCounts]:
    """The counts of each column, of the first MAX_COLUMNS."""
    rows = np.asarray(rows[:, :MAX_COLUMNS], np.float64)
    missing = np.isnan(rows)
    extreme = np.abs(rows) > EXTREME  # never a missing one
    left_out = missing | extreme
    summed = np.where(left_out, 0.0, rows) if left_out.any() else rows
    ranges = model.ranges
    outside = ((rows < ranges[0]) | (rows > ranges[1])).sum(axis=0) if ranges is not None else missing[:0].sum(axis=0)
    counted = (summed.sum(axis=0), np.square(summed).sum(axis=0), missing.sum(axis=0), extreme.sum(axis=0), outside)
    return [ColumnCounts(*column) for column in zip(*(counts.tolist() for counts in counted), strict=True)]


def of_table(rows: Table, model: Model) -> list[ColumnCounts]:
    """As of_array; a boolean is a number, and of a text only whether it is missing or none of the categories counts."""
    schema = {column.name: column for column in model.schema or ()}
    return [of_column(rows.columns[name], schema.get(name)) for name in model.columns[:MAX_COLUMNS]]


def of_column(values: list, column: Column | None) -> ColumnCounts:
    known = [value for value in values if not is_missing(value)]
    missing = len(values) - len(known)
    if known and isinstance(known[0], str):
        categories = None if column is None or column.categories is None else set(column.categories)
        return ColumnCounts(0.0, 0.0, missing, 0, 0 if categories is None else sum(v not in categories for v in known))
    numbers = np.array(known, np.float64)
    extreme = np.abs(numbers) > EXTREME
    summed = np.where(extreme, 0.0, numbers)
    low, high = (column.range if column is not None and column.range else None) or (-np.inf, np.inf)
    outside = int(((numbers < low) | (numbers > high)).sum())
    return ColumnCounts(float(summed.sum()), float(np.square(summed).sum()), missing, int(extreme.sum()), outside)

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether rows are as the schema of a model's model.json says."""

from __future__ import annotations

import numpy as np

from ..api.errors import RequestError
from ..models.model import Model
from ..models.schema import Column, is_missing
from .table import Table

PLURALS = {"number": "numbers", "boolean": "booleans", "mixed": "booleans", "text": "texts"}


def check_numbers(rows: np.ndarray, model: Model, where: str) -> None:
    """Refuse numbers that are outside the range of a strict column.

    :raises RequestError: 422.
    """
    if model.limits is None:
        return
    low, high = model.limits
    outside = (rows < low) | (rows > high)
    if outside.any():
        i, j = np.argwhere(outside)[0]
        raise outside_range(where, int(i), model.schema[j])


def check_table(table: Table, model: Model, where: str) -> None:
    """Refuse a column of another kind, a missing value where none may be, and what a strict column does not know.

    :raises RequestError: 422.
    """
    for column, kind in zip(model.schema, table.kinds, strict=True):
        values = table.columns[column.name]
        missing = [is_missing(value) for value in values]
        if any(missing) and not column.nullable:
            raise refused(where, missing.index(True), column, "null, which the schema does not allow")
        if PLURALS[kind] != PLURALS[column.kind] and not all(missing):
            got = f"expected {PLURALS[column.kind]}, got {PLURALS[kind]}"
            raise refused(where, missing.index(False), column, got)
        if column.strict:
            check_strict(values, missing, column, where)


def check_strict(values: list, missing: list[bool], column: Column, where: str) -> None:
    for i, (value, gone) in enumerate(zip(values, missing, strict=True)):
        if gone:
            continue
        if column.range is not None and not column.range[0] <= value <= column.range[1]:
            raise outside_range(where, i, column)
        if column.categories is not None and value not in column.categories:
            raise refused(where, i, column, f"none of the schema's categories: {', '.join(column.categories)}")


def outside_range(where: str, row: int, column: Column) -> RequestError:
    low, high = column.range
    return refused(where, row, column, f"outside the schema's range, {low:g} to {high:g}")


def refused(where: str, row: int, column: Column, why: str) -> RequestError:
    return RequestError(422, f"{where}[{row}] ({column.name}): {why}"[:500])

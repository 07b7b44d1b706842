# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether rows are as the schema of a model's model.json says."""

from __future__ import annotations

import numpy as np

from ..api.errors import RequestError
from ..models.model import Model, ModelError
from ..models.schema import Column, is_missing, is_number
from .table import Table

PLURALS = {"number": "numbers", "boolean": "booleans", "mixed": "booleans", "text": "texts"}


def check_numbers(rows: np.ndarray, model: Model, where: str) -> None:
    """Refuse numbers that are outside the range of a strict column, and those but 0 and 1 that are to be booleans.

    :raises RequestError: 422.
    """
    if model.limits is None:
        return
    low, high = model.limits
    if rows.dtype.kind == "f":
        low, high = low.astype(rows.dtype, copy=False), high.astype(rows.dtype, copy=False)
    outside = (rows < low) | (rows > high) | (model.booleans & (rows > 0) & (rows < 1))
    if outside.any():
        i, j = np.argwhere(outside)[0]
        if model.booleans[j]:
            raise refused(where, int(i), model.schema[j], "expected a boolean, got a number that is neither 0 nor 1")
        raise outside_range(where, int(i), model.schema[j])


def check_kinds(model: Model, title: str) -> None:
    """Refuse a model whose schema has a column of another kind than it was fitted with, as far as it shows that.

    :param model: one whose form of rows is known.
    :raises ModelError: with both kinds.
    """
    for j, column in enumerate(model.schema or ()):
        learned = learned_kind(model, j) or ("number" if model.numeric and column.kind == "text" else column.kind)
        if (learned == "text") != (column.kind == "text"):  # booleans may have been learned as 0 and 1
            raise contradiction(model, title, column, f"is {column.kind}", f"was fitted with {PLURALS[learned]} there")


def check_nullable(model: Model, title: str) -> None:
    """Refuse a model whose schema allows a missing value where it takes none.

    :param model: one that predicts its example.
    :raises ModelError: with the column.
    """
    for column, taken in zip(model.schema or (), model.nullable, strict=False):
        if column.nullable and not taken:
            raise contradiction(model, title, column, "may be null", "takes no missing value there")


def contradiction(model: Model, title: str, column: Column, says: str, is_so: str) -> ModelError:
    named = type(model.estimator).__name__
    return ModelError(f"{title}: the schema in model.json says that {column.name} {says}; {named} {is_so}: correct one")


def learned_kind(model: Model, column: int) -> str | None:
    """text or number, where a part of the model learned only such categories of the column; else None."""
    for part in model.parts:
        categories = getattr(part.estimator, "categories_", None)
        if isinstance(categories, list) and column in part.columns[: len(categories)]:
            known = [value for value in categories[part.columns.index(column)].tolist() if not is_missing(value)]
            if known and all(isinstance(value, str) for value in known):
                return "text"
            if known and all(map(is_number, known)):
                return "number"
    return None


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

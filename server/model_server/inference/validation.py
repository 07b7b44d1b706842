# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Turns what clients send into the rows that a model takes. Every refusal names the row and the column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from ..api.errors import RequestError
from ..fast.finite import surely_finite
from ..models.model import Model
from .conformity import PLURALS, check_numbers, check_table
from .table import Table

# Types of JSON's numbers; a whole number has at most 64 bits.
NUMBERS = {int, float}
# What a column of such values is called.
OF_KIND = {"text": "text", "a number": "numbers", "a boolean": "booleans"}


def rows_of(instances: Any, model: Model, max_rows: int, where: str = "instances") -> np.ndarray | Table:
    """Rows as numbers of shape (rows, model.features), or as a table for a model that takes other values too.

    :param instances: a list of rows; each a list of numbers in the model's order, an object by column name, or a text.
        Or an array of numbers.
    :param where: name of the field, for the messages.
    :raises RequestError: 413 for too many rows, 422 for anything the model cannot take.
    """
    if isinstance(instances, np.ndarray):
        if len(instances) <= max_rows and instances.shape[1] == model.features:
            return finite(instances, model, where)
        instances = instances.tolist()
    if not isinstance(instances, list) or not instances:
        raise RequestError(422, f"{where}: expected a list with at least one row")
    if len(instances) > max_rows:
        raise RequestError(413, f"{where}: {len(instances)} rows, at most {max_rows} are taken in one request")
    if isinstance(instances[0], dict):
        instances = by_name(instances, model, where)
    if not model.numeric:
        return table_of(instances, model, where)
    rows = plain(instances, model.features)
    return finite(with_exceptions(instances, model, where) if rows is None else rows, model, where)


def plain(instances: list, features: int) -> np.ndarray | None:
    """Rows of numbers and nothing else, which nearly all requests are; None for any other.

    numpy is given numbers only. Of texts it would make an array as wide as the longest one in every place.
    """
    if len(instances) == 1:  # the most usual one, without the detours of many rows
        row = instances[0]
        if not isinstance(row, list) or len(row) != features or not NUMBERS.issuperset(map(type, row)):
            return None
        return np.array(instances, np.float64)
    try:
        if not {features}.issuperset(map(len, instances)):
            return None
        values = list(chain.from_iterable(instances))
    except TypeError:  # a row has no length
        return None
    if not NUMBERS.issuperset(map(type, values)):
        return None
    return np.fromiter(values, np.float64, len(values)).reshape(-1, features)


def finite(rows: np.ndarray, model: Model, where: str) -> np.ndarray:
    """The rows in the model's precision, if it takes what is in them.

    :raises RequestError: 422 for NaN or infinity that the model would refuse.
    """
    check_numbers(rows, model, where)  # as they came: a limit that is rounded to another precision may be outside
    if rows.dtype != model.precision:
        with np.errstate(over="ignore"):  # what is too large is infinite then
            rows = rows.astype(model.precision)
    if surely_finite(rows):
        return rows
    refused = ~np.isfinite(rows) & ~np.array(model.nullable)
    if refused.any():
        i, j = np.argwhere(refused)[0]
        raise RequestError(422, f"{where}[{i}][{j}]: not a finite number, and the model takes no missing values there")
    return rows


def table_of(instances: list, model: Model, where: str) -> Table:
    """Rows of texts, numbers, booleans and null as columns of one kind each."""
    if model.takes == "texts":
        instances = [[row] if isinstance(row, str) else row for row in instances]
    for i, row in enumerate(instances):
        if not isinstance(row, list):
            expected = "a text" if model.takes == "texts" else f"a list of {model.features} values{names(model)}"
            raise RequestError(422, f"{where}[{i}]: expected {expected}, got {kind(row)}")
        if len(row) != model.features:
            raise RequestError(422, f"{where}[{i}]: {len(row)} values, the model takes {model.features}{names(model)}")
    columns, kinds = {}, []
    for name, values in zip(model.columns, zip(*instances, strict=True), strict=True):
        kind_here = kind_of_column(name, values, where, model.kinds.get(name, "number"))
        if name in model.documents and kind_here != "text":
            raise RequestError(422, f"{where} ({name}): expected texts, got {PLURALS[kind_here]}")
        missing = None if name in model.none and kind_here in ("text", "mixed") else math.nan
        columns[name] = [missing if value is None else value for value in values] if None in values else list(values)
        kinds.append(kind_here)
    table = Table(columns, tuple(kinds), model.takes)
    if model.schema is not None:
        check_table(table, model, where)
    return table


def kind_of_column(name: str, column: Sequence, where: str, empty: str = "number") -> str:
    """text, boolean, number, or mixed for booleans among which some are null.

    :param empty: the kind of a column that holds only nulls.
    """
    found = {type(value) for value in column}
    null = type(None) in found
    found.discard(type(None))
    if not found:
        return "mixed" if empty == "boolean" else empty
    if found <= NUMBERS:
        return "number"
    if found == {bool}:
        return "mixed" if null or empty == "mixed" else "boolean"
    if found == {str}:
        return "text"
    raise RequestError(422, misfit(name, column, where))


def misfit(name: str, column: Sequence, where: str) -> str:
    """What is wrong with a column of several kinds: the first value that is of another than those before it."""
    first = None
    for i, value in enumerate(column):
        here = kind(value)
        if isinstance(value, list | dict):
            return f"{where}[{i}] ({name}): expected text, a number, a boolean or null, got {here}"
        if value is not None and here != (first or here):
            return f"{where}[{i}] ({name}): {here} does not fit a column of {OF_KIND[first]}"
        first = first or (None if value is None else here)
    raise AssertionError(f"the column {name} is of one kind")


def with_exceptions(instances: list, model: Model, where: str) -> np.ndarray:
    """Slower than plain(), for rows with booleans, or null where the model takes missing values."""
    error = explain(instances, model, where)
    if error is not None:
        raise error
    return np.array([[math.nan if v is None else float(v) for v in row] for row in instances])


def explain(instances: list, model: Model, where: str) -> RequestError | None:
    """What is wrong with these rows, or None."""
    for i, row in enumerate(instances):
        if not isinstance(row, list):
            return RequestError(422, f"{where}[{i}]: expected a list of {model.features} numbers, got {kind(row)}")
        if len(row) != model.features:
            return RequestError(422, f"{where}[{i}]: {len(row)} values, the model takes {model.features}{names(model)}")
        for j, value in enumerate(row):
            if isinstance(value, bool) and model.schema is not None and model.schema[j].kind == "number":
                return RequestError(422, f"{where}[{i}][{j}] ({model.columns[j]}): expected a number, got a boolean")
            if isinstance(value, (int, float)) or (value is None and model.nullable[j]):
                continue
            column = f" ({model.names[j]})" if model.names else ""
            return RequestError(422, f"{where}[{i}][{j}]{column}: expected a number, got {kind(value)}")
    return None


def by_name(instances: list, model: Model, where: str) -> list[list]:
    """Objects keyed by column name, as lists in the model's order."""
    if not model.names:
        raise RequestError(422, f"{where}[0]: the model was fitted without column names; send lists of numbers")
    rows = []
    for i, row in enumerate(instances):
        if not isinstance(row, dict):
            raise RequestError(422, f"{where}[{i}]: expected an object like the rows before it, got {kind(row)}")
        if row.keys() != set(model.names):
            missing = [n for n in model.names if n not in row]
            unknown = sorted(set(row) - set(model.names))
            detail = [f"missing {', '.join(missing)}"] if missing else []
            detail += [f"unknown {', '.join(unknown)[:200]}"] if unknown else []
            raise RequestError(422, f"{where}[{i}]: columns do not fit the model: {'; '.join(detail)}")
        rows.append([row[n] for n in model.names])
    return rows


def names(model: Model) -> str:
    return f": {', '.join(model.names)}" if model.names and len(model.names) <= 20 else ""


def kind(value: Any) -> str:
    """The kind of a JSON value, for messages. They never hold the value itself, which may be private."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    return {str: "text", list: "a list", dict: "an object", int: "a number", float: "a number"}.get(type(value), "?")

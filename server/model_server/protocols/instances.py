# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of a request's body, in any of the ways in which clients write them."""

from __future__ import annotations

from typing import Any

from ..api.errors import RequestError

# The names that a body may hold its rows under: V1's, and those of MLflow.
FIELDS = ("instances", "dataframe_split", "dataframe_records")


def instances_of(body: dict, fields: tuple[str, ...] = FIELDS) -> tuple[Any, str]:
    """The rows as lists or objects, and the name of the field that held them.

    :param fields: the names that the protocol knows.
    :raises RequestError: 422 where none or several of the fields are there, or a dataframe_split is none.
    """
    found = [field for field in fields if field in body]
    if not found:
        raise RequestError(422, f"instances: missing; expected a list of rows (or {' or '.join(fields[1:])})")
    if len(found) > 1:
        raise RequestError(422, f"{found[1]}: only one of {', '.join(fields)} is taken")
    (field,) = found
    return (of_split(body[field]) if field == "dataframe_split" else body[field]), field


def of_split(split: Any) -> Any:
    """The rows of `{"columns": names, "data": rows}`, as pandas and MLflow write a DataFrame; its index is not used.

    :raises RequestError: 422.
    """
    if not isinstance(split, dict) or not isinstance(split.get("data"), list):
        raise RequestError(422, "dataframe_split: expected an object with columns and data, a list of rows")
    columns, data = split.get("columns"), split["data"]
    if columns is None:
        return data
    if not isinstance(columns, list) or len({repr(name) for name in columns}) != len(columns):
        raise RequestError(422, "dataframe_split.columns: expected a list of different names")
    for i, row in enumerate(data):
        if not isinstance(row, list) or len(row) != len(columns):
            raise RequestError(
                422, f"dataframe_split.data[{i}]: expected a list of {len(columns)} values, one a column"
            )
    if not all(isinstance(name, str) for name in columns):  # numbers: a frame without names
        return data
    return [dict(zip(columns, row, strict=True)) for row in data]


def only_predict(body: dict) -> None:
    """:raises RequestError: 422 for another method, of which only /predict has a choice."""
    if body.get("method", "predict") != "predict":
        raise RequestError(422, "method: only /predict answers with another one than predict")

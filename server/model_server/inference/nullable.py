# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""In which columns a model takes a missing value: found by asking it, since wrappers and pipelines do not say so."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from ..models.model import Model
from .plans import argument
from .table import Table
from .validation import rows_of


def nullable_columns(model: Model, example: np.ndarray | Table) -> list[bool]:
    """Of each column, whether the model predicts a row in which it is missing, and the schema, if any, allows that.

    :param example: rows that the model takes.
    """
    row = example[:1].tolist()[0] if isinstance(example, np.ndarray) else [c[0] for c in example.columns.values()]

    def takes_missing(columns: list[int]) -> bool:
        tried = [None if column in columns else value for column, value in enumerate(row)]
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                model.estimator.predict(argument(rows_of([tried], model, 1)))
        except Exception:  # whatever it raises, it does not take this row
            return False
        return True

    asked = [j for j in range(model.features) if model.schema is None or model.schema[j].nullable]
    apart = model.schema is not None or any(part.selected for part in model.parts)  # columns are treated apart
    found = set((taken if apart else together)(asked, takes_missing)) if asked else set()
    return [column in found for column in range(model.features)]


def together(columns: list[int], takes_missing: Callable[[list[int]], bool]) -> list[int]:
    """All of the columns, or none."""
    return columns if takes_missing(columns) else []


def taken(columns: list[int], takes_missing: Callable[[list[int]], bool]) -> list[int]:
    """Those of the columns that may be missing; halves are tried until all of one may, or a single one may not."""
    if takes_missing(columns):
        return columns
    if len(columns) == 1:
        return []
    middle = len(columns) // 2
    return taken(columns[:middle], takes_missing) + taken(columns[middle:], takes_missing)

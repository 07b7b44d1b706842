# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows with columns of different kinds, for models that take a DataFrame, an array of objects, or texts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

# The kinds of columns. Mixed are booleans among which some are missing.
KINDS = ("number", "boolean", "text", "mixed")


class Table:
    """Columns by name, in the model's order.

    :param columns: lists of equal length.
    :param kinds: one of KINDS for each column.
    :param form: what a model is given, one of FORMS.
    """

    __slots__ = ("columns", "form", "kinds")

    def __init__(self, columns: dict[str, list], kinds: tuple[str, ...], form: str = "frame"):
        self.columns = columns
        self.kinds = kinds
        self.form = form

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, rows: slice) -> Table:
        return Table({name: column[rows] for name, column in self.columns.items()}, self.kinds, self.form)

    def argument(self) -> Any:
        """What the estimator itself takes."""
        return FORMS[self.form](self)

    def texts(self) -> list[str]:
        """As a flat list, of a table with one column."""
        (column,) = self.columns.values()
        return column

    def objects(self) -> np.ndarray:
        """As an array that holds the values as they are."""
        values = np.empty((len(self), len(self.columns)), dtype=object)
        for place, column in enumerate(self.columns.values()):
            values[:, place] = column
        return values

    def frame(self) -> Any:
        """As a pandas DataFrame."""
        import pandas

        # As pandas itself reads texts, with NaN for a missing one.
        text = "object" if int(pandas.__version__.partition(".")[0]) < 3 else "str"
        dtypes = {"number": "float64", "boolean": "bool", "text": text, "mixed": "object"}
        return pandas.DataFrame(
            {
                name: pandas.Series(column, dtype="object" if None in column else dtypes[kind])
                for (name, column), kind in zip(self.columns.items(), self.kinds, strict=True)
            }
        )


# The forms of rows (models/input_form.py) that a table is made into.
FORMS = {"frame": Table.frame, "objects": Table.objects, "texts": Table.texts}


def stack(blocks: Sequence[np.ndarray | Table]) -> np.ndarray | Table:
    """Blocks of the same columns and kinds, one below the other."""
    first = blocks[0]
    if len(blocks) == 1:
        return first
    if isinstance(first, Table):
        columns = {name: list(chain.from_iterable(b.columns[name] for b in blocks)) for name in first.columns}
        return Table(columns, first.kinds, first.form)
    return np.concatenate(blocks)

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows with columns of different kinds, for models that take a DataFrame."""

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
    """

    __slots__ = ("columns", "kinds")

    def __init__(self, columns: dict[str, list], kinds: tuple[str, ...]):
        self.columns = columns
        self.kinds = kinds

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, rows: slice) -> Table:
        return Table({name: column[rows] for name, column in self.columns.items()}, self.kinds)

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


def stack(blocks: Sequence[np.ndarray | Table]) -> np.ndarray | Table:
    """Blocks of the same columns and kinds, one below the other."""
    first = blocks[0]
    if len(blocks) == 1:
        return first
    if isinstance(first, Table):
        columns = {name: list(chain.from_iterable(b.columns[name] for b in blocks)) for name in first.columns}
        return Table(columns, first.kinds)
    return np.concatenate(blocks)

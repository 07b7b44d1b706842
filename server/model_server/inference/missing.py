# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands for a missing value among a model's texts: NaN as pandas reads it from files, or None."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..models.input_parts import Part


def columns_with_none(parts: list[Part], names: list[str]) -> frozenset[str]:
    """The columns in which the model knows None: a category that an encoder learned, or what an imputer fills.

    In every other column a missing value is NaN, which is what pandas makes of it in a file or among numbers.

    :param parts: of the estimator.
    """
    return frozenset(
        column
        for part in parts
        for column, known in knows_none(part.estimator, [names[column] for column in part.columns])
        if known
    )


def knows_none(part: Any, columns: list[str]) -> Iterator[tuple[str, bool]]:
    if getattr(part, "missing_values", "") is None:
        yield from ((column, True) for column in columns)
    categories = getattr(part, "categories_", None)
    if isinstance(categories, list):
        for column, known in zip(columns, categories, strict=False):
            yield column, any(value is None for value in known.tolist())

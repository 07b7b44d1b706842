# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands for a missing value among a model's texts: NaN as pandas reads it from files, or None."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def columns_with_none(estimator: Any, names: list[str]) -> frozenset[str]:
    """The columns in which the model knows None: a category that an encoder learned, or what an imputer fills.

    In every other column a missing value is NaN, which is what pandas makes of it in a file or among numbers.
    """
    return frozenset(
        column for part, columns in parts(estimator, names) for column, known in knows_none(part, columns) if known
    )


def parts(estimator: Any, names: list[str]) -> Iterator[tuple[Any, list[str]]]:
    """Each fitted part that is given the model's own columns, with their names."""
    if hasattr(estimator, "transformers_"):
        for _unused, part, chosen in estimator.transformers_:
            if not isinstance(part, str):
                yield from parts(part, columns_of(chosen, names))
    elif hasattr(estimator, "steps"):
        for _unused, step in estimator.steps:
            yield from parts(step, names)
            if not keeps_columns(step):
                return
    else:
        yield estimator, names
        for inner in ("estimator_", "best_estimator_", "estimator"):
            if hasattr(estimator, inner):
                yield from parts(getattr(estimator, inner), names)


def columns_of(chosen: Any, names: list[str]) -> list[str]:
    """Names of the columns that a ColumnTransformer gives to a part: it keeps names, numbers or a mask."""
    if isinstance(chosen, str):
        return [chosen]
    if isinstance(chosen, slice):
        return names[chosen]
    values = list(chosen)
    if len(values) == len(names) and all(type(value).__name__ in ("bool", "bool_") for value in values):
        return [name for name, wanted in zip(names, values, strict=True) if wanted]
    return [value if isinstance(value, str) else names[int(value)] for value in values]


def keeps_columns(step: Any) -> bool:
    """Whether the next step of a pipeline is given the same columns."""
    return step in ("passthrough", None) or type(step).__name__ == "SimpleImputer"


def knows_none(part: Any, columns: list[str]) -> Iterator[tuple[str, bool]]:
    if getattr(part, "missing_values", "") is None:
        yield from ((column, True) for column in columns)
    categories = getattr(part, "categories_", None)
    if isinstance(categories, list):
        for column, known in zip(columns, categories, strict=False):
            yield column, any(value is None for value in known.tolist())

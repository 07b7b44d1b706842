# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A row for a model that comes without an example."""

from __future__ import annotations

from .input_parts import Part
from .model import VECTORIZERS
from .schema import is_missing


def guess(parts: list[Part], features: int) -> list:
    """A category for each column that is encoded, a word for each text, and zeros elsewhere."""
    row: list = [0.0] * features
    for part in parts:
        for column, value in zip(part.columns, values(part), strict=False):
            row[column] = value
    return row


def values(part: Part) -> list:
    """What the part was fitted with, for the first of its columns."""
    categories = getattr(part.estimator, "categories_", None)
    if isinstance(categories, list):
        known = [[value for value in array.tolist() if not is_missing(value)] for array in categories]
        return [array[0] if array else None for array in known]
    words = getattr(part.estimator, "vocabulary_", None)
    if words is not None:
        return [next(iter(words), "")] * len(part.columns)
    if type(part.estimator).__name__ in VECTORIZERS:
        return [""] * len(part.columns)
    filled = getattr(part.estimator, "statistics_", None)
    if filled is not None and filled.dtype.kind == "O":
        return filled.tolist()
    return []

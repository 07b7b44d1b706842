# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""In which form a model takes its rows."""

from __future__ import annotations

from typing import Any

from .input_parts import Part
from .model import ModelError

# numbers: an array of float64. frame: a DataFrame. objects: an array of texts and numbers. texts: a list of documents.
FORMS = ("numbers", "frame", "objects", "texts")


def form(parts: list[Part], fitted: bool, named: bool, example: list | None) -> str:
    """One of FORMS.

    :param parts: of the estimator.
    :param fitted: whether a number of columns is known: a model of texts has none.
    :param named: whether the model was fitted with names of columns.
    :param example: the rows of its metadata.
    :raises ModelError: it takes rows in a form that no client can send.
    """
    estimators = [part.estimator for part in parts]
    tags = [(part, part.estimator.__sklearn_tags__().input_tags) for part in parts if has_tags(part.estimator)]
    dictionaries = [type(part.estimator).__name__ for part, tag in tags if tag.dict]
    if dictionaries:
        raise ModelError(f"{dictionaries[-1]} takes dictionaries; fit OneHotEncoder on a DataFrame in its place")
    if any(tag.string and not tag.two_d_array and not part.selected for part, tag in tags):
        return "texts"
    if not fitted and holds_texts(example):
        return "texts"
    if named:
        selects = any(
            hasattr(estimator, "transformers_") or hasattr(estimator, "categories_") for estimator in estimators
        )
        return "frame" if selects or holds_texts(example) else "numbers"
    return "objects" if any(map(learned_texts, estimators)) else "numbers"


def has_tags(estimator: Any) -> bool:
    return hasattr(estimator, "__sklearn_tags__")


def learned_texts(estimator: Any) -> bool:
    """Whether it was fitted with texts: as categories, as what an imputer fills in, or as documents."""
    if hasattr(estimator, "vocabulary_"):
        return True
    learned = getattr(estimator, "categories_", None)
    arrays = learned if isinstance(learned, list) else [getattr(estimator, "statistics_", None)]
    return any(isinstance(value, str) for array in arrays if array is not None for value in array.tolist())


def holds_texts(example: list | None) -> bool:
    return any(
        isinstance(value, str)
        for row in example or ()
        for value in (row.values() if isinstance(row, dict) else row if isinstance(row, list) else [row])
    )

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fitted parts of an estimator that are given the model's own columns, as clients send them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

# By class, the attribute that holds the fitted parts which all get the same columns. By name: nothing is imported.
SEVERAL = {
    "FeatureUnion": "transformer_list",
    "CalibratedClassifierCV": "calibrated_classifiers_",
    **dict.fromkeys(("VotingClassifier", "VotingRegressor", "StackingClassifier", "StackingRegressor"), "estimators_"),
    **dict.fromkeys(("OneVsRestClassifier", "OneVsOneClassifier", "OutputCodeClassifier"), "estimators_"),
    **dict.fromkeys(("MultiOutputClassifier", "MultiOutputRegressor"), "estimators_"),
}
# The same of wrappers of one estimator, and of histogram boosting, which encodes categories itself.
SINGLE = ("best_estimator_", "estimator_", "regressor_", "_preprocessor", "estimator")
# Transformers whose columns are those that they were given.
KEEPING = {"SimpleImputer", "KNNImputer", "IterativeImputer"}


class Part(NamedTuple):
    """:ivar columns: the numbers of the columns that it is given.
    :ivar selected: whether a ColumnTransformer gives them to it, and not the client.
    """

    estimator: Any
    columns: list[int]
    selected: bool


def input_parts(estimator: Any, features: int, names: list[str] | None = None) -> Iterator[Part]:
    """The estimator itself and each part that is given columns which no other part has changed.

    :param names: of the columns, where the model was fitted with names.
    """
    yield from below(Part(estimator, list(range(features)), False), names)


def below(part: Part, names: list[str] | None) -> Iterator[Part]:
    yield part
    for inner, chosen in inside(part.estimator):
        if chosen is None:
            yield from below(Part(inner, part.columns, part.selected), names)
        else:
            yield from below(Part(inner, columns_of(chosen, part.columns, names), True), names)


def inside(estimator: Any) -> Iterator[tuple[Any, Any]]:
    """What the estimator gives its columns to, one level down, each with the columns that are chosen; None for all."""
    if hasattr(estimator, "transformers_"):
        for _unused, part, chosen in estimator.transformers_:
            if not isinstance(part, str):
                yield part, chosen
        return
    if hasattr(estimator, "steps"):
        for _unused, step in estimator.steps:
            if step is None or isinstance(step, str):
                continue
            yield step, None
            if type(step).__name__ not in KEEPING:
                return
        return
    several = next((SEVERAL[base.__name__] for base in type(estimator).__mro__ if base.__name__ in SEVERAL), "")
    for part in getattr(estimator, several, ()) if several else ():
        part = part[1] if isinstance(part, tuple) else part
        if not isinstance(part, str):
            yield part, None
    if not several:
        single = (getattr(estimator, name, None) for name in SINGLE)
        part = next((part for part in single if part is not None and not isinstance(part, str)), None)
        if part is not None:
            yield part, None


def first(estimator: Any, attribute: str) -> Any:
    """The attribute of the estimator or of the first part inside it that has it; else None.

    A pipeline whose first step is passthrough, for one, does not have its own n_features_in_.
    """
    found = getattr(estimator, attribute, None)
    if found is not None:
        return found
    return next((found for part, _unused in inside(estimator) if (found := first(part, attribute)) is not None), None)


def columns_of(chosen: Any, columns: list[int], names: list[str] | None) -> list[int]:
    """The columns that a ColumnTransformer gives to a part: it keeps names, numbers, a slice or a mask."""
    if isinstance(chosen, slice):
        return columns[chosen]
    values = [chosen] if isinstance(chosen, str | int) else list(chosen)
    if len(values) == len(columns) and all(type(value).__name__ in ("bool", "bool_") for value in values):
        return [column for column, wanted in zip(columns, values, strict=True) if wanted]
    return [(names or []).index(value) if isinstance(value, str) else columns[int(value)] for value in values]

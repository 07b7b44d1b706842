# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compares what a model predicts for its example with what its training recorded as `expected` in model.json."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import orjson

from ..models.model import Model, ModelError

# Beyond rounding: a model that was trained again, or the features in another order.
TOLERANCE = 1e-6


def answered(result: np.ndarray) -> list:
    """Predictions as a client reads them in an answer of /predict.

    :raises TypeError: JSON cannot hold them.
    """
    return orjson.loads(orjson.dumps(result.tolist()))


def check(model: Model, predictions: list) -> None:
    """Compare the model's predictions for its example with `expected`, where its metadata has it.

    :param predictions: as answered() gives them.
    :raises ModelError: they differ by more than rounding.
    """
    if model.expected is not None and not same(predictions, model.expected):
        raise ModelError(
            f"model {model.name} version {model.version}: predicts {short(predictions)} for the example of its "
            f"model.json, whose expected is {short(model.expected)}: the file is another model than model.json "
            "describes, or another version of a library changes its predictions; write model.json anew"
        )


def same(one: Any, other: Any) -> bool:
    """Equal but for the rounding of floats; lists entry by entry."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def short(values: list) -> str:
    """As JSON, cut where it is long."""
    text = orjson.dumps(values).decode()
    return text if len(text) <= 200 else f"{text[:200]} ..."

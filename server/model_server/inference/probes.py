# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows to try a model with before clients do: its example, and many like it and unlike it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api.errors import RequestError
from ..fast.compiler import compile_methods
from ..models.model import Model, ModelError
from .plans import PROBES, choose
from .row_independent import treats_rows_alone
from .table import Table
from .validation import rows_of


def prepare(model: Model) -> None:
    """Choose a plan for each of the model's methods; doing so also warms it up.

    Methods whose result has not one entry for each row (several outputs' probabilities) are dropped.

    :raises ModelError: predict fails on the model's own example.
    """
    title = f"model {model.name} version {model.version}"
    try:
        example = rows_of(model.example, model, len(model.example), "example")
    except RequestError as error:
        raise ModelError(f"{title}: model.json's {error.message}") from error
    by_row = treats_rows_alone(model.estimator)
    shorter = {} if model.frame else compile_methods(model.estimator)
    for method in model.methods:
        bound = getattr(model.estimator, method)
        fast = shorter.get(method)
        try:
            try:
                model.plans[method] = choose(bound, fast, by_row, like(example, model))
            except Exception:  # some take only values that they were fitted with
                model.plans[method] = choose(bound, fast, by_row, repeated(example))
        except Exception as error:
            if method == "predict":
                raise ModelError(f"{title}: {method} fails on its example: {error}") from error
    model.methods = tuple(model.plans)
    model.predicts = kind_of(model, example)


def repeated(example: np.ndarray | Table) -> np.ndarray | Table:
    """PROBES rows: the example's, over and over."""
    order = [i % len(example) for i in range(PROBES)]
    if isinstance(example, Table):
        return Table({n: [c[i] for i in order] for n, c in example.columns.items()}, example.kinds)
    return example[order]


def like(example: np.ndarray | Table, model: Model) -> np.ndarray | Table:
    """PROBES rows: the example's over and over, and for numbers also rows around them, from near to far."""
    if isinstance(example, Table):
        return repeated(example)
    random = np.random.default_rng(0)
    rows = example[random.integers(len(example), size=PROBES)]
    center, spread = scale_of(model)
    width = np.where(spread > 0, spread, np.maximum(np.abs(rows).max(axis=0), 1))
    noise = random.standard_normal(rows.shape) * random.choice([0.0, 0.1, 1.0, 3.0], size=(PROBES, 1))
    probes = np.where(random.random((PROBES, 1)) < 0.5, rows, np.broadcast_to(center, rows.shape)) + noise * width
    if getattr(model.estimator, "n_features_in_", 0) and non_negative(model.estimator):
        probes = np.abs(probes)
    return probes


def scale_of(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Where the training data lay, as far as a scaler in the model knows it; else zeros."""
    steps = getattr(model.estimator, "steps", None)
    scaler = steps[0][1] if steps else None
    mean, scale = getattr(scaler, "mean_", None), getattr(scaler, "scale_", None)
    zeros = np.zeros(model.features)
    if mean is None or scale is None:
        return zeros, zeros
    return np.asarray(mean), np.asarray(scale)


def non_negative(estimator: Any) -> bool:
    """Whether the estimator, or a pipeline's first step, says that it takes no negative numbers."""
    return bool(estimator.__sklearn_tags__().input_tags.positive_only)


def kind_of(model: Model, example: np.ndarray | Table) -> tuple[str, tuple[int, ...]]:
    """dtype kind and shape of one row of what predict gives."""
    result = model.plans["predict"].run([example[:1]])[0]
    return result.dtype.kind, result.shape[1:]

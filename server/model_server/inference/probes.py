# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows to try a model with before clients do: its example, and many rows like it and unlike it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..models.model import Model
from .plans import PROBES
from .table import Table

# Of every other row of numbers, so many are missing in columns where the model takes that.
MISSING = 0.1


def repeated(example: np.ndarray | Table) -> np.ndarray | Table:
    """PROBES rows: those of the example, repeated."""
    order = [i % len(example) for i in range(PROBES)]
    if isinstance(example, Table):
        return Table({n: [c[i] for i in order] for n, c in example.columns.items()}, example.kinds, example.form)
    return example[order]


def around(example: np.ndarray | Table, model: Model) -> np.ndarray | Table:
    """PROBES rows: those of the example, repeated, and for numbers also rows around them, from near to far."""
    if isinstance(example, Table):
        return repeated(example)
    random = np.random.default_rng(0)
    rows = example[random.integers(len(example), size=PROBES)]
    center, spread = scale_of(model)
    width = np.where(spread > 0, spread, np.maximum(np.abs(rows).max(axis=0), 1))
    noise = random.standard_normal(rows.shape) * random.choice([0.0, 0.1, 1.0, 3.0], size=(PROBES, 1))
    probes = np.where(random.random((PROBES, 1)) < 0.5, rows, np.broadcast_to(center, rows.shape)) + noise * width
    if non_negative(model.estimator):
        probes = np.abs(probes)
    some = (random.random(probes.shape) < MISSING) & np.array(model.nullable)
    some[::2] = False
    probes[some] = np.nan
    return probes.astype(model.precision)


def scale_of(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Mean and scale of the training data, if a scaler in the model knows them; else zeros."""
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

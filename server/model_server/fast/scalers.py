# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scalers without scikit-learn's checks at each call."""

from __future__ import annotations

from typing import Any

import numpy as np

from .steps import Bounds, Step


def scaler_step(transformer: Any) -> Step | None:
    """A scaler's transform; None for every other transformer."""
    name = type(transformer).__name__ if type(transformer).__module__.startswith("sklearn.") else ""
    if transformer == "passthrough":
        return lambda rows, bounds: rows
    if name == "StandardScaler":
        return shift_and_divide(
            transformer.mean_ if transformer.with_mean else None, transformer.scale_ if transformer.with_std else None
        )
    if name == "RobustScaler":
        return shift_and_divide(
            transformer.center_ if transformer.with_centering else None,
            transformer.scale_ if transformer.with_scaling else None,
        )
    if name == "MaxAbsScaler" and not getattr(transformer, "clip", False):
        return shift_and_divide(None, transformer.scale_)
    if name == "MinMaxScaler" and not transformer.clip:
        scale, low = transformer.scale_, transformer.min_
        return lambda rows, bounds: rows * scale + low
    return None


def shift_and_divide(shift: np.ndarray | None, divisor: np.ndarray | None) -> Step:
    def run(rows: np.ndarray, bounds: Bounds) -> np.ndarray:
        if shift is None:
            return rows if divisor is None else rows / divisor
        moved = rows - shift
        return moved if divisor is None else np.divide(moved, divisor, out=moved)  # without another copy

    return run

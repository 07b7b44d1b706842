# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""In which precision a model computes: that of the rows that it was fitted with, where it keeps it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .tree_ranges import parts

# Learned arrays that have the type of the training rows.
LEARNED = ("coef_", "coefs_", "_fit_X", "components_", "cluster_centers_", "X_fit_", "X_train_")


def precision_of(estimator: Any) -> type:
    """float32 where a part of the estimator learned numbers of that type, else float64."""
    for _unused, part in parts(estimator, None, set()):
        for name in LEARNED:
            value = getattr(part, name, None)
            value = value[0] if isinstance(value, list) and value else value
            if isinstance(value, np.ndarray) and value.dtype == np.float32:
                return np.float32
    return np.float64

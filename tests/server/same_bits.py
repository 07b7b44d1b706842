# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether faster functions of an estimator give every bit of its own answer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from model_server.fast.compiler import compile_methods
from model_server.inference.plans import same


def check(estimator, rows: np.ndarray, counts: Iterable[int]) -> None:
    """:param counts: how many of the rows are given at a time."""
    for method in ("predict", "predict_proba"):
        if not hasattr(estimator, method):
            continue
        fast = compile_methods(estimator)[method]
        for count in counts:
            some = rows[:count]
            assert same(fast(some, None), getattr(estimator, method)(some)), (method, count)

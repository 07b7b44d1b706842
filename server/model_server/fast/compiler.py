# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faster functions for an estimator's methods: the same arithmetic without scikit-learn's checks at each call.

They are only used where inference/plans.py found them equal to the estimator, bit for bit, on probes.
"""

from __future__ import annotations

from typing import Any

from .finite import refuse_infinity, refuse_not_finite
from .linear import linear_steps
from .scalers import scaler_step
from .steps import Step, chain, checked
from .trees import tree_steps


def compile_methods(estimator: Any) -> dict[str, Step]:
    """The estimator's methods as functions of float64 rows; those without a faster function are left out."""
    steps: list[Step] = []
    if type(estimator).__module__ == "sklearn.pipeline" and type(estimator).__name__ == "Pipeline":
        for _unused, transformer in estimator.steps[:-1]:
            step = scaler_step(transformer)
            if step is None:
                return {}
            steps.append(step if isinstance(transformer, str) else checked(refuse_infinity, step))
        estimator = estimator.steps[-1][1]
    finals = linear_steps(estimator)
    if finals and steps:  # what a client sends is finite, what a scaler makes of it may not be
        finals = {method: checked(refuse_not_finite, final) for method, final in finals.items()}
    finals = finals or tree_steps(estimator)
    return {method: chain(steps, final) for method, final in finals.items()}

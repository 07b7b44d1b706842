# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What fast functions are made of: steps that take rows, one after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# A step takes rows and the requests' bounds among them. Bounds are None where rows may be multiplied all at once;
# else each request's rows are multiplied by themselves, since a BLAS sums differently for different numbers of rows.
Bounds = list[tuple[int, int]] | None
Step = Callable[[np.ndarray, Bounds], np.ndarray]


def checked(check: Callable[[np.ndarray], np.ndarray], step: Step) -> Step:
    """The step, behind a check of its rows."""
    return lambda rows, bounds: step(check(rows), bounds)


def chain(steps: list[Step], final: Step) -> Step:
    """All of them, one after the other."""
    if not steps:
        return final

    def run(rows: np.ndarray, bounds: Bounds) -> np.ndarray:
        for step in steps:
            rows = step(rows, bounds)
        return final(rows, bounds)

    return run

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A faster evaluation of an ensemble of trees, and for how many rows it is the faster one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Evaluator(NamedTuple):
    """What to run instead of the estimator's own code.

    :ivar run: takes rows.
    :ivar rows_at_once: for so many rows what `run` allocates stays in the cache, which is fastest.
    :ivar max_rows: for more rows the estimator's own code is faster.
    """

    run: Callable[[np.ndarray], np.ndarray]
    rows_at_once: int
    max_rows: int

    def then(self, function: Callable[[np.ndarray], np.ndarray]) -> Evaluator:
        """Applies the function to each result, for `rows_at_once` rows at a time.

        :param function: gives one entry for each row.
        """
        run, size = self.run, max(self.rows_at_once, 1)

        def both(rows: np.ndarray) -> np.ndarray:
            if len(rows) <= size:
                return function(run(rows))
            return np.concatenate([function(run(rows[i : i + size])) for i in range(0, len(rows), size)])

        return Evaluator(both, self.max_rows, self.max_rows)

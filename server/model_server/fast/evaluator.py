# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A way through an ensemble of trees, and for how many rows it is the shorter one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Way(NamedTuple):
    """What to run instead of the estimator's own code.

    :ivar run: takes rows.
    :ivar at_once: rows for which what `run` makes stays in the cache; it is quickest with so many at a time.
    :ivar most: more rows than this are answered sooner without.
    """

    run: Callable[[np.ndarray], np.ndarray]
    at_once: int
    most: int

    def then(self, function: Callable[[np.ndarray], np.ndarray]) -> Way:
        """What the function makes of what this gives, for some rows at a time.

        :param function: gives one entry for each row.
        """
        run, size = self.run, max(self.at_once, 1)

        def both(rows: np.ndarray) -> np.ndarray:
            if len(rows) <= size:
                return function(run(rows))
            return np.concatenate([function(run(rows[i : i + size])) for i in range(0, len(rows), size)])

        return Way(both, self.most, self.most)

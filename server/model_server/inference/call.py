# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A call of a model's method, with the rows of one request."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..models.model import Model
from .table import Table


class Call:
    """What to predict, and after it ran the result or the error.

    :ivar error: a RequestError for what the client can change, else what the model raised.
    :ivar received: monotonic seconds at which the request was read whole.
    """

    __slots__ = ("error", "method", "model", "received", "result", "rows")

    def __init__(self, model: Model, method: str, rows: np.ndarray | Table):
        self.model = model
        self.method = method
        self.rows = rows
        self.received = 0.0
        self.result: Any = None
        self.error: BaseException | None = None

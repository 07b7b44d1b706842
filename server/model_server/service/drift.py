# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sums of the inputs for each column, which show drift, and samples of whole requests in the log."""

from __future__ import annotations

import logging
import random
from types import SimpleNamespace

import numpy as np

from ..inference.call import Call
from ..inference.table import Table
from ..models.model import MAX_COLUMNS, Model
from ..observe.metrics import Metrics

LOGGER = logging.getLogger("model_server")
SAMPLED_ROWS = 5
REDACTED = "(redacted)"
# A model's inputs are counted at most so often: to count all under load would take a twentieth of the time.
COUNT_SECONDS = 0.01


class InputMonitor:
    """Counts the inputs of one request of a batch, at most a hundred times a second: enough for means and spreads.

    :param settings: the rate of sampled payloads and the columns that are never logged.
    """

    def __init__(self, metrics: Metrics, settings: SimpleNamespace):
        self.metrics = metrics
        self.rate = settings.server_sample_rate
        self.redact = set(settings.server_sample_redact)
        self._next: dict[str, float] = {}

    def observe(self, call: Call, now: float) -> None:
        """Count a call that was answered, and perhaps log it.

        :param now: monotonic seconds.
        """
        if now >= self._next.get(call.model.name, 0.0) and isinstance(call.rows, np.ndarray):
            self._next[call.model.name] = now + COUNT_SECONDS
            self._count(call.model, call.rows)
        if self.rate and random.random() < self.rate:
            self._log(call)

    def _count(self, model: Model, rows: np.ndarray) -> None:
        rows = rows[:, :MAX_COLUMNS]
        missing = np.isnan(rows)
        known = np.where(missing, 0.0, rows) if missing.any() else rows
        sums = (known.sum(axis=0), np.square(known).sum(axis=0), missing.sum(axis=0))
        labels = model.column_labels
        count = self.metrics.counters
        for name, values in zip(
            ("model_server_input_sum", "model_server_input_squares", "model_server_input_missing"), sums, strict=True
        ):
            series = count[name]
            for label, value in zip(labels, values.tolist(), strict=True):
                series[label] += value
        count["model_server_input_rows"][labels[0][:2]] += len(rows)

    def _log(self, call: Call) -> None:
        model = call.model
        rows = call.rows[:SAMPLED_ROWS]
        columns = rows.columns if isinstance(rows, Table) else dict(zip(model.columns, rows.T.tolist(), strict=True))
        shown = {name: REDACTED if name in self.redact else values for name, values in columns.items()}
        fields = {"model": model.name, "version": model.version, "method": call.method, "inputs": shown}
        LOGGER.info("sample", extra={"fields": {**fields, "outputs": call.result[:SAMPLED_ROWS].tolist()}})

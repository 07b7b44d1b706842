# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Counts and sums of the inputs for each column, which show drift, and samples of whole requests in the log."""

from __future__ import annotations

import logging
import random
from types import SimpleNamespace

from ..inference.call import Call
from ..inference.table import Table
from ..models.model import Model
from ..observe.metrics import Metrics
from .column_counts import ColumnCounts, of_array, of_table

LOGGER = logging.getLogger("model_server")
SAMPLED_ROWS = 5
# The metric of each field of ColumnCounts; the last one needs a schema.
SERIES = tuple(f"model_server_input_{field}" for field in ColumnCounts._fields)
REDACTED = "(redacted)"
# A model's inputs are counted at most so often: to count all under load would take a twentieth of the time.
COUNT_SECONDS = 0.01
# Most rows of one request that are counted.
COUNTED_ROWS = 1000


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
        model = call.model
        if now >= self._next.get(model.name, 0.0) and model.columns:
            self._next[model.name] = now + COUNT_SECONDS
            rows = call.rows[:COUNTED_ROWS]
            count = of_table if isinstance(rows, Table) else of_array
            self._count(model, len(rows), count(rows, model))
        if self.rate and random.random() < self.rate:
            self._log(call)

    def _count(self, model: Model, rows: int, columns: list[ColumnCounts]) -> None:
        names = SERIES if model.schema else SERIES[:-1]
        series = [self.metrics.counters[name] for name in names]
        for label, counts in zip(model.column_labels, columns, strict=True):
            for one, value in zip(series, counts, strict=False):
                one[label] += value
        self.metrics.count("model_server_input_rows", model.name, model.version, by=rows)
        if model.schema:
            outside = [counts.outside for counts in columns]
            self.metrics.recent(model.column_labels, rows, outside)

    def _log(self, call: Call) -> None:
        model = call.model
        rows = call.rows[:SAMPLED_ROWS]
        columns = rows.columns if isinstance(rows, Table) else dict(zip(model.columns, rows.T.tolist(), strict=True))
        shown = {name: REDACTED if name in self.redact else values for name, values in columns.items()}
        fields = {"model": model.name, "version": model.version, "method": call.method, "inputs": shown}
        LOGGER.info("sample", extra={"fields": {**fields, "outputs": call.result[:SAMPLED_ROWS].tolist()}})

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One predict for many requests: grouped by model and method, limited in rows; a bad request fails alone."""

from __future__ import annotations

import time

from ..api.errors import RequestError
from ..models.model import Model
from ..observe.metrics import Metrics
from .call import Call
from .table import Table


class Batcher:
    """Runs calls in batches.

    :param max_batch_rows: most rows in one predict; a request with more runs whole, by itself.
    :param timeout: seconds; a call that was received earlier than that is not run any more.
    """

    def __init__(self, metrics: Metrics, max_batch_rows: int, timeout: float):
        self.metrics = metrics
        self.max_batch_rows = max_batch_rows
        self.timeout = timeout
        self._series: dict[tuple[str, str, str], tuple] = {}

    def run(self, calls: list[Call]) -> None:
        """Set every call's result or error."""
        groups: dict[tuple, list[Call]] = {}
        for call in calls:
            kinds = call.rows.kinds if isinstance(call.rows, Table) else None
            groups.setdefault((id(call.model), call.method, kinds), []).append(call)
        for group in groups.values():
            batch: list[Call] = []
            rows = 0
            for call in group:
                if batch and rows + len(call.rows) > self.max_batch_rows:
                    self._batch(batch, rows)
                    batch, rows = [], 0
                batch.append(call)
                rows += len(call.rows)
            self._batch(batch, rows)

    def _batch(self, calls: list[Call], rows: int) -> None:
        start = time.monotonic()
        late = start - self.timeout
        if calls[0].received < late:
            for call in calls:
                if call.received < late:
                    call.error = RequestError(504, f"not predicted within {self.timeout:g} s: the server is overloaded")
                    self.metrics.count("model_server_rejected", "deadline")
            calls = [call for call in calls if call.error is None]
            if not calls:
                return
            rows = sum(len(call.rows) for call in calls)
        model, method = calls[0].model, calls[0].method
        self._predict(model, method, calls)
        seconds = time.monotonic() - start
        duration, batch_rows, batch_requests = self._histograms(model, method)
        duration.observe(seconds)
        batch_rows.observe(rows)
        batch_requests.observe(len(calls))
        self.metrics.count("model_server_rows", model.name, model.version, by=rows)

    def _predict(self, model: Model, method: str, calls: list[Call]) -> None:
        try:
            results = model.plans[method].run([call.rows for call in calls])
        except BaseException as error:  # whatever it is, only the requests that cause it may fail
            if len(calls) == 1:
                calls[0].error = refused(error)
                return
            for call in calls:  # one of them is bad: run each alone, so that the others are answered
                self._predict(model, method, [call])
            return
        for call, result in zip(calls, results, strict=True):
            call.result = result

    def _histograms(self, model: Model, method: str) -> tuple:
        key = (model.name, model.version, method)
        if key not in self._series:
            self._series[key] = (
                self.metrics.histogram("model_server_predict_duration_seconds", *key),
                self.metrics.histogram("model_server_batch_rows", model.name, model.version),
                self.metrics.histogram("model_server_batch_requests", model.name, model.version),
            )
        return self._series[key]


def refused(error: BaseException) -> BaseException:
    """A refusal for what the client can change; the error itself where the model or the server is at fault.

    Estimators raise ValueError for values that they do not take, and TypeError for mixed kinds of values.
    """
    if isinstance(error, ValueError | TypeError):
        return RequestError(422, f"the model refuses this input: {one_line(error)}")
    return error


def one_line(error: BaseException) -> str:
    """The first line of an error, and the next where it ends in a colon, short enough for an answer."""
    first, *rest = str(error).strip().splitlines() or [type(error).__name__]
    return (f"{first} {rest[0].strip()}" if rest and first.endswith(":") else first)[:300]

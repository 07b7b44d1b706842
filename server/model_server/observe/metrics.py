# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the server counts.

The event loop adds to plain numbers. Label values are only names that the server itself knows (model, version, route
template, code), so that no client can make a new time series.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

# Seconds. A linear model answers in tenths of a millisecond, so the buckets begin there.
LATENCY = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)

# name -> (label names, buckets, help)
HISTOGRAMS = {
    "model_server_request_duration_seconds": (
        ("model", "version", "route"),
        LATENCY,
        "From the last byte of a request to its answer being handed to the kernel",
    ),
    "model_server_phase_duration_seconds": (
        ("phase",),
        LATENCY,
        "Parts of a request: queue and decode (each request), predict and encode (each batch)",
    ),
    "model_server_predict_duration_seconds": (
        ("model", "version", "method"),
        LATENCY,
        "One call of the model, for all rows of a batch (inference time)",
    ),
    "model_server_batch_rows": (("model", "version"), SIZES, "Rows in one call of the model"),
    "model_server_batch_requests": (
        ("model", "version"),
        SIZES,
        "Requests answered by one call of the model",
    ),
}
COLUMN = ("model", "version", "column")
COUNTERS = {
    "model_server_requests": (("model", "version", "route", "code"), "Requests answered"),
    "model_server_rows": (("model", "version"), "Rows predicted"),
    "model_server_rejected": (
        ("reason",),
        "Refused for the server's sake: requests (queue, deadline, memory) and connections",
    ),
    "model_server_failures": (("where",), "What raised in the server or a model; the log has each with its traceback"),
    "model_server_reload_failures": ((), "Times that a changed model store could not be used"),
    "model_server_input_rows": (("model", "version"), "Rows that the sums of inputs were taken from"),
    "model_server_input_values": (COLUMN, "Sum of a column over those rows, without extreme values"),
    "model_server_input_squares": (COLUMN, "Sum of the squares of the same values"),
    "model_server_input_missing": (COLUMN, "Missing values of a column in those rows"),
    "model_server_input_extreme": (COLUMN, "Infinite numbers and those beyond 1e15, which are in no sum"),
    "model_server_input_outside": (
        COLUMN,
        "Values outside the range or the categories of training (model.json's schema)",
    ),
    "model_server_cpu_seconds": ((), "CPU time of the processes that serve"),
    "model_server_connections_accepted": ((), "Connections accepted"),
    "model_server_connections_evicted": ((), "Idle connections closed to make room for new ones"),
    "model_server_tls_errors": ((), "Connections ended by a TLS handshake that failed, or by a broken record"),
}
# Sums that can fall, as a Prometheus counter must not.
FALLING = {"model_server_input_values"}
# A column's inputs have drifted if more of its last values than this share are outside what the schema knows.
DRIFT_SHARE = 0.1
# The last rows that this is judged by: when there are so many, they become half as many.
RECENT_ROWS = 1000
# With fewer there is no verdict.
LEAST_ROWS = 100
GAUGES = {
    "model_server_queue_depth": "Requests that wait for the next turn of the loop",
    "model_server_in_flight": "Requests received and not yet answered",
    "model_server_connections": "Open connections",
    "model_server_ready": "1 if the server answers predictions, else 0",
    "model_server_draining": "1 between SIGTERM and the exit, else 0",
}


class Histogram:
    """Counts per bucket, the last one being +Inf, and the sum of what was observed."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]):
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Metrics:
    """The numbers of one process. Only the event loop's thread writes them; any thread may read them."""

    def __init__(self) -> None:
        self.histograms: dict[str, dict[tuple[str, ...], Histogram]] = {name: {} for name in HISTOGRAMS}
        # Counters without labels exist from the start, as Prometheus recommends.
        self.counters: dict[str, dict[tuple[str, ...], float]] = {
            name: defaultdict(float, {} if labels else {(): 0.0}) for name, (labels, _meaning) in COUNTERS.items()
        }
        self.gauges: dict[str, float] = dict.fromkeys(GAUGES, 0.0)
        self.models: dict[tuple[str, str], dict[str, str]] = {}
        # Of each column with a schema, the rows and the values outside it of late.
        self.windows: dict[tuple[str, ...], list[float]] = {}
        self.last_turn = time.monotonic()

    def histogram(self, name: str, *labels: str) -> Histogram:
        """The histogram of these label values, for the caller to keep."""
        series = self.histograms[name]
        if labels not in series:
            series[labels] = Histogram(HISTOGRAMS[name][1])
        return series[labels]

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        self.counters[name][labels] += by

    def recent(self, labels: Iterable[tuple[str, ...]], rows: int, outside: Iterable[int]) -> None:
        """Count rows, and the values outside the schema in each column of these labels, among the last ones."""
        for label, count in zip(labels, outside, strict=True):
            window = self.windows.setdefault(label, [0.0, 0.0])
            if window[0] >= RECENT_ROWS:
                window[:] = window[0] / 2, window[1] / 2
            window[0] += rows
            window[1] += count

    def snapshot(self) -> dict:
        """A copy as plain data, which another process can merge and expose."""
        self.counters["model_server_cpu_seconds"][()] = time.process_time()
        return {
            "histograms": [
                (name, labels, list(h.counts), h.total)
                for name, series in self.histograms.items()
                for labels, h in list(series.items())
            ],
            "counters": [
                (name, labels, value)
                for name, series in self.counters.items()
                for labels, value in list(series.items())
            ],
            "gauges": dict(self.gauges),
            "models": list(self.models.values()),
            "windows": [(labels, *window) for labels, window in list(self.windows.items())],
        }


def merge(snapshots: Iterable[dict]) -> dict:
    """The sum of several processes' snapshots: ready if all are, and each model once."""
    histograms: dict[tuple, list] = {}
    counters: dict[tuple, float] = defaultdict(float)
    gauges: dict[str, float] = dict.fromkeys(GAUGES, 0.0)
    models: dict[tuple, dict] = {}
    windows: dict[tuple, list[float]] = {}
    ready = []
    for snapshot in snapshots:
        for name, labels, counts, total in snapshot["histograms"]:
            known = histograms.setdefault((name, tuple(labels)), [[0] * len(counts), 0.0])
            known[0] = [a + b for a, b in zip(known[0], counts, strict=True)]
            known[1] += total
        for name, labels, value in snapshot["counters"]:
            counters[(name, tuple(labels))] += value
        for name, value in snapshot["gauges"].items():
            gauges[name] += value
        ready += [value for name, value in snapshot["gauges"].items() if name == "model_server_ready"]
        for labels, rows, outside in snapshot["windows"]:
            known = windows.setdefault(tuple(labels), [0.0, 0.0])
            known[:] = known[0] + rows, known[1] + outside
        models.update({(m["model"], m["version"]): m for m in snapshot["models"]})
    gauges["model_server_ready"] = min(ready, default=0.0)
    gauges["model_server_draining"] = min(gauges["model_server_draining"], 1.0)
    return {
        "histograms": [(n, labels, counts, total) for (n, labels), (counts, total) in histograms.items()],
        "counters": [(n, labels, value) for (n, labels), value in counters.items()],
        "gauges": gauges,
        "models": list(models.values()),
        "windows": [(labels, *window) for labels, window in windows.items()],
    }

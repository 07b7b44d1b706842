# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Counts of several processes, merged."""

from __future__ import annotations

import json

from model_server.observe.metrics import RECENT_ROWS, Metrics, merge


def counted(requests: int, ready: float) -> dict:
    """A snapshot, as a worker sends it to its parent."""
    metrics = Metrics()
    metrics.count("model_server_rejected", "queue", by=requests)
    metrics.histogram("model_server_batch_rows", "m", "1").observe(requests)
    metrics.gauges.update({"model_server_ready": ready, "model_server_draining": 1.0, "model_server_connections": 2})
    metrics.models[("m", "1")] = {"model": "m", "version": "1"}
    return json.loads(json.dumps(metrics.snapshot()))


def test_sums_and_the_least_ready() -> None:
    merged = merge([counted(3, 1.0), counted(5, 0.0)])
    assert ("model_server_rejected", ("queue",), 8) in merged["counters"]
    ((name, labels, counts, total),) = merged["histograms"]
    assert (name, labels, sum(counts), total) == ("model_server_batch_rows", ("m", "1"), 2, 8)
    assert merged["gauges"]["model_server_ready"] == 0.0
    assert merged["gauges"]["model_server_draining"] == 1.0
    assert merged["gauges"]["model_server_connections"] == 4
    assert merged["models"] == [{"model": "m", "version": "1"}]


def test_nothing_is_not_ready() -> None:
    assert merge([])["gauges"]["model_server_ready"] == 0.0


def test_a_merged_snapshot_can_be_merged_again() -> None:
    once = merge([counted(3, 1.0), counted(5, 1.0)])
    assert merge([once]) == once


def test_a_value_on_a_bound_counts_in_its_bucket() -> None:
    histogram = Metrics().histogram("model_server_batch_rows", "m", "1")
    for value in (1, 2, 3, 9000):
        histogram.observe(value)
    assert (histogram.counts[:3], histogram.counts[-1]) == ([1, 1, 1], 1)


def test_a_window_holds_the_last_rows_and_is_merged() -> None:
    metrics = Metrics()
    label = ("m", "1", "a")
    for _unused in range(20):
        metrics.recent([label], 100, [100])
    assert metrics.windows[label][0] <= RECENT_ROWS + 100
    for _unused in range(100):
        metrics.recent([label], 100, [0])
    rows, outside = metrics.windows[label]
    assert outside < 0.02 * rows
    snapshot = json.loads(json.dumps(metrics.snapshot()))
    assert merge([snapshot, snapshot])["windows"] == [(label, 2 * rows, 2 * outside)]

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What prometheus_client is given."""

from __future__ import annotations

from model_server.observe.exposition import MetricsCollector
from model_server.observe.metrics import COUNTERS, GAUGES, HISTOGRAMS, Metrics


def families(metrics: Metrics) -> dict:
    return {family.name: family for family in MetricsCollector(lambda: [metrics.snapshot()]).collect()}


def test_every_metric_of_the_tables_is_there() -> None:
    assert set(families(Metrics())) == {*HISTOGRAMS, *COUNTERS, *GAUGES, "model_server_model_info"}


def test_buckets_are_cumulative() -> None:
    metrics = Metrics()
    for rows in (1, 2, 2, 10_000):
        metrics.histogram("model_server_batch_rows", "m", "1").observe(rows)
    samples = families(metrics)["model_server_batch_rows"].samples
    buckets = {s.labels["le"]: s.value for s in samples if s.name.endswith("_bucket")}
    assert (buckets["1.0"], buckets["2.0"], buckets["8192.0"], buckets["+Inf"]) == (1, 3, 3, 4)


def test_a_sum_that_can_fall_is_a_gauge() -> None:
    found = families(Metrics())
    assert found["model_server_input_sum"].type == "gauge"
    assert found["model_server_input_squares"].type == "counter"


def test_a_model_is_named() -> None:
    metrics = Metrics()
    metrics.models[("m", "1")] = {"model": "m", "version": "1", "engine": "fast, together"}
    (sample,) = families(metrics)["model_server_model_info"].samples
    assert (sample.labels["engine"], sample.labels["sha256"], sample.value) == ("fast, together", "", 1)

# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What prometheus_client is given."""

from __future__ import annotations

from model_server.observe.exposition import MetricsCollector
from model_server.observe.metrics import COUNTERS, GAUGES, HISTOGRAMS, LEAST_ROWS, Metrics


def families(metrics: Metrics) -> dict:
    return {family.name: family for family in MetricsCollector(lambda: [metrics.snapshot()]).collect()}


def test_every_metric_of_the_tables_is_there() -> None:
    assert set(families(Metrics())) == {
        *HISTOGRAMS,
        *COUNTERS,
        *GAUGES,
        "model_server_model_info",
        "model_server_input_drifted",
    }


def test_buckets_are_cumulative() -> None:
    metrics = Metrics()
    for rows in (1, 2, 2, 10_000):
        metrics.histogram("model_server_batch_rows", "m", "1").observe(rows)
    samples = families(metrics)["model_server_batch_rows"].samples
    buckets = {s.labels["le"]: s.value for s in samples if s.name.endswith("_bucket")}
    assert (buckets["1.0"], buckets["2.0"], buckets["8192.0"], buckets["+Inf"]) == (1, 3, 3, 4)


def test_a_sum_that_can_fall_is_a_gauge() -> None:
    found = families(Metrics())
    assert found["model_server_input_values"].type == "gauge"
    assert found["model_server_input_squares"].type == "counter"


def test_names_follow_the_conventions() -> None:
    """Prometheus gives these endings a meaning, and its client adds _total to counters."""
    for name, family in families(Metrics()).items():
        reserved = ("_sum", "_count", "_bucket", "_total", "_created", *(() if family.type == "gauge" else ("_info",)))
        assert not name.endswith(reserved), name
        assert family.documentation, name


def test_a_column_has_a_verdict_once_there_are_enough_rows() -> None:
    metrics = Metrics()
    metrics.recent([("m", "1", "a"), ("m", "1", "b")], LEAST_ROWS - 1, [50, 0])
    assert families(metrics)["model_server_input_drifted"].samples == []
    metrics.recent([("m", "1", "a"), ("m", "1", "b")], 1, [0, 0])
    verdicts = {s.labels["column"]: s.value for s in families(metrics)["model_server_input_drifted"].samples}
    assert verdicts == {"a": 1.0, "b": 0.0}


def test_a_model_is_named() -> None:
    metrics = Metrics()
    metrics.models[("m", "1")] = {"model": "m", "version": "1", "engine": "fast, together"}
    (sample,) = families(metrics)["model_server_model_info"].samples
    assert (sample.labels["engine"], sample.labels["sha256"], sample.value) == ("fast, together", "", 1)

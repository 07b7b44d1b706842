# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Exposes what was counted to prometheus_client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from .metrics import COLUMN, COUNTERS, DRIFT_SHARE, FALLING, GAUGES, HISTOGRAMS, LEAST_ROWS, merge

INFO_LABELS = ("model", "version", "estimator", "sklearn_version", "sha256", "engine")


class MetricsCollector:
    """A collector of the merged snapshots.

    :param snapshots: gives one snapshot a process; called at each scrape.
    """

    def __init__(self, snapshots: Callable[[], Iterable[dict]]):
        self._snapshots = snapshots

    def collect(self) -> Iterator[Metric]:
        data = merge(self._snapshots())
        yield from histograms(data)
        yield from counters(data)
        yield from gauges(data)
        yield model_info(data)
        yield drift(data)


def histograms(data: dict) -> Iterator[Metric]:
    families = {
        name: HistogramMetricFamily(name, meaning, labels=labels)
        for name, (labels, _unused, meaning) in HISTOGRAMS.items()
    }
    for name, labels, counts, total in data["histograms"]:
        running, buckets = 0, []
        for bound, count in zip((*HISTOGRAMS[name][1], float("inf")), counts, strict=True):
            running += count
            buckets.append(("+Inf" if bound == float("inf") else repr(float(bound)), running))
        families[name].add_metric(labels, buckets, total)
    yield from families.values()


def counters(data: dict) -> Iterator[Metric]:
    families = {}
    for name, (labels, meaning) in COUNTERS.items():
        family = GaugeMetricFamily if name in FALLING else CounterMetricFamily
        families[name] = family(name, meaning, labels=labels)
    for name, labels, value in data["counters"]:
        families[name].add_metric(labels, value)
    yield from families.values()


def gauges(data: dict) -> Iterator[Metric]:
    for name, meaning in GAUGES.items():
        yield GaugeMetricFamily(name, meaning, value=data["gauges"][name])


def drift(data: dict) -> Metric:
    meaning = "1 if more than a tenth of a column's last values are outside what training had, else 0"
    family = GaugeMetricFamily("model_server_input_drifted", meaning, labels=COLUMN)
    for labels, rows, outside in data["windows"]:
        if rows >= LEAST_ROWS:
            family.add_metric(labels, float(outside > DRIFT_SHARE * rows))
    return family


def model_info(data: dict) -> Metric:
    info = GaugeMetricFamily("model_server_model_info", "1 for every model that is served", labels=INFO_LABELS)
    for model in data["models"]:
        info.add_metric([model.get(label, "") for label in INFO_LABELS], 1)
    return info

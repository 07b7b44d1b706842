# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load is found by what a row costs, within what the ingress and the server take."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.load_test.sizing import Bounds, replica_cores, size

WIDE = Bounds(0, 10000)


def snapshot(metric: dict, **requested: str) -> ScalingSnapshot:
    containers = [{"name": name, "resources": {"requests": {"cpu": cpu}}} for name, cpu in requested.items()]
    reference = {"kind": "Deployment", "name": "api"}
    hpa = {"spec": {"scaleTargetRef": reference, "maxReplicas": 10, "metrics": [metric]}}
    return ScalingSnapshot(hpa, target={"spec": {"template": {"spec": {"containers": containers}}}})


def utilization(resource: str, percent: int) -> dict:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": resource, "target": target}}


def test_a_replica_is_the_target_of_the_pods_request():
    assert replica_cores(snapshot(utilization("cpu", 70), server="100m", proxy="50m")) == pytest.approx(0.105)


def test_a_replica_of_one_containers_metric():
    target = {"type": "Utilization", "averageUtilization": 50}
    metric = {
        "type": "ContainerResource",
        "containerResource": {"name": "cpu", "container": "server", "target": target},
    }
    assert replica_cores(snapshot(metric, server="100m", proxy="50m")) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("metric", "requested", "words"),
    [
        (utilization("memory", 80), {"server": "100m"}, "percentage of CPU"),
        (utilization("cpu", 70), {}, "request no CPU"),
    ],
)
def test_what_no_load_can_be_found_for(metric, requested, words):
    with pytest.raises(ServingError, match=words):
        replica_cores(snapshot(metric, **requested))


def test_more_rows_come_before_more_requests():
    load = size(1e-6, 0.07, 6, WIDE)
    assert (load.rate, load.rows) == (80, 7000)
    assert load.replicas == pytest.approx(8)


def test_more_requests_once_the_rows_are_as_many_as_the_server_takes():
    load = size(5e-7, 0.07, 6, WIDE)
    assert (load.rate, load.rows) == (112, 10000)
    assert load.replicas == pytest.approx(8, rel=0.01)


def test_fewer_requests_where_one_row_is_much():
    load = size(0.02, 0.07, 6, WIDE)
    assert (load.rate, load.rows) == (28, 1)


def test_what_is_admitted_may_still_do():
    """At 5.4 replicas' worth the autoscaler wants 6."""
    load = size(4e-7, 0.07, 6, Bounds(95, 10000))
    assert (load.rate, load.rows) == (95, 10000)
    assert 5 < load.replicas < 6


def test_what_is_admitted_would_not_do():
    with pytest.raises(ServingError, match=r"95 requests of 10000 rows a second are expected to need 2\.7 replicas"):
        size(2e-7, 0.07, 6, Bounds(95, 10000))


def test_a_rate_below_the_usual_asks_for_more_rows():
    assert size(1e-6, 0.07, 5, Bounds(50, 10000)).rows == 9800

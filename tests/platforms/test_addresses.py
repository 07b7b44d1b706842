# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses that the end of a deployment shows. The Ingress gets its own from the local cluster's Traefik, the
Service from a stand-in of a cloud's controller."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import small
from cluster import Cluster
from playbook_runs import Run
from stand_ins.load_balancer import LoadBalancers

NAMESPACE = "t-addresses"
HOST = "models.addresses.example"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with small.namespace(NAMESPACE) as own:
        yield own


def deploy(**others) -> Run:
    variables = {
        "model_serving_load_balancer_enabled": True,
        "model_serving_ingress_host": HOST,
        "model_serving_verify_url": "",
        **others,
    }
    return small.deploy(NAMESPACE, **variables)


def addresses(run: Run) -> list[str]:
    """The lines of the end of a run that show them."""
    text = " ".join(run.output.split()).replace("''", "'")
    end = text.rpartition("TASK [modelops.serving.model_serving : Summary]")[2].partition("PLAY RECAP")[0]
    return [part.split(" - ")[0].strip(" '") for part in end.split("address ")[1:]]


@pytest.mark.parametrize("given", [{"ip": "203.0.113.7"}, {"hostname": "a1.elb.example"}], ids=["ip", "hostname"])
def test_the_address_is_awaited_and_shown(cluster: Cluster, given: dict):
    cloud = LoadBalancers(cluster, given, 20)
    cloud.start()
    try:
        first, second = deploy(), deploy()
    finally:
        cloud.stop()
    (at,) = given.values()
    ours, of_ingress = f"http://{at} (Service/model-api-lb)", f"http://{HOST} at 10.213.0.11 (Ingress/model-api)"
    assert "waiting for the address of Service/model-api-lb" in first.output, first.output
    for run in (first, second):
        assert sorted(addresses(run)) == sorted([ours, of_ingress]), run.output
    assert "waiting for" not in second.output, second.output


@pytest.mark.longer
def test_without_a_cloud_it_is_not_known_and_nothing_fails(cluster: Cluster):
    first = deploy(model_serving_address_patience=4, model_serving_ingress_enabled=False)
    (said,) = addresses(first)
    assert said.startswith("not known after 4 s: Service/model-api-lb has none: one may still come"), first.output
    (said,) = addresses(deploy(model_serving_ingress_enabled=False))
    assert said.startswith("not known: Service/model-api-lb has none"), said


@pytest.mark.longer
def test_a_cloud_that_makes_none_says_why(cluster: Cluster):
    cloud = LoadBalancers(cluster, {}, 0, "Quota 'IN_USE_ADDRESSES' exceeded. Limit: 8.0 in region europe-west1.")
    cloud.start()
    try:
        run = deploy(model_serving_address_patience=4, model_serving_ingress_enabled=False)
    finally:
        cloud.stop()
    (said,) = addresses(run)
    assert "SyncLoadBalancerFailed: Quota 'IN_USE_ADDRESSES' exceeded" in said, run.output

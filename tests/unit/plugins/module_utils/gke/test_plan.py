# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a GKE cluster differs in, and what is done about it. Against Google's own types: tests/platforms/test_gke.py."""

from __future__ import annotations

import copy
import dataclasses

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.gke import fields, messages, plan

WANTED = messages.Wanted("example-project", "europe-west1", "eu-1")
CLUSTER = {**messages.cluster(WANTED), "status": "RUNNING", "current_node_count": 3}


def wanted(**options) -> messages.Wanted:
    return dataclasses.replace(WANTED, **options)


def cluster(**changed) -> dict:
    return {**copy.deepcopy(CLUSTER), **changed}


def pool(**changed) -> dict:
    made = messages.node_pool(WANTED)
    return cluster(node_pools=[{**made, **changed}])


def test_a_cluster_as_it_was_asked_for_has_no_differences():
    assert plan.differences(CLUSTER, WANTED) == []
    assert plan.steps(CLUSTER, WANTED, fields.NODES) == []


def test_a_cluster_that_is_not_there_is_created_in_one_call_whatever_may_be_changed():
    for update in plan.MAY:
        (step,) = plan.steps(None, WANTED, update)
        assert (step.call, step.body["cluster"]["name"]) == (plan.CREATE, "eu-1")


@pytest.mark.parametrize(
    ("location", "zones", "nodes", "first"),
    [
        ("europe-west1", (), 3, 1),
        ("europe-west1", (), 4, 2),
        ("europe-west1", ("europe-west1-b", "europe-west1-c"), 3, 2),
        ("europe-west1-b", (), 3, 3),
        ("europe-west1", (), 0, 1),
    ],
)
def test_gke_counts_the_first_nodes_by_zone(location, zones, nodes, first):
    asked = wanted(location=location, zones=zones, min_nodes=nodes)
    assert messages.node_pool(asked)["initial_node_count"] == first


def test_a_range_is_an_address_range_or_a_name():
    asked = messages.ranges(wanted(pod_range="10.96.0.0/14", service_range="services"))
    assert asked == {
        "use_ip_aliases": True,
        "cluster_ipv4_cidr_block": "10.96.0.0/14",
        "services_secondary_range_name": "services",
    }


def test_autopilot_is_asked_for_nothing_that_it_decides_itself():
    made = messages.cluster(wanted(autopilot=True))
    assert made["autopilot"] == {"enabled": True}
    assert made["network_config"] == {"default_enable_private_nodes": True}
    assert not made.keys() & {"node_pools", "locations", "workload_identity_config"}


def test_nothing_is_changed_that_was_not_asked_for():
    asked = wanted(release_channel="stable", machine_type="n1-standard-8", spot=True, dataplane_v2=False)
    needs = {one.option: one.needs for one in plan.differences(CLUSTER, asked)}
    assert needs == {
        "release_channel": fields.SETTINGS,
        "machine_type": fields.NODES,
        "spot": fields.NEW_POOL,
        "dataplane_v2": fields.NEW_CLUSTER,
    }
    calls = {update: [step.options for step in plan.steps(CLUSTER, asked, update)] for update in plan.MAY}
    assert calls == {
        "none": [],
        "settings": [("release_channel",)],
        "nodes": [("release_channel",), ("machine_type",)],
    }


def test_one_call_changes_what_belongs_together():
    asked = wanted(machine_type="n1-standard-8", disk_gb=200, dns_endpoint=True, public_endpoint=False)
    calls = [(step.call, step.options) for step in plan.steps(CLUSTER, asked, fields.NODES)]
    assert calls == [
        (fields.UPDATE, ("public_endpoint", "dns_endpoint")),
        (fields.UPDATE_POOL, ("machine_type", "disk_gb")),
    ]


def test_what_nobody_set_is_left_as_it_is():
    closed = {"ip_endpoints_config": {"enable_public_endpoint": False}}
    found = cluster(control_plane_endpoints_config=closed, resource_labels={"a": "b"}, locations=["europe-west1-b"])
    assert plan.differences(found, WANTED) == []
    (step,) = plan.steps(found, wanted(dns_endpoint=True), fields.SETTINGS)
    assert step.body == {
        "desired_control_plane_endpoints_config": {"dns_endpoint_config": {"allow_external_traffic": True}}
    }


def test_older_clusters_say_the_same_in_other_fields():
    older = {
        "network": "projects/p/global/networks/default",
        "network_config": {"datapath_provider": "ADVANCED_DATAPATH"},
        "private_cluster_config": {"enable_private_nodes": True, "enable_private_endpoint": True},
        "control_plane_endpoints_config": None,
        "master_authorized_networks_config": {"enabled": True, "cidr_blocks": [{"cidr_block": "10.0.0.0/8"}]},
    }
    asked = wanted(public_endpoint=False, authorized_networks=("10.0.0.0/8",))
    assert plan.differences(cluster(**older), asked) == []


@pytest.mark.parametrize(
    ("scaling", "found"),
    [
        ({"enabled": False}, "not autoscaled"),
        ({"enabled": True, "min_node_count": 1, "max_node_count": 3}, "1 to 3 in each zone"),
        ({"enabled": True, "total_min_node_count": 3, "total_max_node_count": 12}, "3 to 12"),
    ],
)
def test_bounds_of_another_kind_are_a_difference(scaling, found):
    (one,) = plan.differences(pool(autoscaling=scaling), WANTED)
    assert (one.found, one.wanted, one.needs) == (found, "3 to 9", fields.SETTINGS)


def test_a_pool_that_is_missing_is_made_beside_the_others():
    other = cluster(node_pools=[{"name": "default-pool"}])
    assert plan.steps(other, WANTED, fields.SETTINGS) == []
    (step,) = plan.steps(other, WANTED, fields.NODES)
    assert (step.call, step.body["node_pool"]["name"]) == (fields.CREATE_POOL, "serving")


def test_what_autopilot_decides_is_no_difference():
    asked = wanted(autopilot=True)
    found = {**messages.cluster(asked), "node_pools": [{"name": "default-pool"}], "locations": ["europe-west1-b"]}
    assert plan.differences(found, asked) == []
    assert [one.option for one in plan.differences(found, WANTED)] == ["autopilot"]
    assert plan.steps(found, WANTED, fields.NODES) == []


def test_a_label_of_somebody_else_is_kept():
    found = cluster(resource_labels={"owner": "x"}, label_fingerprint="a1")
    (step,) = plan.steps(found, wanted(labels={"team": "models"}), fields.SETTINGS)
    assert step.body == {"resource_labels": {"owner": "x", "team": "models"}, "label_fingerprint": "a1"}
    assert plan.after(found, wanted(labels={"team": "models"}), [step])["labels"] == {"owner": "x", "team": "models"}


@pytest.mark.parametrize(("confirm", "told"), [("", "Confirm it with"), ("us-1", "gke_cluster_confirm is us-1.")])
def test_a_deletion_that_was_not_confirmed_says_what_would_go(confirm, told):
    sentence = plan.unconfirmed(WANTED, CLUSTER, confirm)
    assert "with its 3 nodes" in sentence
    assert told in sentence


def test_a_deletion_is_confirmed_by_what_no_other_cluster_has():
    """Two regions may have a cluster of one name, and an -e is for all targets of the run."""
    whole = f"{WANTED.project}/{WANTED.location}/eu-1"
    assert plan.unconfirmed(WANTED, CLUSTER, whole) == ""
    for part in ("eu-1", f"{WANTED.location}/eu-1", whole.replace(WANTED.location, "us-central1")):
        assert plan.unconfirmed(WANTED, CLUSTER, part)


def test_a_broken_cluster_says_why_and_the_way_out():
    told = plan.broken(cluster(status="ERROR", conditions=[{"message": "no quota"}]), WANTED)
    assert "no quota" in told
    assert f"-e gke_cluster_state=absent -e gke_cluster_confirm={plan.identity(WANTED)}" in told
    assert plan.broken(CLUSTER, WANTED) == ""

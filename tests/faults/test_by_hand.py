# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody corrected or replaced by hand is what stands: a failed release puts it back, with all that it needs."""

from __future__ import annotations

import pytest
import sets
from cluster import Cluster
from test_faults import revisions
from test_what_stood import FOREIGN, broken, change, greeting, made_by_kubectl, serving


def correct(cluster: Cluster) -> None:
    """As kubectl edit: the command of the serving set in place of the one that crashes."""
    working = sets.pod_of(sets.healthy())["containers"][0]["command"]
    fields = {"spec": {"template": {"spec": {"containers": [{"name": "api", "command": working}]}}}}
    change(cluster, "Deployment", fields, "kubectl-edit")
    cluster.wait_for(lambda: complete(cluster), 60)


def complete(cluster: Cluster) -> bool:
    """Whether all pods are of the Deployment as it is now, and ready."""
    found = cluster.get("Deployment", "shop")
    status = found.get("status") or {}
    counts = {status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas")}
    return status.get("observedGeneration") == found["metadata"]["generation"] and counts == {2}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("next_greeting", ["other", "first"])
def test_a_first_release_that_was_corrected_by_hand_is_what_stands(cluster: Cluster, next_greeting):
    """Also where its own set is released again, which takes the correction back."""
    assert cluster.release(broken("first"), on_first_failure="keep")["failed"]
    correct(cluster)

    result = cluster.release(broken(next_greeting), on_first_failure="remove")

    assert result["failed"] and "as it was changed by hand" in result["restored"], result["restored"]
    assert complete(cluster) and greeting(cluster) == "first"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("next_greeting", ["other", "one"])
def test_what_was_replaced_by_kubectl_is_back_after_an_adoption_that_fails(cluster: Cluster, next_greeting):
    """Also where the set that was applied last is released again and fails."""
    assert not cluster.release(sets.healthy("one")).get("failed")
    if next_greeting == "one":
        assert not cluster.release(broken("one"), wait=False).get("failed")
    theirs = [obj for obj in sets.healthy("theirs") if obj["kind"] in ("ConfigMap", "Deployment")]
    cluster.kube.delete(sets.find(theirs, "Deployment"), cluster.namespace)
    cluster.wait_for(lambda: cluster.get("Deployment", "shop") is None, 30)
    made_by_kubectl(cluster, theirs)
    cluster.wait_for(lambda: serving(cluster) and complete(cluster), 60)

    result = cluster.release(broken(next_greeting), adopt=True)

    assert result["failed"]
    assert complete(cluster) and greeting(cluster) == "theirs", result["restored"]
    managers = {entry["manager"] for entry in cluster.get("Deployment", "shop")["metadata"]["managedFields"]}
    assert FOREIGN in managers and "modelops.serving" not in managers


@pytest.mark.timeout(240)
def test_what_stands_again_by_hand_keeps_the_configuration_that_it_needs(cluster: Cluster):
    assert not cluster.release(sets.healthy("one")).get("failed")
    assert cluster.release(broken("two"), on_failure="keep")["failed"]
    correct(cluster)
    assert greeting(cluster) == "two"
    for number in ("three", "four"):
        result = cluster.release(broken(number))
        assert result["failed"] and "as it was changed by hand" in result["restored"], result["restored"]
    for pod in cluster.list("Pod", "app=shop"):
        cluster.kube.delete(pod, cluster.namespace)
    cluster.wait_for(lambda: complete(cluster), 60)
    assert greeting(cluster) == "two"
    assert not cluster.release(sets.healthy("five")).get("failed")
    # What the correction needed is superfluous now.
    assert len([obj for obj in cluster.list("ConfigMap") if obj["metadata"]["name"].startswith("shop-")]) == 1
    assert revisions(cluster)[5] == "serving"


@pytest.mark.timeout(240)
def test_an_adoption_that_failed_and_is_forgotten_is_its_owners(cluster: Cluster):
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs"}, "data": {"a": "1"}}
    made_by_kubectl(cluster, [theirs])
    limited = {"history_limit": 2}
    assert not cluster.release(sets.healthy("one"), **limited).get("failed")
    assert cluster.release([*broken("two"), theirs], adopt=True, on_failure="keep", **limited)["failed"]
    assert not cluster.release(sets.healthy("three"), **limited).get("failed")
    managers = {entry["manager"] for entry in cluster.get("ConfigMap", "theirs")["metadata"]["managedFields"]}
    assert managers == {FOREIGN}
    assert not cluster.run("release", name="shop", state="rolled_back").get("failed")
    assert cluster.get("ConfigMap", "theirs")["data"] == {"a": "1"}


@pytest.mark.timeout(240)
def test_replicas_that_somebody_raised_by_hand_stand_after_a_failure(cluster: Cluster):
    assert not cluster.release(sets.healthy("one")).get("failed")
    change(cluster, "Deployment", {"spec": {"replicas": 3}}, "kubectl-edit")
    cluster.wait_for(lambda: (cluster.get("Deployment", "shop")["status"].get("readyReplicas")) == 3, 60)
    result = cluster.release(broken("two"))
    assert result["failed"]
    assert cluster.get("Deployment", "shop")["spec"]["replicas"] == 3, result["restored"]


@pytest.mark.timeout(240)
def test_an_adopted_object_that_the_set_has_frozen_is_given_back(cluster: Cluster):
    """By the real API server's rules for what is immutable."""
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs"}, "data": {"a": "1"}}
    made_by_kubectl(cluster, [theirs])
    assert not cluster.release(sets.healthy("one")).get("failed")
    frozen = {**theirs, "data": {"a": "2"}, "immutable": True}
    assert cluster.release([*broken("two"), frozen], adopt=True)["failed"]
    found = cluster.get("ConfigMap", "theirs")
    assert found["data"] == {"a": "1"} and not found.get("immutable")
    assert {entry["manager"] for entry in found["metadata"]["managedFields"]} == {FOREIGN}
    assert not cluster.release(sets.healthy("three")).get("failed")

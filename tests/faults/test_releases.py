# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases: history, rollback, drift, pruning, adoption, removal, check mode."""

from __future__ import annotations

import pytest
import sets
from cluster import Cluster
from test_faults import revisions, templates

FOREIGN = "kubectl-client-side-apply"


def without(obj: dict) -> dict:
    """A live object without the fields that the API server sets."""
    meta = {key: value for key, value in obj["metadata"].items() if key in ("name", "labels", "namespace")}
    return {"metadata": meta, "spec": obj.get("spec"), "data": obj.get("data")}


def standing(cluster: Cluster) -> list:
    kinds = ("ConfigMap", "Deployment", "Service", "PodDisruptionBudget", "Ingress", "HorizontalPodAutoscaler")
    found = [item for kind in kinds for item in cluster.list(kind, "app.kubernetes.io/instance=shop")]
    return [without(item) for item in found]


@pytest.mark.timeout(240)
def test_rollback_to_the_first_of_three(cluster: Cluster):
    assert cluster.release(sets.healthy("one"))["revision"] == 1
    first = standing(cluster)
    second = [*sets.healthy("two"), sets.autoscaler()]
    sets.find(second, "Ingress")["spec"]["rules"][0]["host"] = "other.example"
    assert cluster.release(second)["revision"] == 2
    assert cluster.release(sets.healthy("three"))["revision"] == 3

    shown = cluster.run(
        "release", name="shop", state="rolled_back", revision=1, _ansible_check_mode=True, _ansible_diff=True
    )
    assert shown["changed"]
    assert {(entry["kind"], entry["action"]) for entry in shown["changes"]} == {
        ("ConfigMap", "create"),
        ("ConfigMap", "remove"),
        ("Deployment", "update"),
    }
    assert cluster.request()["content"].strip() == "three"

    result = cluster.run("release", name="shop", state="rolled_back", revision=1)

    assert not result.get("failed"), result
    assert standing(cluster) == first
    assert cluster.request()["content"].strip() == "one"
    info = cluster.run("release_info", name="shop")
    assert info["serving"] == 4
    assert info["revisions"][0]["note"] == "rollback to r1"
    assert revisions(cluster) == {1: "superseded", 2: "superseded", 3: "superseded", 4: "serving"}
    assert cluster.run("release", name="shop", state="rolled_back")["previous_revision"] == 4
    assert cluster.request()["content"].strip() == "three"

    refused = cluster.run("release", name="shop", state="rolled_back", revision=99)
    assert refused["failed"]
    assert "there is no revision r99" in refused["msg"]


@pytest.mark.timeout(120)
def test_a_second_run_changes_nothing_and_sends_few_requests(cluster: Cluster):
    objects = sets.healthy()
    for obj in objects:
        # As templates write it where there is none; the Deployment's controller adds its own.
        obj["metadata"].setdefault("annotations", {})
    cluster.release(objects)
    again = cluster.release(objects)
    assert again["changed"] is False
    assert again["changes"] == []
    assert again["api_requests"] <= len(objects) + 20
    assert again["api_requests"] == cluster.release(objects)["api_requests"]
    checked = cluster.release(objects, _ansible_check_mode=True)
    assert checked["changed"] is False


@pytest.mark.timeout(120)
def test_drift_is_reverted(cluster: Cluster):
    objects = sets.healthy()
    cluster.release(objects)
    before = templates(cluster)
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"}}
    path = cluster.kube.path(service, cluster.namespace)
    change = {"spec": {"ports": [{"name": "http", "port": 81, "targetPort": "http"}]}}
    cluster.kube.request("PATCH", path, {"fieldManager": "kubectl-edit"}, change, "application/merge-patch+json")
    result = cluster.release(objects)
    assert result["changes"] == [{"kind": "Service", "name": "shop", "action": "update"}], result
    assert templates(cluster)["service"]["ports"] == before["service"]["ports"]


@pytest.mark.timeout(120)
def test_adoption_only_on_request(cluster: Cluster):
    for obj in sets.healthy("theirs"):
        path = cluster.kube.kind(obj["apiVersion"], obj["kind"]).path(cluster.namespace)
        cluster.kube.request("POST", path, {"fieldManager": FOREIGN}, obj)
    ours = sets.healthy("theirs")
    refused = cluster.release(ours)
    assert refused["failed"]
    assert "Deployment/shop (managed by kubectl-client-side-apply)" in refused["msg"]
    assert "adopt: true" in refused["msg"]
    assert revisions(cluster) == {}
    result = cluster.release(ours, adopt=True)
    assert not result.get("failed"), result
    owners = {entry["manager"] for entry in cluster.get("Service", "shop")["metadata"]["managedFields"]}
    assert owners == {"modelops.serving"}


@pytest.mark.timeout(180)
def test_a_first_release_that_fails_is_removed_or_kept(cluster: Cluster):
    broken = sets.changed(sets.healthy(), command=["/bin/none"])
    result = cluster.release(broken)
    assert result["failed"]
    assert result["restored"] == "the first installation was removed again"
    assert standing(cluster) == []
    kept = cluster.release(broken, on_first_failure="keep")
    assert kept["failed"]
    assert cluster.get("Deployment", "shop")
    healed = cluster.release(sets.healthy())
    assert not healed.get("failed"), healed


@pytest.mark.timeout(120)
def test_absent_removes_everything_of_it_and_nothing_else(cluster: Cluster):
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs"}})
    cluster.release(sets.healthy("one"))
    cluster.release(sets.healthy("two"))
    shown = cluster.run("release", name="shop", state="absent", _ansible_check_mode=True)
    assert shown["changed"]
    assert len(standing(cluster)) == 5
    assert cluster.run("release", name="shop", state="absent")["changed"]
    assert standing(cluster) == []
    assert cluster.list("Pod") == []
    assert revisions(cluster) == {}
    assert cluster.get("ConfigMap", "theirs")
    assert not cluster.run("release", name="shop", state="absent")["changed"]


@pytest.mark.timeout(60)
def test_check_mode_in_a_namespace_that_is_not_there(fault_image):
    nowhere = Cluster("t-nowhere-yet")
    result = nowhere.release(sets.healthy(), _ansible_check_mode=True, _ansible_diff=True)
    assert result["changed"]
    assert {"kind": "Namespace", "name": "t-nowhere-yet", "action": "create"} in result["changes"]
    assert "does not exist yet" in " ".join(result["summary"])
    refused = nowhere.release(sets.healthy(), create_namespace=False)
    assert refused["failed"]
    assert "create_namespace" in refused["msg"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("state", ["present", "rolled_back"])
def test_a_namespace_that_is_not_there_or_going_is_named(cluster: Cluster, state):
    """And not the lock, which would be the first object in it."""
    wanted = {"state": state, **({"objects": sets.healthy()} if state == "present" else {})}
    missing = Cluster("t-nowhere-either").run("release", name="shop", create_namespace=False, **wanted)
    assert missing["failed"] and missing["msg"].startswith("namespace t-nowhere-either does not exist"), missing["msg"]

    holder = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example/held"]}}
    held = cluster.create(holder)
    cluster.remove_namespace()
    try:
        going = cluster.run("release", name="shop", **wanted)
    finally:
        cluster.kube.patch(held, cluster.namespace, {"metadata": {"finalizers": None}})
    assert going["failed"] and "Lease" not in going["msg"] and "lease" not in going["msg"]
    assert f"namespace {cluster.namespace} is being" in going["msg"] and "Wait until it is gone" in going["msg"]


@pytest.mark.timeout(60)
def test_a_name_that_cannot_be_is_named(cluster: Cluster):
    for name in ("Shop", "my_shop", "shop-"):
        refused = cluster.run("release", name=name, objects=sets.healthy())
        assert refused["failed"] and refused["msg"].startswith(f"name is {name!r}, which is no name"), refused["msg"]


@pytest.mark.timeout(120)
def test_what_preflight_rejects_changes_nothing(cluster: Cluster):
    first = sets.healthy("one")
    sets.find(first, "Ingress")["spec"]["ingressClassName"] = "nobody"
    refused = cluster.release(first, preflight=True)
    assert refused["failed"]
    assert "ingress class nobody does not exist" in refused["msg"]
    assert standing(cluster) == [] and cluster.list("Secret") == []

    assert not cluster.release(sets.healthy("one"), preflight=True).get("failed")
    checked = cluster.release(sets.healthy("two"), preflight=True)
    again = cluster.release(sets.healthy("two"), preflight=True)
    assert (checked["changed"], again["changed"]) == (True, False)
    # A set that serves already is not checked: no requests beside those of the release itself.
    assert again["api_requests"] == cluster.release(sets.healthy("two"))["api_requests"]


@pytest.mark.timeout(120)
def test_objects_of_a_group_that_is_not_served(cluster: Cluster):
    gadget = {"apiVersion": "gadgets.example/v1", "kind": "Gadget", "metadata": {"name": "shop"}}
    refused = cluster.release([*sets.healthy("one"), gadget], preflight=True)
    assert "the cluster does not serve Gadget (gadgets.example/v1)" in refused["msg"]
    left_out = cluster.release([*sets.healthy("one"), gadget], preflight=True, where_served=["gadgets.example"])
    assert not left_out.get("failed"), left_out
    assert cluster.release(sets.healthy("one"))["changed"] is False

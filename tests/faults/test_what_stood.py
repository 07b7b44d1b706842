# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failed run restores what was there before, whoever made it. A rollback goes to the last revision that served."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sets
from cluster import Cluster
from test_faults import revisions
from test_releases import FOREIGN, standing

CRASHING = ["sh", "-c", "exit 3"]


def broken(greeting: str = "broken") -> list[dict]:
    return sets.changed(sets.healthy(greeting), command=CRASHING)


def greeting(cluster: Cluster) -> str:
    return cluster.request()["content"].strip()


def made_by_kubectl(cluster: Cluster, objects: list[dict]) -> None:
    """Objects as kubectl apply makes them: with its annotation and manager, without a release's labels."""
    for obj in copy.deepcopy(objects):
        obj["metadata"].pop("labels", None)
        obj["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
        path = cluster.kube.kind(obj["apiVersion"], obj["kind"]).path(cluster.namespace)
        cluster.kube.request("POST", path, {"fieldManager": FOREIGN}, obj)


def serving(cluster: Cluster) -> bool:
    status = cluster.get("Deployment", "shop").get("status") or {}
    return status.get("readyReplicas", 0) == 2 and status.get("observedGeneration")


def change(cluster: Cluster, kind: str, fields: dict, manager: str, how: str = "strategic-merge-patch") -> dict:
    api_version = {"Deployment": "apps/v1"}.get(kind, "v1")
    obj = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "shop"}}
    path = cluster.kube.path(obj, cluster.namespace)
    return cluster.kube.request("PATCH", path, {"fieldManager": manager}, fields, f"application/{how}+json")


@pytest.mark.timeout(180)
def test_an_adoption_that_fails_leaves_production_as_it_was(cluster: Cluster):
    theirs = sets.healthy("theirs")
    made_by_kubectl(cluster, theirs)
    cluster.wait_for(lambda: serving(cluster), 60)
    before = {kind: cluster.get(kind, "shop") for kind in ("Deployment", "Service")}

    result = cluster.release(broken(), adopt=True)

    assert result["failed"] and result["findings"][0]["reason"] == "CrashLoop"
    assert result["restored"].startswith("r0 restored whole"), result["restored"]
    assert greeting(cluster) == "theirs"
    for kind, old in before.items():
        new = cluster.get(kind, "shop")
        assert new["spec"] == old["spec"] and new["metadata"]["uid"] == old["metadata"]["uid"]
        assert new["metadata"].get("labels") == old["metadata"].get("labels")
        assert new["metadata"]["annotations"].get("kubectl.kubernetes.io/last-applied-configuration") == "{}"
        managers = {entry["manager"] for entry in new["metadata"]["managedFields"]}
        assert FOREIGN in managers and "modelops.serving" not in managers
    # It is theirs again: removing the release removes none of it, and adopting it works as the first time.
    assert cluster.run("release", name="shop", state="absent")["changes"] == []
    assert greeting(cluster) == "theirs"
    adopted = cluster.release(sets.healthy("ours"), adopt=True)
    assert not adopted.get("failed"), adopted
    assert revisions(cluster) == {0: "superseded", 1: "serving"}
    back = cluster.run("release", name="shop", state="rolled_back")
    assert not back.get("failed"), back
    assert greeting(cluster) == "theirs"


@pytest.mark.timeout(120)
def test_an_adoption_that_cannot_be_is_refused_before_the_first_change(cluster: Cluster):
    """The Deployment has another selector, which nobody can change; the Service before it could be adopted."""
    theirs = sets.healthy("theirs")
    for obj in theirs:
        if obj["kind"] == "Deployment":
            obj["spec"]["selector"]["matchLabels"] = {"app": "theirs"}
            obj["spec"]["template"]["metadata"]["labels"] |= {"app": "theirs"}
    made_by_kubectl(cluster, theirs)
    cluster.wait_for(lambda: serving(cluster), 60)
    before = {kind: cluster.get(kind, "shop") for kind in ("Deployment", "Service")}

    result = cluster.release(sets.healthy("ours"), adopt=True)

    assert result["failed"] and result["findings"][0]["reason"] == "ObjectRefused"
    assert "finds its pods by app=theirs" in result["findings"][0]["message"]
    assert result["restored"] == "no object was changed"
    assert revisions(cluster) == {}
    for kind, old in before.items():
        new = cluster.get(kind, "shop")
        assert new["spec"] == old["spec"] and new["metadata"].get("labels") == old["metadata"].get("labels")
        assert "modelops.serving" not in {entry["manager"] for entry in new["metadata"]["managedFields"]}


@pytest.mark.timeout(180)
def test_what_was_applied_without_waiting_is_what_stands(cluster: Cluster):
    for number in ("one", "two", "three"):
        assert not cluster.release(sets.healthy(number), wait=False).get("failed")
    cluster.wait_for(lambda: serving(cluster) and greeting(cluster) == "three", 60)
    assert revisions(cluster)[3] == "applied"
    result = cluster.release(broken())
    assert result["failed"]
    assert result["restored_revision"] == 3, result["restored"]
    assert greeting(cluster) == "three"


@pytest.mark.timeout(180)
def test_what_was_applied_and_never_served_is_no_goal(cluster: Cluster):
    cluster.release(sets.healthy("one"))
    cluster.release(broken(), wait=False)
    assert not cluster.release(sets.healthy("three")).get("failed")
    back = cluster.run("release", name="shop", state="rolled_back")
    assert not back.get("failed"), back
    assert greeting(cluster) == "one"


@pytest.mark.timeout(240)
def test_failures_do_not_push_the_good_revision_out(cluster: Cluster):
    limited = {"history_limit": 3}
    cluster.release(sets.healthy("one"), **limited)
    for number in range(4):
        assert cluster.release(broken(f"broken {number}"), **limited)["failed"]
    cluster.release(sets.healthy("six"), **limited)
    assert {1, 6} <= set(revisions(cluster))
    result = cluster.run("release", name="shop", state="rolled_back")
    assert not result.get("failed"), result
    assert greeting(cluster) == "one"


@pytest.mark.timeout(180)
def test_a_rollback_after_a_failure_that_was_kept(cluster: Cluster):
    cluster.release(sets.healthy("one"))
    cluster.release(sets.healthy("two"))
    kept = cluster.release(broken(), on_failure="keep")
    assert kept["failed"] and revisions(cluster) == {1: "superseded", 2: "serving", 3: "kept"}
    result = cluster.run("release", name="shop", state="rolled_back")
    assert not result.get("failed"), result
    assert greeting(cluster) == "two"
    assert revisions(cluster) == {1: "superseded", 2: "superseded", 3: "failed", 4: "serving"}


@pytest.mark.timeout(180)
def test_what_failed_and_was_kept_is_not_what_stands_though_its_pods_are_ready(cluster: Cluster):
    assert not cluster.release(sets.predicting("7", "one"), verify=sets.VERIFY).get("failed")
    kept = cluster.release(sets.predicting("8", "two"), verify=sets.VERIFY, on_failure="keep")
    assert kept["failed"] and greeting(cluster) == "two"
    third = cluster.release(sets.predicting("9", "three"), verify=sets.VERIFY)
    assert third["failed"] and third["restored_revision"] == 1, third["restored"]
    assert greeting(cluster) == "one"
    assert revisions(cluster) == {1: "serving", 2: "failed", 3: "failed"}


@pytest.mark.timeout(120)
def test_an_object_that_is_being_deleted_is_waited_for(cluster: Cluster):
    cluster.release(sets.healthy("one"))
    held = {"metadata": {"finalizers": ["example.com/held"]}}
    change(cluster, "Service", held, "cloud", "merge-patch")
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"}}
    cluster.kube.delete(service, cluster.namespace)
    running = cluster.start("release", name="shop", objects=sets.healthy("two"), timeout=60)
    running.feed()
    cluster.wait_for(lambda: cluster.get("Service", "shop")["metadata"].get("deletionTimestamp"), 10)
    time.sleep(3)
    change(cluster, "Service", {"metadata": {"finalizers": None}}, "cloud", "merge-patch")
    result = running.finish()
    assert not result.get("failed"), result
    assert greeting(cluster) == "two"


@pytest.mark.timeout(180)
def test_without_its_autoscaler_the_replicas_are_the_set_s(cluster: Cluster):
    with_scaler = [*sets.healthy("one"), sets.autoscaler(low=4, high=5)]
    cluster.release(with_scaler)
    cluster.wait_for(lambda: cluster.get("Deployment", "shop")["status"].get("readyReplicas") == 4, 60)
    result = cluster.release(sets.healthy("one", replicas=2))
    assert not result.get("failed"), result
    assert cluster.get("Deployment", "shop")["spec"]["replicas"] == 2
    assert any("the autoscaler was removed" in line for line in result["summary"])
    assert cluster.release(sets.healthy("one", replicas=2))["changed"] is False


@pytest.mark.timeout(180)
def test_a_release_that_predicts_wrongly_is_not_promoted(cluster: Cluster):
    first = cluster.release(sets.predicting("7", "one"), verify=sets.VERIFY)
    assert not first.get("failed"), first
    assert first["prediction"]["service"] == {"predictions": [7]}

    wrong = cluster.release(sets.predicting("8", "two"), verify=sets.VERIFY)

    assert wrong["failed"] and wrong["findings"][0]["reason"] == "PredictionDiffers"
    assert wrong["restored"].startswith("r1 restored whole")
    assert revisions(cluster) == {1: "serving", 2: "failed"}
    assert greeting(cluster) == "one"
    text = cluster.release(sets.predicting('"a", "b"', "three"), verify=sets.VERIFY)
    assert text["findings"][0]["reason"] == "PredictionMalformed"
    absent = cluster.release(sets.predicting("7", "four"), verify={"path": "/nowhere"})
    assert absent["findings"][0]["reason"] == "PredictionFails"
    looked_at = cluster.release(sets.predicting("8", "five"), verify=sets.VERIFY, on_failure="keep")
    assert looked_at["failed"] and greeting(cluster) == "five"
    # A rollback is verified as the revision it goes to was.
    back = cluster.run("release", name="shop", state="rolled_back", verify={"path": "/nowhere"})
    assert not back.get("failed"), back
    assert greeting(cluster) == "one"


@pytest.mark.timeout(120)
def test_a_target_port_that_nobody_listens_on(cluster: Cluster):
    cluster.release(sets.predicting("7", "one"), verify=sets.VERIFY)
    deaf = sets.predicting("7", "two")
    sets.find(deaf, "Service")["spec"]["ports"][0]["targetPort"] = 5999
    result = cluster.release(deaf, verify=sets.VERIFY)
    assert result["failed"] and result["findings"][0]["reason"] in ("PredictionFails", "ServicePortUnknown")
    assert greeting(cluster) == "one"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("scaled", [False, True], ids=["replicas", "autoscaler"])
def test_scaled_to_zero_is_brought_back(cluster: Cluster, scaled: bool):
    objects = [*sets.healthy("one"), sets.autoscaler()] if scaled else sets.healthy("one")
    cluster.release(objects)
    change(cluster, "Deployment", {"spec": {"replicas": 0}}, "kubectl-edit")
    cluster.wait_for(lambda: not cluster.get("Deployment", "shop")["status"].get("readyReplicas"), 30)
    info = cluster.run("release_info", name="shop")
    assert any("scaled to 0" in line for line in info["summary"]), info["summary"]
    result = cluster.release(objects)
    assert result["changed"] and not result.get("failed"), result
    assert result["rollout"]["ready"] == 2
    assert greeting(cluster) == "one"


@pytest.mark.timeout(120)
def test_what_a_ui_added_is_shown_and_taken_back(cluster: Cluster):
    objects = sets.healthy("one")
    cluster.release(objects)
    added = {
        "spec": {"template": {"spec": {"containers": [{"name": "api", "env": [{"name": "DEBUG", "value": "1"}]}]}}}
    }
    change(cluster, "Deployment", added, "dashboard")
    path = "spec.template.spec.containers[name=api].env[name=DEBUG]"
    expected = [{"object": "Deployment/shop", "manager": "dashboard", "fields": [path]}]
    assert cluster.run("release_info", name="shop")["drift"] == expected
    tolerated = cluster.release(objects, tolerated_managers=["dashboard"])
    assert tolerated["changed"] is False and tolerated["drift"] == []

    shown = cluster.release(objects, _ansible_check_mode=True, _ansible_diff=True)
    assert shown["changed"] and "DEBUG" in shown["diff"][0]["before"] and "DEBUG" not in shown["diff"][0]["after"]
    result = cluster.release(objects)

    assert result["changed"] and result["drift"] == expected
    assert any("DEBUG" in line for line in result["summary"])
    assert "env" not in cluster.get("Deployment", "shop")["spec"]["template"]["spec"]["containers"][0]
    assert cluster.release(objects)["changed"] is False


@pytest.mark.timeout(120)
def test_kubectl_rollout_restart_is_no_drift(cluster: Cluster):
    objects = sets.healthy("one")
    cluster.release(objects)
    stamp = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    change(cluster, "Deployment", {"spec": {"template": {"metadata": {"annotations": stamp}}}}, "kubectl-rollout")
    assert cluster.release(objects)["changed"] is False


@pytest.mark.timeout(120)
def test_another_release_s_object_is_refused(cluster: Cluster):
    assert not cluster.release(sets.healthy("one")).get("failed")
    theirs = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"}, "spec": {"ports": [{"port": 80}]}}
    for adopt in (False, True):
        refused = cluster.run("release", name="other", objects=[theirs], adopt=adopt)
        assert refused["failed"] and "Service/shop (release shop)" in refused["msg"], refused
    assert len(standing(cluster)) == 5


GADGETS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def gadget(version: str) -> dict:
    return {"apiVersion": f"gadgets.example/{version}", "kind": "Gadget", "metadata": {"name": "shop"}}


@contextmanager
def gadgets_served_as(cluster: Cluster, version: str) -> Iterator[None]:
    """A kind of somebody's own, whose CRD is removed at the end."""
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.gadgets.example"},
        "spec": {
            "group": "gadgets.example",
            "scope": "Namespaced",
            "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget"},
            "versions": [served_version(version)],
        },
    }
    cluster.kube.request("POST", GADGETS, None, definition)
    try:
        cluster.wait_for(lambda: f"gadgets.example/{version}" in _served(cluster), 20)
        yield
    finally:
        cluster.kube.request("DELETE", f"{GADGETS}/gadgets.gadgets.example")
        cluster.wait_for(lambda: not any("gadgets.example" in version for version in _served(cluster)), 20)


def served_version(version: str, **changed: bool) -> dict:
    schema = {"openAPIV3Schema": {"type": "object"}}
    return {"name": version, "served": True, "storage": True, "schema": schema, **changed}


@pytest.mark.timeout(180)
def test_an_object_whose_api_has_grown_up_is_still_the_release_s(cluster: Cluster):
    with gadgets_served_as(cluster, "v1beta1"):
        assert not cluster.release([*sets.healthy("one"), gadget("v1beta1")]).get("failed")
        kept = [served_version("v1beta1", served=False, storage=False), served_version("v1")]
        change = {"spec": {"versions": kept}}
        path = f"{GADGETS}/gadgets.gadgets.example"
        cluster.kube.request("PATCH", path, None, change, "application/merge-patch+json")
        cluster.wait_for(lambda: {"gadgets.example/v1"} == {one for one in _served(cluster) if "gadgets" in one}, 20)
        live = f"/apis/gadgets.example/v1/namespaces/{cluster.namespace}/gadgets"

        result = cluster.release([*broken(), gadget("v1")])

        assert result["failed"] and result["restored"].startswith("r1 restored whole"), result["restored"]
        assert len(cluster.kube.request("GET", live)["items"]) == 1
        assert not cluster.release([*sets.healthy("two"), gadget("v1")]).get("failed")
        assert not cluster.run("release", name="shop", state="rolled_back").get("failed")
        assert len(cluster.kube.request("GET", live)["items"]) == 1 and greeting(cluster) == "one"
        assert not cluster.run("release", name="shop", state="absent").get("failed")
        assert cluster.kube.request("GET", live)["items"] == []


@pytest.mark.timeout(180)
def test_a_crd_that_went_stops_no_restore_and_no_rollback(cluster: Cluster):
    with gadgets_served_as(cluster, "v1"):
        assert not cluster.release([*sets.healthy("one"), gadget("v1")]).get("failed")
        assert not cluster.release([*sets.healthy("two"), gadget("v1")]).get("failed")

    result = cluster.release(broken())

    assert result["failed"] and result["findings"][0]["reason"] == "CrashLoop" and result["evidence"]["pods"]
    assert result["restored"].startswith("r2 restored"), result["restored"]
    assert greeting(cluster) == "two"
    back = cluster.run("release", name="shop", state="rolled_back")
    assert not back.get("failed"), back
    assert greeting(cluster) == "one"


def _served(cluster: Cluster) -> set[str]:
    groups = cluster.kube.request("GET", "/apis")["groups"]
    return {version["groupVersion"] for group in groups for version in group["versions"]}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("missing", [("pods", "list"), ("services", "delete"), ("secrets", "patch")], ids="-".join)
def test_a_rollback_or_removal_that_is_not_allowed_changes_nothing(cluster: Cluster, missing):
    cluster.release(sets.healthy("one"))
    cluster.release(sets.healthy("two"))
    before = standing(cluster)
    limited = {"kubeconfig": None, **account(cluster, missing)}
    for state in ("rolled_back", "absent"):
        refused = cluster.run("release", name="shop", state=state, **limited)
        assert refused["failed"] and f"{missing[1]} {missing[0]}" in refused["msg"], refused["msg"]
    assert standing(cluster) == before
    assert revisions(cluster) == {1: "superseded", 2: "serving"}


def account(cluster: Cluster, missing: tuple[str, str]) -> dict:
    """Credentials of a ServiceAccount that may do everything in the namespace but one thing."""
    verbs = ["get", "list", "watch", "create", "update", "patch", "delete"]
    kinds = {
        "": ["configmaps", "secrets", "services", "pods", "events", "serviceaccounts", "pods/log"],
        "apps": ["deployments", "replicasets"],
        "policy": ["poddisruptionbudgets"],
        "networking.k8s.io": ["ingresses"],
        "autoscaling": ["horizontalpodautoscalers"],
        "coordination.k8s.io": ["leases"],
        "discovery.k8s.io": ["endpointslices"],
    }
    rules = [
        {
            "apiGroups": [group],
            "resources": [name],
            "verbs": [verb for verb in verbs if (name, verb) != missing],
        }
        for group, names in kinds.items()
        for name in names
    ]
    rbac = "rbac.authorization.k8s.io"
    cluster.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "limited"}})
    cluster.create({"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": {"name": "limited"}, "rules": rules})
    subject = {"kind": "ServiceAccount", "name": "limited", "namespace": cluster.namespace}
    cluster.create(
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "limited"},
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "limited"},
            "subjects": [subject],
        }
    )
    path = f"/api/v1/namespaces/{cluster.namespace}/serviceaccounts/limited/token"
    token = cluster.kube.request("POST", path, None, {"spec": {}})["status"]["token"]
    return {"host": cluster.kube.connection.host, "api_key": token, "validate_certs": False}


@pytest.mark.timeout(180)
def test_a_rollback_gives_back_what_a_later_revision_had_adopted(cluster: Cluster):
    cluster.release(sets.healthy("one"))
    theirs = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}, "stringData": {"a": "theirs"}}
    cluster.kube.request(
        "POST", cluster.kube.kind("v1", "Secret").path(cluster.namespace), {"fieldManager": FOREIGN}, theirs
    )
    ours = {**theirs, "stringData": {"a": "ours"}}
    adopted = cluster.release([*sets.healthy("two"), ours], adopt=True)
    assert not adopted.get("failed"), adopted
    back = cluster.run("release", name="shop", state="rolled_back")
    assert not back.get("failed"), back
    found = cluster.get("Secret", "key")
    assert found["data"] == {"a": "dGhlaXJz"}
    assert {entry["manager"] for entry in found["metadata"]["managedFields"]} == {FOREIGN}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("left", [[], ["ConfigMap"]], ids=["nothing", "no Deployment"])
def test_a_set_that_was_not_rendered_removes_nothing(cluster: Cluster, left):
    objects = sets.healthy("one")
    cluster.release(objects)
    refused = cluster.release([obj for obj in objects if obj["kind"] in left])
    assert refused["failed"] and "state: absent removes a release" in refused["msg"]
    assert greeting(cluster) == "one"


@contextmanager
def endpoints_seen(cluster: Cluster) -> Iterator[list[int]]:
    """How many ready endpoints the Service had, looked at all the time."""
    seen: list[int] = []
    ended = threading.Event()
    own = Cluster(cluster.namespace)

    def look() -> None:
        while not ended.is_set():
            slices = own.list("EndpointSlice", "kubernetes.io/service-name=shop")
            points = [point for one in slices if one.get("ports") for point in one.get("endpoints") or []]
            seen.append(sum(1 for point in points if point["conditions"].get("ready")))
            time.sleep(0.02)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


@pytest.mark.timeout(180)
def test_users_are_answered_while_a_service_by_hand_is_adopted_and_given_back(cluster: Cluster):
    """Its target port is a number, and the container's port has no name."""
    theirs = sets.healthy("theirs")
    container = sets.pod_of(theirs)["containers"][0]
    container["ports"] = [{"containerPort": 5000}]
    container["readinessProbe"]["httpGet"]["port"] = 5000
    sets.find(theirs, "Service")["spec"]["ports"][0]["targetPort"] = 5000
    made_by_kubectl(cluster, theirs)
    cluster.wait_for(lambda: serving(cluster), 60)

    with endpoints_seen(cluster) as seen:
        adopted = cluster.release(sets.healthy("ours"), adopt=True)
        back = cluster.run("release", name="shop", state="rolled_back")

    assert not adopted.get("failed") and not back.get("failed"), (adopted, back)
    assert greeting(cluster) == "theirs"
    assert len(seen) > 20 and min(seen) > 0, seen

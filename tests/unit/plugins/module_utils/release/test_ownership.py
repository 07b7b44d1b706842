# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose an object is."""

from __future__ import annotations

from release_objects import OURS, config_map

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.release import ownership


def test_ours_needs_both_label_and_manager():
    obj = config_map("c")
    obj["metadata"].update(labels={"app.kubernetes.io/instance": "api"}, managedFields=[{"manager": "kubectl"}])
    assert not ownership.is_ours(obj, "api")
    obj["metadata"]["managedFields"].append(OURS)
    assert ownership.is_ours(obj, "api")
    assert not ownership.is_ours(obj, "other")


def test_fingerprint_changes_when_somebody_takes_a_field():
    obj = config_map("c", a="1")
    ours = {"manager": "modelops.serving", "fieldsV1": {"f:data": {"f:a": {}}}}
    standing = {object_set.key(obj): {**obj, "metadata": {"name": "c", "uid": "u", "managedFields": [ours]}}}
    taken = {
        object_set.key(obj): {**obj, "metadata": {"name": "c", "uid": "u", "managedFields": [{"manager": "kubectl"}]}}
    }
    assert ownership.fingerprint([obj], standing) != ownership.fingerprint([obj], taken)
    assert ownership.fingerprint([obj], {}) == ""


def test_what_a_controller_adds_to_an_empty_map_is_no_change():
    """The Deployment's own controller writes an annotation; the field of the empty map is then nobody's."""
    named = {"f:labels": {"f:app": {}}}
    empty = standing({**OURS, "fieldsV1": {"f:metadata": {"f:annotations": {}, **named}}})
    added = standing({**OURS, "fieldsV1": {"f:metadata": named}})
    own = standing({**OURS, "fieldsV1": {"f:metadata": {"f:annotations": {"f:a": {}}, **named}}})
    objects = [config_map("c")]
    assert ownership.fingerprint(objects, empty) == ownership.fingerprint(objects, added)
    assert ownership.fingerprint(objects, own) != ownership.fingerprint(objects, added)


def held(obj: dict, live: dict, name: str, namespace: str) -> list[str]:
    found = ownership.held_by_others([obj], live, name, namespace)
    return [ownership.named_with_holder(at, namespace) for at in found]


def standing(*entries, **labels):
    obj = config_map("c")
    obj["metadata"].update(labels=labels, managedFields=list(entries))
    return {object_set.key(obj): obj}


def test_foreign_objects_are_named_with_their_managers():
    helm = standing({"manager": "helm", "operation": "Apply"})
    assert [ownership.managed_by(at) for at in ownership.foreign([config_map("c")], helm)] == [
        "ConfigMap/c (managed by helm)"
    ]
    assert ownership.foreign([config_map("c")], standing(OURS)) == []
    assert ownership.managed_by(next(iter(standing().values()))) == "ConfigMap/c (managed by an unknown manager)"


def test_an_object_of_another_release():
    theirs = standing(OURS, **{"app.kubernetes.io/instance": "churn"})
    assert held(config_map("c"), theirs, "churn-lb", "ml") == ["ConfigMap/c (release churn)"]
    assert held(config_map("c"), theirs, "churn", "ml") == []
    by_helm = standing({"manager": "helm"}, **{"app.kubernetes.io/instance": "churn"})
    assert held(config_map("c"), by_helm, "churn-lb", "ml") == []


def test_releases_of_one_name_in_two_namespaces_are_two():
    """An object of the whole cluster says in an annotation whose it is."""
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    live = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "managedFields": [OURS]}}
    live["metadata"]["labels"] = {"app.kubernetes.io/instance": "api"}
    live["metadata"]["annotations"] = {"modelops.serving/namespace": "one"}
    at = {object_set.key(widget): live}
    assert held(widget, at, "api", "two") == ["Widget/w (release api in one)"]
    assert held(widget, at, "api", "one") == []
    del live["metadata"]["annotations"]
    assert held(widget, at, "api", "two") == []


def test_an_object_of_a_namespace_whose_instance_label_was_changed_or_removed():
    def at(*managers, **labels):
        (live,) = standing(*managers, **labels).values()
        live["metadata"]["namespace"] = "ml"
        return live

    assert ownership.is_relabelled(at(OURS, **{"app.kubernetes.io/instance": "other"}), "api")
    assert ownership.is_relabelled(at(OURS), "api")
    assert not ownership.is_relabelled(at(OURS, **{"app.kubernetes.io/instance": "api"}), "api")
    assert not ownership.is_relabelled(at({"manager": "kubectl"}), "api")


def test_tools_that_apply_an_object_are_told_from_controllers_and_people():
    """By the field managers: the label that says who manages it stands in whatever render writes."""
    last_applied = {"f:kubectl.kubernetes.io/last-applied-configuration": {}}
    by_helm = {"f:meta.helm.sh/release-name": {}}
    (live,) = standing(
        OURS,
        {"manager": "kustomize-controller", "operation": "Apply"},
        {
            "manager": "argocd-controller",
            "operation": "Update",
            "fieldsV1": {"f:metadata": {"f:annotations": last_applied}},
        },
        {"manager": "helm", "operation": "Update", "fieldsV1": {"f:metadata": {"f:annotations": by_helm}}},
        {"manager": "kube-controller-manager", "operation": "Update"},
        {"manager": "kubectl-edit", "operation": "Update"},
        {"manager": "scaler", "operation": "Apply", "subresource": "scale"},
    ).values()
    assert ownership.applied_by_others(live) == "ConfigMap/c (applied by argocd-controller, helm, kustomize-controller)"
    (ours,) = standing(OURS).values()
    assert ownership.applied_by_others(ours) == ""

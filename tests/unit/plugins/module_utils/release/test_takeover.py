# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of others become ours, and theirs again."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.release import takeover

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
OURS = {"manager": "modelops.serving", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:a": {}}}}


def entry(manager, fields, operation="Update", **more):
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields, **more}


def live(*entries):
    return {**CONFIG, "metadata": {"name": "c", "managedFields": list(entries)}}


def managers(entries):
    return [(item["manager"], item["fieldsV1"]) for item in entries]


class TestAdoption:
    def test_everybody_s_configuration_becomes_ours_but_the_control_plane_s(self):
        one = entry("helm", {"f:data": {"f:a": {}}}, "Apply")
        two = entry("kubectl-edit", {"f:data": {"f:b": {}}})
        status = entry("kube-controller-manager", {"f:status": {}}, subresource="status")
        system = entry("kube-controller-manager", {"f:spec": {"f:x": {}}})
        taken = takeover.adoption_taken(live(one, two, status, system), CONFIG)
        assert managers(taken) == [
            ("kube-controller-manager", {"f:status": {}}),
            ("kube-controller-manager", {"f:spec": {"f:x": {}}}),
            ("modelops.serving", {"f:data": {"f:a": {}, "f:b": {}}}),
        ]
        assert taken[-1]["operation"] == "Apply"

    def test_a_controller_s_notes_stay_its_own(self):
        notes = {"f:metadata": {"f:annotations": {".": {}, "f:cert": {}}, "f:finalizers": {'v:"lb"': {}}}}
        assert takeover.adoption_taken(live(entry("cert-manager", notes)), CONFIG) is None
        both = {"f:data": {"f:a": {}}, **notes}
        assert managers(takeover.adoption_taken(live(entry("helm", both)), CONFIG)) == [
            ("helm", notes),
            ("modelops.serving", {"f:data": {"f:a": {}}}),
        ]

    def test_labels_and_the_annotations_that_the_set_names_are_taken(self):
        obj = {**CONFIG, "metadata": {"name": "c", "annotations": {"mine": "1"}}}
        fields = {"f:metadata": {"f:labels": {"f:app": {}}, "f:annotations": {"f:mine": {}, "f:other": {}}}}
        taken = takeover.adoption_taken(live(entry("helm", fields)), obj)
        assert managers(taken) == [
            ("helm", {"f:metadata": {"f:annotations": {"f:other": {}}}}),
            ("modelops.serving", {"f:metadata": {"f:labels": {"f:app": {}}, "f:annotations": {"f:mine": {}}}}),
        ]

    def test_nothing_to_take(self):
        assert takeover.adoption_taken(live(entry("x", {"f:data": {}}, subresource="status")), CONFIG) is None


class TestDrift:
    UI = entry("ui", {"f:data": {"f:b": {}}, "f:metadata": {"f:labels": {"f:seen": {}}}})

    def test_what_was_changed_in_place_becomes_ours(self):
        assert managers(takeover.drift_taken(live(OURS, self.UI), frozenset())) == [
            ("ui", {"f:metadata": {"f:labels": {"f:seen": {}}}}),
            ("modelops.serving", {"f:data": {"f:a": {}, "f:b": {}}}),
        ]

    def test_what_a_killed_run_put_back_is_ours_as_what_we_apply_is(self):
        """It was given back to nobody yet. As the owner by applying, we take it away when the set does not have it."""
        left = entry("modelops.serving", {"f:data": {"f:b": {}}})
        assert managers(takeover.drift_taken(live(OURS, left), frozenset())) == [
            ("modelops.serving", {"f:data": {"f:a": {}, "f:b": {}}}),
        ]

    def test_but_not_of_a_manager_that_is_tolerated(self):
        assert takeover.drift_taken(live(OURS, self.UI), frozenset({"ui"})) is None

    def test_also_of_one_that_applies(self):
        argocd = entry("argocd", {"f:data": {"f:b": {}}}, "Apply")
        assert managers(takeover.drift_taken(live(OURS, argocd), frozenset())) == [
            ("modelops.serving", {"f:data": {"f:a": {}, "f:b": {}}}),
        ]


def test_an_object_that_was_adopted_is_its_owners_again():
    kubectl = entry("kubectl-client-side-apply", {"f:data": {"f:a": {}}})
    recorded = live(kubectl, entry("kube-controller-manager", {"f:status": {}}, subresource="status"))
    newer = entry("kube-controller-manager", {"f:status": {"f:x": {}}}, subresource="status")
    assert takeover.handed_back(live(OURS, newer), recorded) == [newer, kubectl]


def test_a_recorded_object_is_applied_without_what_the_server_keeps():
    recorded = {
        **CONFIG,
        "metadata": {
            "name": "c",
            "uid": "u",
            "resourceVersion": "7",
            "finalizers": ["lb"],
            "managedFields": [],
            "annotations": {"deployment.kubernetes.io/revision": "4", "mine": "1"},
        },
        "data": {"a": "1"},
        "status": {},
    }
    expected = {**CONFIG, "metadata": {"name": "c", "annotations": {"mine": "1"}}, "data": {"a": "1"}}
    assert takeover.as_configuration(recorded) == expected


def test_an_object_that_was_ours_without_a_record_stays_ours():
    assert takeover.handed_back(live(OURS), live(OURS)) == [OURS]


def test_a_claim_that_was_bound_since_stays_bound():
    recorded = {
        "kind": "PersistentVolumeClaim",
        "metadata": {"labels": {"who": "me"}},
        "spec": {"storageClassName": "a"},
    }
    bound = {**recorded["spec"], "volumeName": "pv-1", "resources": {"requests": {"storage": "2Gi"}}}
    now = {"kind": "PersistentVolumeClaim", "metadata": {"labels": {"who": "us"}, "managedFields": []}, "spec": bound}
    body = takeover.as_before(now, recorded, autoscaled=False)
    assert body["spec"] == bound and body["metadata"]["labels"] == {"who": "me"}

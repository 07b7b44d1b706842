# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of objects: preparation, pruning."""

from __future__ import annotations

import pytest
from release_objects import autoscaler, config_map, deployment

from ansible_collections.modelops.serving.plugins.module_utils.common import kinds, object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError


class TestPrepare:
    def test_orders_by_what_refers_to_what(self):
        ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "api"}}
        prepared = object_set.prepare([ingress, autoscaler(), deployment(), config_map("c")], "api", "ns")
        assert [obj["kind"] for obj in prepared] == ["ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress"]

    def test_what_makes_a_secret_comes_before_the_pods_whatever_its_version(self):
        secret = {"apiVersion": "external-secrets.io/v1beta1", "kind": "ExternalSecret", "metadata": {"name": "keys"}}
        scaled = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "api"}}
        prepared = object_set.prepare([scaled, widget(), deployment(), secret], "api", "ns")
        assert [obj["kind"] for obj in prepared] == ["ExternalSecret", "Deployment", "Widget", "ScaledObject"]

    def test_marks_every_object_and_leaves_the_given_ones_alone(self):
        given = config_map("c")
        (prepared,) = object_set.prepare([given], "api", "ns")
        assert prepared["metadata"]["labels"] == {
            "app.kubernetes.io/instance": "api",
            "app.kubernetes.io/managed-by": "modelops.serving",
        }
        assert prepared["metadata"]["namespace"] == "ns"
        assert "labels" not in given["metadata"]

    @pytest.mark.parametrize(
        ("objects", "expected"),
        [
            ([{"kind": "ConfigMap", "metadata": {"name": "c"}}], "objects[0] has no apiVersion"),
            ([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"labels": {"a": "b"}}}], "no metadata.name"),
            ([config_map("c"), config_map("c")], "ConfigMap/c is in objects twice"),
            ([deployment(), {**deployment(), "metadata": {"name": "other"}}], "one Deployment, objects has 2"),
            ([{**config_map("c"), "metadata": {"name": "c", "namespace": "other"}}], "is for namespace other"),
            (
                [{**config_map("c"), "metadata": {"name": "c", "labels": {"app.kubernetes.io/instance": "x"}}}],
                "the release is api",
            ),
        ],
    )
    def test_refuses_what_cannot_be_a_release(self, objects, expected):
        with pytest.raises(ServingError) as caught:
            object_set.prepare(objects, "api", "ns")
        assert expected in str(caught.value)


def widget(name="w", **annotations):
    meta = {"name": name, "annotations": annotations} if annotations else {"name": name}
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": meta}


class TestPrune:
    def test_removes_what_only_earlier_sets_had_workload_before_its_configuration(self):
        earlier = [config_map("old"), config_map("kept"), autoscaler()]
        pruned = object_set.prune(earlier, [config_map("kept")])
        assert [obj["kind"] for obj in pruned] == ["HorizontalPodAutoscaler", "ConfigMap"]

    @pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "Pod", "Lease", "ResourceQuota", "LimitRange"])
    def test_no_kind_of_a_namespace_is_left_out(self, kind):
        obj = {"apiVersion": kinds.find(kind).api_version, "kind": kind, "metadata": {"name": "x"}}
        assert object_set.prune([obj], []) == [obj]
        assert object_set.reason_to_keep(obj, namespaced=True) == ""

    def test_a_kind_that_no_table_knows_is_removed_too(self):
        assert object_set.prune([widget()], []) == [widget()]
        assert object_set.reason_to_keep(widget(), namespaced=True) == ""

    def test_the_newest_record_of_an_object_counts(self):
        old, new = widget(**{"modelops.serving/keep": "true"}), widget()
        assert object_set.prune([old, new], []) == [new]


class TestReasonToKeep:
    @pytest.mark.parametrize(
        ("kind", "reason"),
        [
            ("Namespace", "others may use it"),
            ("PersistentVolumeClaim", "it holds data"),
            ("PersistentVolume", "it holds data"),
            ("CustomResourceDefinition", "every object of its kind would go with it"),
        ],
    )
    def test_data_and_more_than_its_own_stay(self, kind, reason):
        obj = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}}
        assert object_set.reason_to_keep(obj, namespaced=True) == reason

    def test_what_belongs_to_the_whole_cluster_stays(self):
        assert object_set.reason_to_keep(widget(), namespaced=False) == "it belongs to the whole cluster"

    @pytest.mark.parametrize(
        ("annotation", "value"), [("modelops.serving/keep", "true"), ("helm.sh/resource-policy", "keep")]
    )
    def test_an_annotation_keeps_it(self, annotation, value):
        reason = object_set.reason_to_keep(widget(**{annotation: value}), namespaced=True)
        assert reason == f"{annotation}: {value}"

    @pytest.mark.parametrize(
        ("annotation", "value"), [("modelops.serving/keep", "false"), ("helm.sh/resource-policy", "")]
    )
    def test_another_value_of_it_does_not(self, annotation, value):
        assert object_set.reason_to_keep(widget(**{annotation: value}), namespaced=True) == ""

    def test_no_annotations_at_all(self):
        assert object_set.reason_to_keep({**widget(), "metadata": {"name": "w", "annotations": None}}, True) == ""


def test_digest_ignores_order_and_sees_values():
    one, two = config_map("a", x="1"), config_map("b", x="2")
    assert object_set.digest([one, two]) == object_set.digest([two, one])
    assert object_set.digest([one]) != object_set.digest([config_map("a", x="2")])


def test_objects_are_left_out_where_their_group_is_not_served():
    monitor = {"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": {"name": "api"}}
    policy = {"apiVersion": "example.com/v1", "kind": "Policy", "metadata": {"name": "api"}}
    everything = [deployment(), monitor, policy]
    groups = ["monitoring.coreos.com"]
    assert object_set.where_served(everything, groups, {"v1", "apps/v1"}) == [deployment(), policy]
    assert object_set.where_served(everything, groups, {"v1", "monitoring.coreos.com/v1"}) == everything


def test_a_keep_annotation_counts_however_true_is_written():
    for value in ("true", "True", True):
        obj = config_map("c")
        obj["metadata"]["annotations"] = {"modelops.serving/keep": value}
        assert object_set.reason_to_keep(obj, namespaced=True)


@pytest.mark.parametrize(
    ("obj", "sentence"),
    [
        (
            {"apiVersion": 1, "kind": "Pod", "metadata": {"name": "p"}},
            "objects[0]: apiVersion is 1, which is not text.",
        ),
        ({"apiVersion": "v1", "kind": "Pod", "metadata": "p"}, "metadata is 'p', which is not a dictionary."),
        ({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 5}}, "metadata.name is 5: quote it."),
        (
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": None},
            "Deployment/a has no",
        ),
        (
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"template": None}},
            "Deployment/a has no spec.template.spec.",
        ),
        (
            {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}, "spec": {}},
            "HorizontalPodAutoscaler/a has no spec.scaleTargetRef.",
        ),
    ],
)
def test_what_is_no_object_is_named(obj, sentence):
    with pytest.raises(ServingError) as caught:
        object_set.prepare([obj], "api", "ns")
    assert sentence in str(caught.value)


def test_an_empty_set_is_no_release():
    with pytest.raises(ServingError, match="objects is empty"):
        object_set.prepare([], "api", "ns")


def test_labels_that_hold_nothing():
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "labels": None}}
    (prepared,) = object_set.prepare([obj], "api", "ns")
    assert prepared["metadata"]["labels"]["app.kubernetes.io/instance"] == "api"


def test_a_secret_s_strings_become_data():
    """The API server sees only then whose each key is."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys"},
        "data": {"a": "eA=="},
        "stringData": {"b": "text", "a": "wins"},
    }
    (prepared,) = object_set.prepare([secret], "api", "ns")
    assert prepared["data"] == {"a": "d2lucw==", "b": "dGV4dA=="}
    assert "stringData" not in prepared


def test_what_may_belong_to_the_whole_cluster_notes_its_namespace():
    (prepared,) = object_set.prepare([widget()], "api", "ns")
    assert prepared["metadata"]["annotations"]["modelops.serving/namespace"] == "ns"
    (known,) = object_set.prepare([config_map("c")], "api", "ns")
    assert "annotations" not in known["metadata"]


def workload(kind: str, app: str) -> dict:
    return {"kind": kind, "metadata": {"name": app}, "spec": {"template": {"metadata": {"labels": {"app": app}}}}}


def test_services_of_another_workload_are_no_matter_of_the_deployment():
    def service(**selector: str) -> dict:
        return {"kind": "Service", "metadata": {"name": "s"}, "spec": {"selector": selector} if selector else {}}

    deployment, store = workload("Deployment", "api"), workload("StatefulSet", "store")
    own, mistaken, without, of_store = service(app="api"), service(app="apj"), service(), service(app="store")
    objects = [deployment, store, own, mistaken, without, of_store]
    assert object_set.services_of(objects, deployment) == [own, mistaken, without]


def test_the_kinds_that_a_set_defines():
    names = {"kind": "Thing", "plural": "things"}
    definition = {"kind": "CustomResourceDefinition", "spec": {"group": "a.org", "names": names}}
    assert object_set.kinds_defined([definition, {"kind": "Thing"}]) == {("a.org", "Thing"): definition}

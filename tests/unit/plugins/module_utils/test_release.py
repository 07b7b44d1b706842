# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of objects: preparation, comparison, pruning, replicas, redaction."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils import release
from ansible_collections.modelops.serving.plugins.module_utils.release import ReleaseError

CONTROLLER = {
    "manager": "kube-controller-manager",
    "operation": "Update",
    "subresource": "scale",
    "fieldsV1": {"f:spec": {"f:replicas": {}}},
}
OURS_WITH_REPLICAS = {
    "manager": "modelops.serving",
    "operation": "Apply",
    "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {}}},
}
OURS = {"manager": "modelops.serving", "operation": "Apply", "fieldsV1": {"f:spec": {"f:template": {}}}}


def deployment(replicas=None, image="api:1"):
    spec = {"template": {"spec": {"containers": [{"name": "api", "image": image}]}}}
    if replicas is not None:
        spec["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": spec}


def autoscaler(low=3, high=10):
    target = {"kind": "Deployment", "name": "api"}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "api"},
        "spec": {"scaleTargetRef": target, "minReplicas": low, "maxReplicas": high},
    }


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def live(replicas, *owners):
    obj = deployment(replicas)
    obj["metadata"].update(resourceVersion="41", managedFields=list(owners))
    return obj


class TestPrepare:
    def test_orders_by_what_refers_to_what(self):
        ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "api"}}
        prepared = release.prepare([ingress, autoscaler(), deployment(), config_map("c")], "api", "ns")
        assert [obj["kind"] for obj in prepared] == ["ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress"]

    def test_marks_every_object_and_leaves_the_given_ones_alone(self):
        given = config_map("c")
        (prepared,) = release.prepare([given], "api", "ns")
        assert prepared["metadata"]["labels"] == {
            "app.kubernetes.io/instance": "api",
            "app.kubernetes.io/managed-by": "modelops.serving",
        }
        assert prepared["metadata"]["namespace"] == "ns"
        assert "labels" not in given["metadata"]

    @pytest.mark.parametrize(
        ("objects", "told"),
        [
            ([{"kind": "ConfigMap", "metadata": {"name": "c"}}], "objects[0] has no apiVersion"),
            ([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"labels": {"a": "b"}}}], "no metadata.name"),
            ([config_map("c"), config_map("c")], "ConfigMap/c is twice"),
            ([deployment(), {**deployment(), "metadata": {"name": "other"}}], "one Deployment, objects has 2"),
            ([{**config_map("c"), "metadata": {"name": "c", "namespace": "other"}}], "is for namespace other"),
            (
                [{**config_map("c"), "metadata": {"name": "c", "labels": {"app.kubernetes.io/instance": "x"}}}],
                "the release is api",
            ),
        ],
    )
    def test_refuses_what_cannot_be_a_release(self, objects, told):
        with pytest.raises(ReleaseError) as caught:
            release.prepare(objects, "api", "ns")
        assert told in str(caught.value)


class TestReplicas:
    """A number that an HPA raised is never lowered."""

    @pytest.mark.parametrize(
        ("wanted", "hpa", "standing", "applied"),
        [
            pytest.param(None, True, None, 3, id="new under an HPA: its minimum"),
            pytest.param(4, False, None, 4, id="new without an HPA: what the set asks for"),
            pytest.param(None, True, live(5, OURS_WITH_REPLICAS), 5, id="HPA added: ours alone, kept as it runs"),
            pytest.param(None, True, live(7, OURS, CONTROLLER), None, id="the HPA owns it: left out"),
            pytest.param(3, True, live(7, OURS, CONTROLLER), None, id="the HPA owns it, though the set names a number"),
            pytest.param(3, False, live(7, OURS, CONTROLLER), None, id="HPA removed: its last word stays"),
            pytest.param(9, False, live(7, OURS, CONTROLLER), 9, id="HPA removed: more is more"),
            pytest.param(2, False, live(5, OURS_WITH_REPLICAS), 2, id="no HPA ever: the set's number, down as well"),
        ],
    )
    def test_what_is_applied(self, wanted, hpa, standing, applied):
        obj = deployment(wanted)
        chosen = release.with_replicas(obj, [obj, autoscaler()] if hpa else [obj], standing)
        assert chosen["spec"].get("replicas") == applied

    def test_a_number_that_was_read_goes_with_its_version(self):
        obj = deployment()
        chosen = release.with_replicas(obj, [obj, autoscaler()], live(5, OURS_WITH_REPLICAS))
        assert chosen["metadata"]["resourceVersion"] == "41"


class TestCompare:
    def test_server_side_counters_are_no_change(self):
        before = live(3, OURS)
        after = live(3, OURS_WITH_REPLICAS)
        after["metadata"].update(resourceVersion="42", generation=7)
        after["status"] = {"replicas": 3}
        assert release.compare(before, after) is None

    def test_says_what_happened(self):
        assert release.compare(None, config_map("c"))["action"] == "create"
        assert release.compare(config_map("c"), None)["action"] == "remove"
        assert release.compare(config_map("c", a="1"), config_map("c", a="2"))["action"] == "update"

    def test_secret_values_never_appear(self):
        before = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "s"},
            "data": {"a": "b2xk", "same": "c2FtZQ=="},
        }
        after = {**before, "data": {"a": "bmV3", "same": "c2FtZQ=="}}
        text = str(release.diff_of([release.compare(before, after)]))
        assert "b2xk" not in text
        assert "bmV3" not in text
        assert "c2FtZQ" not in text
        assert "(before)" in text
        assert "(after)" in text

    def test_nor_do_variables_that_are_named_like_one(self):
        def with_variable(value):
            obj = deployment()
            obj["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "DB_PASSWORD", "value": value}]
            return obj

        text = str(release.diff_of([release.compare(with_variable("hunter2"), with_variable("tr0ub4dor"))]))
        told = str(release.highlights([with_variable("hunter2")], [with_variable("tr0ub4dor")]))
        for shown in (text, told):
            assert "DB_PASSWORD" in shown
            assert "hunter2" not in shown
            assert "tr0ub4dor" not in shown


class TestPrune:
    def test_removes_what_only_earlier_sets_had_workload_before_its_configuration(self):
        earlier = [config_map("old"), config_map("kept"), autoscaler()]
        pruned = release.prune(earlier, [config_map("kept")])
        assert [obj["kind"] for obj in pruned] == ["HorizontalPodAutoscaler", "ConfigMap"]

    @pytest.mark.parametrize("kind", ["Namespace", "PersistentVolumeClaim", "CustomResourceDefinition"])
    def test_never_touches_data_or_more_than_its_own(self, kind):
        obj = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}}
        assert release.prune([obj], []) == []

    def test_ours_needs_both_label_and_manager(self):
        obj = config_map("c")
        obj["metadata"].update(labels={"app.kubernetes.io/instance": "api"}, managedFields=[{"manager": "kubectl"}])
        assert not release.is_ours(obj, "api")
        obj["metadata"]["managedFields"].append(OURS)
        assert release.is_ours(obj, "api")
        assert not release.is_ours(obj, "other")


def test_digest_ignores_order_and_sees_values():
    one, two = config_map("a", x="1"), config_map("b", x="2")
    assert release.digest([one, two]) == release.digest([two, one])
    assert release.digest([one]) != release.digest([config_map("a", x="2")])


def test_fingerprint_changes_when_somebody_takes_a_field():
    obj = config_map("c", a="1")
    ours = {"manager": "modelops.serving", "fieldsV1": {"f:data": {"f:a": {}}}}
    standing = {release.key(obj): {**obj, "metadata": {"name": "c", "uid": "u", "managedFields": [ours]}}}
    taken = {
        release.key(obj): {**obj, "metadata": {"name": "c", "uid": "u", "managedFields": [{"manager": "kubectl"}]}}
    }
    assert release.fingerprint([obj], standing) != release.fingerprint([obj], taken)
    assert release.fingerprint([obj], {}) == ""


def test_highlights_follow_the_configuration_that_the_pods_use():
    def with_config(name, image):
        obj = deployment(image=image)
        obj["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": name}}]
        return obj

    before = [with_config("c-1", "api:1"), config_map("c-1", LOG_LEVEL="INFO", SAME="x"), config_map("other", A="1")]
    after = [with_config("c-2", "api:2"), config_map("c-2", LOG_LEVEL="DEBUG", SAME="x"), config_map("other", A="2")]
    assert release.highlights(before, after) == [
        {"what": "image", "before": "api:1", "after": "api:2"},
        {"what": "LOG_LEVEL", "before": "INFO", "after": "DEBUG"},
    ]


def test_objects_are_left_out_where_their_group_is_not_served():
    monitor = {"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": {"name": "api"}}
    policy = {"apiVersion": "example.com/v1", "kind": "Policy", "metadata": {"name": "api"}}
    everything = [deployment(), monitor, policy]
    groups = ["monitoring.coreos.com"]
    assert release.where_served(everything, groups, {"v1", "apps/v1"}) == [deployment(), policy]
    assert release.where_served(everything, groups, {"v1", "monitoring.coreos.com/v1"}) == everything

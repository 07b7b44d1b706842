# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of objects: preparation, pruning."""

from __future__ import annotations

import pytest
from release_objects import autoscaler, config_map, deployment

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError


class TestPrepare:
    def test_orders_by_what_refers_to_what(self):
        ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "api"}}
        prepared = object_set.prepare([ingress, autoscaler(), deployment(), config_map("c")], "api", "ns")
        assert [obj["kind"] for obj in prepared] == ["ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress"]

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
        with pytest.raises(ServingError) as caught:
            object_set.prepare(objects, "api", "ns")
        assert told in str(caught.value)


class TestPrune:
    def test_removes_what_only_earlier_sets_had_workload_before_its_configuration(self):
        earlier = [config_map("old"), config_map("kept"), autoscaler()]
        pruned = object_set.prune(earlier, [config_map("kept")])
        assert [obj["kind"] for obj in pruned] == ["HorizontalPodAutoscaler", "ConfigMap"]

    @pytest.mark.parametrize("kind", ["Namespace", "PersistentVolumeClaim", "CustomResourceDefinition"])
    def test_never_touches_data_or_more_than_its_own(self, kind):
        obj = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}}
        assert object_set.prune([obj], []) == []


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

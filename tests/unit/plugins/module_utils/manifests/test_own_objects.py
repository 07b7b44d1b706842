# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's own objects in the set."""

from __future__ import annotations

import base64

import pytest
from release_objects import config_map, deployment

from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.manifests.own_objects import clashes, joined


def test_they_come_after_the_rendered_ones_and_belong_to_the_release():
    mine = {**config_map("mine"), "metadata": {"name": "mine", "labels": {"team": "keys"}}}
    rendered, added = joined({"deployment": deployment()}, [mine], "api", "ns", {"team": "risk", "cost": "7"})
    assert rendered == deployment()
    assert added["metadata"] == {
        "name": "mine",
        "namespace": "ns",
        "labels": {
            "team": "keys",
            "cost": "7",
            "app.kubernetes.io/instance": "api",
            "app.kubernetes.io/managed-by": "modelops.serving",
        },
    }
    assert "namespace" not in mine["metadata"]


def test_an_object_without_namespace_gets_none():
    mine = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}}
    (added,) = joined({}, [mine], "api", "ns", {})
    assert "namespace" not in added["metadata"]


def test_what_is_rendered_already_is_refused_with_the_patch_that_changes_it():
    twin = {**deployment(), "apiVersion": "apps/v2"}
    own = [config_map("a"), twin]
    found = clashes({"deployment": deployment()}, own)
    name = deployment()["metadata"]["name"]
    assert found == [
        f"model_serving_extra_objects[1] (Deployment/{name}) is an object of this release: change it with "
        "model_serving_patches.deployment, or give yours another name."
    ]
    with pytest.raises(ServingError, match="is an object of this release"):
        joined({"deployment": deployment()}, own, "api", "ns", {})


def test_others_do_not_clash():
    assert clashes({"deployment": deployment()}, [config_map("a")]) == []


def test_what_ansible_made_of_a_text_is_a_text_again():
    values = {"json": {"auths": {"a": [1]}}, "port": 5432, "on": True, "text": "7"}
    texts = {"json": '{"auths":{"a":[1]}}', "port": "5432", "on": "true", "text": "7"}
    given = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}}
    assert joined({}, [given | {"data": values}], "api", "ns", {})[0]["data"] == texts
    secret = given | {"kind": "Secret"}
    data = joined({}, [secret | {"stringData": values}], "api", "ns", {})[0]["data"]
    assert {name: base64.b64decode(value).decode() for name, value in data.items()} == texts
    assert not {"data", "stringData"} & joined({}, [secret], "api", "ns", {})[0].keys()


def test_every_name_is_a_text_as_in_json():
    mine = {**config_map("mine"), "data": {9000: "a", True: "b"}, "more": [{1.5: None}, {None: 1}]}
    (added,) = joined({}, [mine], "api", "ns", {})
    assert added["data"] == {"9000": "a", "true": "b"}
    assert added["more"] == [{"1.5": None}, {"null": 1}]


@pytest.mark.parametrize(
    ("api_version", "kind", "has"),
    [
        ("rbac.authorization.k8s.io/v1", "ClusterRole", False),
        ("storage.k8s.io/v1beta1", "StorageClass", False),
        ("v1", "Namespace", False),
        ("example.org/v1", "ClusterRole", True),
        ("rbac.authorization.k8s.io/v1", "Role", True),
    ],
)
def test_what_is_in_no_namespace_gets_none(api_version, kind, has):
    given = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "mine"}}
    (added,) = joined({}, [given], "api", "ns", {})
    assert ("namespace" in added["metadata"]) == has


def test_the_table_of_kinds_agrees_with_what_is_in_no_namespace():
    assert {e.kind: e.namespaced for e in kinds.KINDS.values()} == {
        e.kind: kinds.has_namespace(e.kind, e.api_version) for e in kinds.KINDS.values()
    }

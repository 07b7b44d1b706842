# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Roles for a set."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.preflight import roles

WIDGET = {"apiVersion": "example.org/v1", "kind": "Policy", "metadata": {"name": "mine"}}
CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ml"}}


def rules(objects: list, name: str) -> dict[str, list[str]]:
    made = {(role["kind"], role["metadata"]["name"]): role for role in roles.roles("api", "ml", objects)}
    return {resource: rule["verbs"] for rule in made[("Role", name)]["rules"] for resource in rule["resources"]}


def test_of_a_kind_that_is_not_known_the_plural_is_the_usual_one():
    assert rules([WIDGET], "api-deployer")["policies"] == ["create", "delete", "get", "list", "patch", "update"]
    assert rules([WIDGET], "api-viewer")["policies"] == ["get", "list"]


def test_what_is_never_removed_need_not_be_deleted():
    assert "delete" not in rules([CLAIM], "api-deployer")["persistentvolumeclaims"]


def test_the_namespace_is_there_already():
    assert rules([NAMESPACE], "api-deployer")["namespaces"] == ["get"]


@pytest.mark.parametrize(
    ("kind", "plural"), [("Ingress", "ingresses"), ("NetworkPolicy", "networkpolicies"), ("Widget", "widgets")]
)
def test_plurals(kind, plural):
    assert roles.plural_of(kind) == plural


def test_what_belongs_to_the_whole_cluster_is_a_cluster_role_of_its_own():
    wide = [role for role in roles.roles("api", "ml", [CLAIM]) if role["kind"] == "ClusterRole"]
    assert [role["metadata"] for role in wide] == [{"name": "ml-api-deployer"}, {"name": "ml-api-viewer"}]
    assert {verb for role in wide for rule in role["rules"] for verb in rule["verbs"]} == {"list"}

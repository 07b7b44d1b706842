# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permissions of a release against RBAC rules."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.preflight import rbac
from ansible_collections.modelops.serving.plugins.module_utils.preflight.rbac import Permission

ADMIN = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]


def test_an_administrator_may_all_of_it():
    asked = rbac.needed([kinds.find("Deployment"), kinds.find("Ingress")], namespace_exists=False)
    assert all(rbac.granted(entry, ADMIN) for entry in asked)
    assert Permission("", "namespaces", "create", cluster_wide=True) in asked


def test_nothing_is_asked_that_is_not_done():
    asked = rbac.needed([kinds.find("PersistentVolumeClaim")], namespace_exists=True)
    assert Permission("", "persistentvolumeclaims", "delete") not in asked
    assert Permission("", "namespaces", "create", cluster_wide=True) not in asked


def test_delete_is_asked_for_every_kind_that_may_be_pruned():
    widget = kinds.Kind("Widget", "example.com/v1", "widgets", 11)
    asked = rbac.needed([widget, kinds.find("StatefulSet")], namespace_exists=True)
    assert Permission("example.com", "widgets", "delete") in asked
    assert Permission("apps", "statefulsets", "delete") in asked


def test_delete_is_not_asked_for_what_belongs_to_the_whole_cluster():
    issuer = kinds.Kind("ClusterIssuer", "cert-manager.io/v1", "clusterissuers", 11, namespaced=False)
    asked = rbac.needed([issuer], namespace_exists=True)
    assert [entry.verb for entry in asked if entry.resource == "clusterissuers"] == [
        "create",
        "get",
        "list",
        "patch",
        "update",
    ]


def test_the_host_of_a_route_is_a_permission_of_its_own():
    route = {"kind": "Route", "spec": {"host": "models.example"}}
    assert [str(entry) for entry in rbac.of_hosts([route])] == ["create routes/custom-host.route.openshift.io"]
    assert rbac.of_hosts([{"kind": "Route", "spec": {}}, {"kind": "Ingress", "spec": {}}]) == set()


def test_a_certificate_of_a_route_needs_the_permission_of_hosts_too():
    for tls in ({"externalCertificate": {"name": "one"}}, {"destinationCACertificate": "PEM"}):
        route = {"kind": "Route", "spec": {"tls": {"termination": "reencrypt", **tls}}}
        assert [str(entry) for entry in rbac.of_hosts([route])] == ["create routes/custom-host.route.openshift.io"]
    assert rbac.of_hosts([{"kind": "Route", "spec": {"tls": {"termination": "edge"}}}]) == set()


def test_a_rule_for_named_objects_grants_nothing_in_general():
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"], "resourceNames": ["one"]}]
    assert not rbac.granted(Permission("", "secrets", "list"), rules)


def test_subresources_are_their_own():
    log = Permission("", "pods", "get", "log")
    assert not rbac.granted(log, [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])
    assert rbac.granted(log, [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}])


def test_the_remedy_names_resources_with_their_verbs():
    missing = [Permission("apps", "deployments", "create"), Permission("apps", "deployments", "patch")]
    assert rbac.rbac(missing) == "create,patch deployments.apps"


def test_update_is_asked_for_what_is_taken_over():
    asked = rbac.needed([kinds.find("Deployment"), kinds.find("Service")], namespace_exists=True)
    assert Permission("apps", "deployments", "update") in asked
    assert Permission("", "services", "update") in asked


def test_what_a_rollout_can_be_judged_without_is_useful_and_not_needed():
    asked = set(rbac.needed([], namespace_exists=True))
    assert Permission("", "pods", "list") in asked
    assert Permission("", "events", "list") in rbac.useful()
    assert not asked & rbac.useful()

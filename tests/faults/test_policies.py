# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Admission policies that come and go while a release stands."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import pytest
import sets
from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError

GROUP = "admissionregistration.k8s.io"
DEPLOYMENTS = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"]}
NO_TOKEN = "has(object.spec.template.spec.automountServiceAccountToken)"
POD = "Object.spec.template.spec"
SIDECAR = (
    f"Object{{spec: Object.spec{{template: Object.spec.template{{spec: {POD}{{containers: [{POD}.containers{{"
    'name: "side", image: "never-loaded:1", imagePullPolicy: "Never"}]}}}}'
)
Policy = Callable[[str, dict, dict], None]


@pytest.fixture
def policy(cluster: Cluster) -> Iterator[Policy]:
    """Makes a policy for the Deployments of the test's namespace. Afterwards all of them are removed."""
    made: list[dict] = []

    def make(kind: str, rules: dict, binding: dict) -> None:
        meta = {"name": f"{cluster.namespace}-{kind.lower()}"}
        here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": cluster.namespace}}}
        matched = {"resourceRules": [{**DEPLOYMENTS, "resources": ["deployments"]}]}
        for name, spec in (
            (f"{kind}AdmissionPolicy", {"failurePolicy": "Fail", "matchConstraints": matched, **rules}),
            (f"{kind}AdmissionPolicyBinding", {"policyName": meta["name"], "matchResources": here, **binding}),
        ):
            made.append({"apiVersion": f"{GROUP}/v1", "kind": name, "metadata": meta, "spec": spec})
            cluster.create(made[-1])

    yield make
    remove(cluster, made)


def remove(cluster: Cluster, made: list[dict]) -> None:
    while made:
        cluster.kube.delete(made.pop(), None)


def dry_run(cluster: Cluster, objects: list[dict]) -> dict | None:
    """The Deployment as it would be admitted; None where it would be refused."""
    wanted = copy.deepcopy(sets.find(objects, "Deployment"))
    wanted["metadata"]["name"] = "tried"
    try:
        return cluster.kube.apply(wanted, cluster.namespace, "All", "true")
    except KubeError as error:
        assert "denied request" in str(error), error
        return None


@pytest.mark.timeout(240)
def test_a_set_that_obeys_a_policy_replaces_one_that_does_not(cluster: Cluster, policy: Policy):
    before = sets.healthy("one")
    assert not cluster.release(before).get("failed")
    policy("Validating", {"validations": [{"expression": NO_TOKEN, "message": "no"}]}, {"validationActions": ["Deny"]})
    cluster.wait_for(lambda: dry_run(cluster, before) is None, 30)
    obeys = sets.healthy("two")
    sets.pod_of(obeys)["automountServiceAccountToken"] = False

    result = cluster.release(obeys)

    assert not result.get("failed"), result
    assert cluster.request()["content"].strip() == "two"


@pytest.mark.timeout(240)
def test_what_a_policy_has_added_goes_with_the_policy(cluster: Cluster, policy: Policy):
    good = sets.healthy("one")
    assert not cluster.release(good).get("failed")
    mutations = [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": SIDECAR}}]
    policy("Mutating", {"reinvocationPolicy": "Never", "mutations": mutations}, {})
    cluster.wait_for(lambda: len(sets.pod_of([dry_run(cluster, good)])["containers"]) == 2, 30)
    failed = cluster.release(sets.healthy("two"), timeout=30)
    assert failed["failed"], failed
    for kind in ("MutatingAdmissionPolicyBinding", "MutatingAdmissionPolicy"):
        cluster.kube.delete(
            {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": f"{cluster.namespace}-mutating"}}, None
        )
    cluster.wait_for(lambda: len(sets.pod_of([dry_run(cluster, good)])["containers"]) == 1, 30)

    result = cluster.release(sets.healthy("two"))

    assert not result.get("failed"), result
    assert [entry["name"] for entry in sets.pod_of([cluster.get("Deployment", "shop")])["containers"]] == [
        entry["name"] for entry in sets.pod_of(good)["containers"]
    ]

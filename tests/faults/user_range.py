# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What OpenShift's restricted-v2 does to pods, by admission policies of one namespace: pods get a user of the
namespace's range, and no other is admitted. The policies go with the namespace."""

from __future__ import annotations

from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

GROUP = "admissionregistration.k8s.io"
FIRST, LAST = 1_000_650_000, 1_000_659_999
USER = "object.spec.securityContext.runAsUser"
# In OpenShift's words, so that a rule for them can be held against it.
REFUSED = (
    "'unable to validate against any security context constraint: [provider anyuid: Forbidden: not usable by user or "
    "serviceaccount, provider restricted-v2: .spec.securityContext.runAsUser: Invalid value: ' + "
    f"string({USER}) + ': must be in the ranges: [{FIRST}, {LAST}]]'"
)
ASSIGNED = (
    "Object{spec: Object.spec{securityContext: Object.spec.securityContext{"
    f"runAsUser: {FIRST}, fsGroup: {FIRST}}}}}}}"
)


def demand(cluster: Cluster) -> None:
    """Refuses pods with a user outside the range. One without is given the image's."""
    expression = f"!has({USER}) || ({USER} >= {FIRST} && {USER} <= {LAST})"
    rules = {"validations": [{"expression": expression, "messageExpression": REFUSED}]}
    _make(cluster, "Validating", rules, {"validationActions": ["Deny"]})
    cluster.wait_for(lambda: not _admits(cluster, LAST + 1), 30)


def assign(cluster: Cluster) -> None:
    """Gives pods that name no user the first of the range, and its group to their volumes."""
    rules = {
        "reinvocationPolicy": "Never",
        "matchConditions": [{"name": "no-user", "expression": f"!has({USER})"}],
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": ASSIGNED}}],
    }
    _make(cluster, "Mutating", rules, {})
    cluster.wait_for(lambda: _tried(cluster, {}).get("runAsUser") == FIRST, 30)


def _make(cluster: Cluster, kind: str, rules: dict, binding: dict) -> None:
    space = cluster.kube.get(find("Namespace"), None, cluster.namespace)
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": cluster.namespace, "uid": space["metadata"]["uid"]}
    meta = {"name": f"{cluster.namespace}-{kind.lower()}", "ownerReferences": [owner]}
    pods = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    only_here = {"matchLabels": {"kubernetes.io/metadata.name": cluster.namespace}}
    for name, spec in (
        (f"{kind}AdmissionPolicy", {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [pods]}, **rules}),
        (
            f"{kind}AdmissionPolicyBinding",
            {"policyName": meta["name"], "matchResources": {"namespaceSelector": only_here}, **binding},
        ),
    ):
        cluster.create({"apiVersion": f"{GROUP}/v1", "kind": name, "metadata": meta, "spec": spec})


def _tried(cluster: Cluster, security: dict) -> dict:
    """The securityContext of a pod as it would be created."""
    spec = {"containers": [{"name": "a", "image": "a"}], "securityContext": security}
    obj = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "tried"}, "spec": spec}
    return cluster.kube.apply(obj, cluster.namespace, "All", "true")["spec"]["securityContext"]


def _admits(cluster: Cluster, user: int) -> bool:
    try:
        return bool(_tried(cluster, {"runAsUser": user}))
    except KubeError as refusal:
        assert "unable to validate" in str(refusal), refusal
        return False

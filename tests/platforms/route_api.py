# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenShift's Route on another Kubernetes: the definition of OpenShift's own Go module, and an admission policy of one
namespace for what OpenShift's API server refuses beside it."""

from __future__ import annotations

import kind_definitions
from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find

# The ServiceAccount of OpenShift's routers, in the namespace that they run in.
ROUTER = ("openshift-ingress", "router")
POLICY = "admissionregistration.k8s.io"
PASSTHROUGH = "has(object.spec.tls) && object.spec.tls.termination == 'passthrough'"
OWN_SECRET = "has(object.spec.tls) && has(object.spec.tls.externalCertificate)"


def start(cluster: Cluster) -> None:
    """Returns when a Route that OpenShift refuses is refused."""
    cluster.kube.apply(definition(), cluster.namespace, None, "true")
    cluster.wait_for(lambda: _served(cluster), 30)
    space = cluster.kube.get(find("Namespace"), None, cluster.namespace)
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": cluster.namespace, "uid": space["metadata"]["uid"]}
    meta = {"name": f"{cluster.namespace}-routes", "ownerReferences": [owner]}
    for kind, spec in (("", policy()), ("Binding", binding(cluster.namespace, meta["name"]))):
        obj = {"apiVersion": f"{POLICY}/v1", "kind": f"ValidatingAdmissionPolicy{kind}", "metadata": meta, "spec": spec}
        cluster.create(obj)
    cluster.wait_for(lambda: _refuses(cluster), 30)


def remove(cluster: Cluster) -> None:
    """The policy goes with the namespace."""
    cluster.kube.delete(definition(), None)
    cluster.wait_for(lambda: not _served(cluster), 30)


def definition() -> dict:
    """OpenShift itself serves Routes by another API server, which has no CustomResourceDefinition."""
    found = next(each for each in kind_definitions.definitions() if each["spec"]["names"]["kind"] == "Route")
    # Kubernetes keeps groups of other projects to those that it has approved.
    return {key: value for key, value in found.items() if key != "status"}


def policy() -> dict:
    routes = {
        "apiGroups": ["route.openshift.io"],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["routes"],
    }
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [routes]},
        "validations": [
            _unless(
                f"{PASSTHROUGH} && {OWN_SECRET}",
                "spec.tls.externalCertificate: Invalid value: passthrough termination does not support certificates",
            ),
            *(_unless_the_router_may(verb) for verb in ("get", "watch", "list")),
        ],
    }


def binding(namespace: str, name: str) -> dict:
    only_here = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    return {"policyName": name, "matchResources": {"namespaceSelector": only_here}, "validationActions": ["Deny"]}


def _unless_the_router_may(verb: str) -> dict:
    asked = (
        f"authorizer.serviceAccount('{ROUTER[0]}', '{ROUTER[1]}').group('').resource('secrets')"
        f".namespace(request.namespace).name(object.spec.tls.externalCertificate.name).check('{verb}').allowed()"
    )
    said = (
        f"spec.tls.externalCertificate: Forbidden: router serviceaccount does not have permission to {verb} this secret"
    )
    return _unless(f"{OWN_SECRET} && !{asked}", said)


def _unless(condition: str, message: str) -> dict:
    return {"expression": f"!({condition})", "message": message}


def _served(cluster: Cluster) -> bool:
    try:
        return cluster.list("Route") == []
    except KubeError as error:
        # While the kind comes and goes, the API server has no page there.
        if isinstance(error, KindMissing) or "404 page not found" in str(error):
            return False
        raise


def _refuses(cluster: Cluster) -> bool:
    tls = {"termination": "passthrough", "externalCertificate": {"name": "a"}}
    spec = {"to": {"kind": "Service", "name": "a"}, "tls": tls}
    obj = {"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": {"name": "tried"}, "spec": spec}
    try:
        cluster.kube.apply(obj, cluster.namespace, "All", "true")
    except KubeError as refusal:
        assert "does not support certificates" in str(refusal), refusal
        return True
    return False

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds this collection handles, and their REST paths.

The table spares the discovery requests that a generic client makes on every run. Other kinds are discovered, once.
"""

from __future__ import annotations

from dataclasses import dataclass


def root_of(api_version: str) -> str:
    """Where the API serves a group's version; the core group has a path of its own."""
    return "/api/v1" if api_version == "v1" else f"/apis/{api_version}"


@dataclass(frozen=True)
class Kind:
    """One kind of object.

    ``rank`` orders a set when it is applied: first what others refer to, then the workload, then what routes to it.
    Removal runs in reverse.
    """

    kind: str
    api_version: str
    plural: str
    rank: int
    namespaced: bool = True

    @property
    def root(self) -> str:
        return root_of(self.api_version)

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """REST path of one object, or of the collection when no name is given."""
        parts = [self.root]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        if name:
            parts.append(name)
        return "/".join(parts)


_TABLE = (
    Kind("Namespace", "v1", "namespaces", 0, namespaced=False),
    Kind("Node", "v1", "nodes", 0, namespaced=False),
    Kind("ResourceQuota", "v1", "resourcequotas", 1),
    Kind("LimitRange", "v1", "limitranges", 1),
    Kind("ServiceAccount", "v1", "serviceaccounts", 2),
    Kind("Role", "rbac.authorization.k8s.io/v1", "roles", 3),
    Kind("RoleBinding", "rbac.authorization.k8s.io/v1", "rolebindings", 4),
    Kind("Secret", "v1", "secrets", 5),
    Kind("ConfigMap", "v1", "configmaps", 5),
    Kind("PersistentVolumeClaim", "v1", "persistentvolumeclaims", 6),
    Kind("NetworkPolicy", "networking.k8s.io/v1", "networkpolicies", 6),
    Kind("PodDisruptionBudget", "policy/v1", "poddisruptionbudgets", 7),
    Kind("Service", "v1", "services", 7),
    Kind("Deployment", "apps/v1", "deployments", 10),
    Kind("StatefulSet", "apps/v1", "statefulsets", 10),
    Kind("DaemonSet", "apps/v1", "daemonsets", 10),
    Kind("ReplicaSet", "apps/v1", "replicasets", 10),
    Kind("Job", "batch/v1", "jobs", 10),
    Kind("CronJob", "batch/v1", "cronjobs", 10),
    Kind("Pod", "v1", "pods", 10),
    Kind("HorizontalPodAutoscaler", "autoscaling/v2", "horizontalpodautoscalers", 12),
    Kind("VerticalPodAutoscaler", "autoscaling.k8s.io/v1", "verticalpodautoscalers", 12),
    Kind("Ingress", "networking.k8s.io/v1", "ingresses", 13),
    Kind("IngressClass", "networking.k8s.io/v1", "ingressclasses", 13, namespaced=False),
    Kind("HTTPRoute", "gateway.networking.k8s.io/v1", "httproutes", 13),
    Kind("Route", "route.openshift.io/v1", "routes", 13),
    Kind("ServiceMonitor", "monitoring.coreos.com/v1", "servicemonitors", 14),
    Kind("PodMonitor", "monitoring.coreos.com/v1", "podmonitors", 14),
    Kind("PrometheusRule", "monitoring.coreos.com/v1", "prometheusrules", 14),
    Kind("ExternalSecret", "external-secrets.io/v1", "externalsecrets", 5),
    Kind("SealedSecret", "bitnami.com/v1alpha1", "sealedsecrets", 5),
    Kind("SecretProviderClass", "secrets-store.csi.x-k8s.io/v1", "secretproviderclasses", 5),
    Kind("Certificate", "cert-manager.io/v1", "certificates", 5),
    Kind("ScaledObject", "keda.sh/v1alpha1", "scaledobjects", 12),
    Kind("Event", "v1", "events", 20),
    Kind("EndpointSlice", "discovery.k8s.io/v1", "endpointslices", 20),
    Kind("Lease", "coordination.k8s.io/v1", "leases", 20),
    Kind("APIService", "apiregistration.k8s.io/v1", "apiservices", 20, namespaced=False),
    Kind("PodMetrics", "metrics.k8s.io/v1beta1", "pods", 20),
)

# Kinds that a release treats in a way of their own, by their name.
OWN_WAY = frozenset(
    (
        "Namespace",
        "Secret",
        "ConfigMap",
        "PersistentVolumeClaim",
        "Service",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "Job",
        "CronJob",
        "Pod",
        "Route",
    )
)
KINDS = {(entry.api_version, entry.kind): entry for entry in _TABLE}
DEFAULTS = {entry.kind: entry for entry in _TABLE}
DISCOVERED_RANK = 11
# Kinds of Kubernetes' own that are in no namespace, by their group: those that people write, also without a row above.
CLUSTER_WIDE = {
    "": ("Namespace", "Node", "PersistentVolume"),
    "admissionregistration.k8s.io": (
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ),
    "apiextensions.k8s.io": ("CustomResourceDefinition",),
    "apiregistration.k8s.io": ("APIService",),
    "flowcontrol.apiserver.k8s.io": ("FlowSchema", "PriorityLevelConfiguration"),
    "networking.k8s.io": ("IPAddress", "IngressClass", "ServiceCIDR"),
    "node.k8s.io": ("RuntimeClass",),
    "rbac.authorization.k8s.io": ("ClusterRole", "ClusterRoleBinding"),
    "resource.k8s.io": ("DeviceClass", "ResourceSlice"),
    "scheduling.k8s.io": ("PriorityClass",),
    "storage.k8s.io": ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"),
}
# Events, leases and the like; nobody releases them.
MADE_BY_CONTROLLERS_RANK = 20
# Groups of Kubernetes' own that a cluster serves only where something was installed for them.
EXTENSIONS = ("gateway.networking.k8s.io", "autoscaling.k8s.io", "metrics.k8s.io", "snapshot.storage.k8s.io")


def find(kind: str, api_version: str | None = None) -> Kind | None:
    """The table's entry; without an API version, the default one of that kind."""
    if api_version is None:
        return DEFAULTS.get(kind)
    return KINDS.get((api_version, kind))


def has_namespace(kind: str, api_version: str) -> bool:
    """Whether objects of the kind are in a namespace, as those of kinds that nobody here knows mostly are."""
    return kind not in CLUSTER_WIDE.get(api_version.rpartition("/")[0], ())


def namesake(kind: str, api_version: str) -> str:
    """The API version of the kind that this one would be taken for, "" for none."""
    known = DEFAULTS[kind] if kind in OWN_WAY else None
    return known.api_version if known and known.group != api_version.rpartition("/")[0] else ""


def that_people_make() -> list[Kind]:
    """The namespaced kinds of the table that controllers do not make, each in one version."""
    first = {(entry.group, entry.kind): entry for entry in reversed(_TABLE)}
    return [
        entry
        for entry in first.values()
        if entry.namespaced and entry.rank < MADE_BY_CONTROLLERS_RANK and entry.kind not in ("Pod", "ReplicaSet")
    ]


def rank(kind: str, api_version: str) -> int:
    """Its place in the order of application; every version of a kind has the same."""
    group = api_version.rpartition("/")[0]
    ranks = [entry.rank for entry in _TABLE if (entry.kind, entry.group) == (kind, group)]
    return ranks[0] if ranks else DISCOVERED_RANK


def is_built_in(api_version: str) -> bool:
    """Whether every API server serves the group; other groups come and go with their CRDs."""
    group = api_version.rpartition("/")[0]
    return "." not in group or (group.endswith(".k8s.io") and group not in EXTENSIONS)


def from_discovery(kind: str, api_version: str, resources: list) -> Kind | None:
    """The entry for a kind from the ``resources`` of an APIResourceList; None when the server does not serve it."""
    for resource in resources:
        if resource.get("kind") == kind and "/" not in resource.get("name", "/"):
            return Kind(kind, api_version, resource["name"], DISCOVERED_RANK, bool(resource.get("namespaced")))
    return None

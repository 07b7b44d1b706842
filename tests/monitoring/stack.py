# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the monitoring stack: Prometheus and its operator, the VPA's recommender, kube-state-metrics."""

from __future__ import annotations

import copy

from programs import OPERATOR, STATE_METRICS, VPA, documents, prometheus_version

# The operator ignores kinds without a definition.
DEFINITIONS = ("prometheuses", "prometheusrules", "servicemonitors", "podmonitors", "probes", "scrapeconfigs")
RESOURCES = {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "1Gi"}}


def definitions() -> list[dict]:
    folder = "example/prometheus-operator-crd/monitoring.coreos.com"
    found = [entry for kind in DEFINITIONS for entry in documents(OPERATOR, f"{folder}_{kind}.yaml")]
    return found + documents(VPA, "deploy/vpa-v1-crd-gen.yaml")


def in_namespace(obj: dict, namespace: str) -> dict:
    """A copy of the object in this namespace."""
    changed = copy.deepcopy(obj)
    if not obj["kind"].startswith("Cluster"):
        changed["metadata"]["namespace"] = namespace
    for subject in changed.get("subjects") or []:
        subject["namespace"] = namespace
    return changed


def operator(namespace: str, image: str, watched: str) -> list[dict]:
    """The Go module's example with our image, without its Service for the kubelets."""
    found = [
        in_namespace(entry, namespace)
        for name in ("service-account", "cluster-role", "cluster-role-binding", "deployment")
        for entry in documents(OPERATOR, f"example/rbac/prometheus-operator/prometheus-operator-{name}.yaml")
    ]
    container = found[-1]["spec"]["template"]["spec"]["containers"][0]
    container |= {
        "image": image,
        "imagePullPolicy": "Never",
        "command": ["/bin/operator"],
        "args": [f"--prometheus-config-reloader={image}", f"--namespaces={namespace},{watched}"],
    }
    return found


def prometheus(namespace: str, image: str) -> list[dict]:
    """One Prometheus that uses every ServiceMonitor and rule that the operator sees, and scrapes every kubelet."""
    folder = "example/rbac/prometheus/prometheus-"
    found = [
        in_namespace(entry, namespace)
        for name in ("service-account", "cluster-role", "cluster-role-binding")
        for entry in documents(OPERATOR, f"{folder}{name}.yaml")
    ]
    spec = {
        "replicas": 1,
        "version": prometheus_version(),
        "image": image,
        "imagePullPolicy": "Never",
        "serviceAccountName": "prometheus",
        "scrapeInterval": "5s",
        "evaluationInterval": "5s",
        "serviceMonitorSelector": {},
        "serviceMonitorNamespaceSelector": {},
        "ruleSelector": {},
        "ruleNamespaceSelector": {},
        "scrapeConfigSelector": {},
        "resources": RESOURCES,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "fsGroup": 65532},
    }
    return [
        *found,
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": "prometheus-token",
                "namespace": namespace,
                "annotations": {"kubernetes.io/service-account.name": "prometheus"},
            },
            "type": "kubernetes.io/service-account-token",
        },
        {
            "apiVersion": "monitoring.coreos.com/v1alpha1",
            "kind": "ScrapeConfig",
            "metadata": {"name": "kubelet", "namespace": namespace},
            "spec": {
                "kubernetesSDConfigs": [{"role": "Node"}],
                "scheme": "HTTPS",
                "metricsPath": "/metrics/cadvisor",
                "authorization": {"credentials": {"name": "prometheus-token", "key": "token"}},
                # The kubelets of the local cluster sign their serving certificates themselves.
                "tlsConfig": {"insecureSkipVerify": True},
            },
        },
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "Prometheus",
            "metadata": {"name": "monitoring", "namespace": namespace},
            "spec": spec,
        },
    ]


def recommender(namespace: str, image: str) -> list[dict]:
    """The VPA's recommender with its roles, without updater and admission controller."""
    account = "vpa-recommender"
    rules = documents(VPA, "deploy/vpa-rbac.yaml")
    bindings = []
    for entry in rules:
        own = [subject for subject in entry.get("subjects") or [] if subject["name"] == account]
        if own:
            bindings.append({**entry, "subjects": own})
    wanted = {(entry["roleRef"]["kind"], entry["roleRef"]["name"]) for entry in bindings} | {
        ("ServiceAccount", account)
    }
    roles = [entry for entry in rules if (entry["kind"], entry["metadata"]["name"]) in wanted]
    deployment = documents(VPA, "deploy/recommender-deployment.yaml")[0]
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    container |= {
        "image": image,
        "imagePullPolicy": "Never",
        "command": ["/bin/recommender"],
        "args": ["--recommender-interval=10s", "--pod-recommendation-min-cpu-millicores=1"],
        "resources": RESOURCES,
    }
    return [in_namespace(entry, namespace) for entry in [*roles, *bindings, deployment]]


def state_metrics(namespace: str, image: str, watched: str) -> list[dict]:
    """The Go module's example of kube-state-metrics, limited to one namespace."""
    names = ("service-account", "cluster-role", "cluster-role-binding", "service", "deployment")
    account, role, binding, service, deployment = (
        in_namespace(entry, namespace)
        for name in names
        for entry in documents(STATE_METRICS, f"examples/standard/{name}.yaml")
    )
    binding["kind"] = "RoleBinding"
    binding["metadata"]["namespace"] = watched
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    container |= {
        "image": image,
        "imagePullPolicy": "Never",
        "command": ["/bin/kube-state-metrics"],
        "args": [f"--namespaces={watched}", "--resources=deployments,horizontalpodautoscalers,pods"],
        # Enough CPU to work while the test overloads the machine.
        "resources": {"requests": {"cpu": "200m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }
    monitor = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": "kube-state-metrics", "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": service["spec"]["selector"]},
            # Keeps the labels namespace and pod of the object that a series is about, not the exporter's.
            "endpoints": [{"port": "http-metrics", "honorLabels": True}],
        },
    }
    return [account, role, binding, service, deployment, monitor]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the monitoring stack: Prometheus and its operator, the VPA's recommender, kube-state-metrics."""

from __future__ import annotations

import copy

from programs import OPERATOR, STATE_METRICS, VPA, documents, prometheus_version

# The operator leaves alone what it finds no definition of.
DEFINITIONS = ("prometheuses", "prometheusrules", "servicemonitors", "podmonitors", "probes", "scrapeconfigs")
RESOURCES = {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "1Gi"}}


def definitions() -> list[dict]:
    folder = "example/prometheus-operator-crd/monitoring.coreos.com"
    found = [entry for kind in DEFINITIONS for entry in documents(OPERATOR, f"{folder}_{kind}.yaml")]
    return found + documents(VPA, "deploy/vpa-v1-crd-gen.yaml")


def in_namespace(obj: dict, namespace: str) -> dict:
    """The object as if it had been written for this namespace."""
    changed = copy.deepcopy(obj)
    if not obj["kind"].startswith("Cluster"):
        changed["metadata"]["namespace"] = namespace
    for subject in changed.get("subjects") or []:
        subject["namespace"] = namespace
    return changed


def operator(namespace: str, image: str, watched: str) -> list[dict]:
    """As the module's own example has it, but for the image, and no Service for the kubelets."""
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
    """One Prometheus that goes by all that the operator sees, and scrapes every kubelet."""
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
    """The VPA's recommender with the roles that the module gives it; updater and admission controller stay out."""
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
    """kube-state-metrics as the module's own example has it, but that it may look at one namespace only."""
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
        # Its share of a machine that the test overloads.
        "resources": {"requests": {"cpu": "200m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }
    monitor = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": "kube-state-metrics", "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": service["spec"]["selector"]},
            # The labels namespace and pod are those of what is told about, not of the exporter itself.
            "endpoints": [{"port": "http-metrics", "honorLabels": True}],
        },
    }
    return [account, role, binding, service, deployment, monitor]

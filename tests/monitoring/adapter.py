# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of prometheus-adapter, which serves the custom metrics API with the role's rule."""

from __future__ import annotations

import json

from playbook_runs import ROLE
from programs import ADAPTER, documents
from stack import RESOURCES

RULES = ROLE / "files" / "prometheus_adapter.yml"
GROUP = "custom.metrics.k8s.io"
NAMES = (
    "service-account",
    "cluster-role",
    "cluster-role-binding",
    "cluster-role-binding-delegator",
    "cluster-role-metrics-server-resources",
    "cluster-role-binding-hpa-custom-metrics",
    "role-binding-auth-reader",
    "config-map",
    "deployment",
    "service",
    "api-service",
)


def manifest(name: str, namespace: str) -> dict:
    """One of the Go module's manifests, moved to this namespace."""
    (entry,) = documents(ADAPTER, f"deploy/manifests/{name}.yaml")
    changed = json.loads(json.dumps(entry).replace('"monitoring"', json.dumps(namespace)))
    if entry["kind"].startswith("Cluster"):
        changed["metadata"].pop("namespace", None)
    return changed


def adapter(namespace: str, image: str) -> list[dict]:
    """The Go module's manifests, changed to serve custom metrics in place of the pods' CPU and memory."""
    found = {name: manifest(name, namespace) for name in NAMES}
    readable = found["cluster-role-metrics-server-resources"]
    readable["metadata"]["name"] = found["cluster-role-binding-hpa-custom-metrics"]["roleRef"]["name"]
    readable["rules"][0]["apiGroups"] = [GROUP]
    api = found["api-service"]
    api["metadata"]["name"] = f"{api['spec']['version']}.{GROUP}"
    api["spec"]["group"] = GROUP
    found["config-map"]["data"] = {"config.yaml": RULES.read_text()}
    found["deployment"]["spec"]["replicas"] = 1
    container = found["deployment"]["spec"]["template"]["spec"]["containers"][0]
    options = {
        "--prometheus-url": f"http://prometheus-operated.{namespace}.svc:9090",
        "--metrics-relist-interval": "5s",
        "--metrics-max-age": "1m",
    }
    kept = [entry for entry in container["args"] if entry.partition("=")[0] not in options]
    container |= {
        "image": image,
        "imagePullPolicy": "Never",
        "command": ["/bin/adapter"],
        "args": [*kept, *(f"{name}={value}" for name, value in options.items())],
        "resources": RESOURCES,
    }
    return list(found.values())

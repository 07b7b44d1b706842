# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of objects as a release is given them: small, with all that a release has."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields

NAME = "shop"
SECRET_VALUE = "s3cr3t-Adversary-9000"
MONITOR = {"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor"}


@dataclass(frozen=True)
class Wanted:
    """What a person asks for. ``tag``: how its pods behave (pods.py). ``settings``: whether the set has a ConfigMap
    that is called the same in each, and is "mutable" or "frozen". ``name``: of the release."""

    tag: str = "good-1"
    greeting: str = "hello"
    replicas: int | None = 2
    autoscaled: bool = False
    monitored: bool = False
    budget: bool = True
    noted: str = ""
    port: str = "http"
    settings: str = ""
    name: str = NAME

    def _repr_pretty_(self, printer, _cycle) -> None:
        """For the steps that a failure prints: only what is not as usual."""
        values = {field: getattr(self, field.name) for field in fields(self)}
        unusual = [f"{field.name}={value!r}" for field, value in values.items() if value != field.default]
        printer.text(f"Wanted({', '.join(unusual)})")

    @property
    def image(self) -> str:
        return f"registry.example/api:{self.tag}"

    @property
    def labels(self) -> dict:
        return {"app": self.name}

    def objects(self) -> list[dict]:
        found = [self.config(), self.deployment(), self.service()]
        found += [self.disruption_budget()] if self.budget else []
        found += [self.autoscaler()] if self.autoscaled else []
        found += [self.monitor()] if self.monitored else []
        found += [self.settings_map()] if self.settings else []
        return found

    def config(self) -> dict:
        """Immutable and named by its content, as the role does it."""
        data = {"GREETING": self.greeting}
        digest = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:8]
        meta = {"name": f"{self.name}-config-{digest}"}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data, "immutable": True}

    def settings_map(self) -> dict:
        made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{self.name}-settings"}}
        return {**made, "data": {"COLOUR": self.greeting}, "immutable": self.settings == "frozen"}

    def deployment(self) -> dict:
        container = {
            "name": "api",
            "image": self.image,
            "env": [{"name": "API_TOKEN", "value": SECRET_VALUE}, {"name": "LEVEL", "value": "info"}],
            "envFrom": [{"configMapRef": {"name": self.config()["metadata"]["name"]}}],
            "ports": [{"name": "http", "containerPort": 5000}],
            "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 5},
        }
        spec: dict = {
            "selector": {"matchLabels": self.labels},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": self.labels},
                "spec": {"containers": [container], "terminationGracePeriodSeconds": 1},
            },
        }
        if self.replicas is not None and not self.autoscaled:
            spec["replicas"] = self.replicas
        meta = {"name": self.name}
        if self.noted:
            meta["annotations"] = {"example/note": self.noted}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}

    def service(self) -> dict:
        spec = {"selector": self.labels, "ports": [{"name": "http", "port": 80, "targetPort": self.port}]}
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": self.name}, "spec": spec}

    def disruption_budget(self) -> dict:
        spec = {"minAvailable": 1, "selector": {"matchLabels": self.labels}}
        return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": self.name}, "spec": spec}

    def autoscaler(self) -> dict:
        resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
        spec = {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": self.name},
            "minReplicas": 2,
            "maxReplicas": 4,
            "metrics": [{"type": "Resource", "resource": resource}],
        }
        meta = {"name": self.name}
        return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec}

    def monitor(self) -> dict:
        spec = {"selector": {"matchLabels": self.labels}, "endpoints": [{"port": "http"}]}
        return {**MONITOR, "metadata": {"name": self.name}, "spec": spec}

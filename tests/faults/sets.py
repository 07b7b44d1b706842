# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that the suite releases, breaks and restores: a busybox web server with everything a release may have."""

from __future__ import annotations

import copy
import hashlib
import json

from image import REFERENCE

NAME = "shop"
LABELS = {"app.kubernetes.io/name": "shop", "app.kubernetes.io/instance": NAME}
SERVE = 'mkdir -p /tmp/www && echo "$GREETING" > /tmp/www/health && exec httpd -f -p 5000 -h /tmp/www'


def config_map(data: dict) -> dict:
    """A ConfigMap that is immutable and named by its content, as the role renders it."""
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:10]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{NAME}-config-{digest}"},
        "data": data,
        "immutable": True,
    }


def probe(path: str = "/health", **figures) -> dict:
    return {"httpGet": {"path": path, "port": "http"}, "periodSeconds": 1, "timeoutSeconds": 1, **figures}


def container(config: str) -> dict:
    return {
        "name": "api",
        "image": REFERENCE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", SERVE],
        "envFrom": [{"configMapRef": {"name": config}}],
        "ports": [{"name": "http", "containerPort": 5000}],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        "readinessProbe": probe(),
    }


def deployment(config: str, replicas: int | None = 2) -> dict:
    spec: dict = {
        "selector": {"matchLabels": LABELS},
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {"terminationGracePeriodSeconds": 1, "containers": [container(config)]},
        },
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": NAME, "labels": LABELS}, "spec": spec}


def service(selector: dict | None = None) -> dict:
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    spec = {"selector": selector or LABELS, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": NAME, "labels": LABELS}, "spec": spec}


def autoscaler(low: int = 2, high: int = 4) -> dict:
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": NAME, "labels": LABELS},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME},
            "minReplicas": low,
            "maxReplicas": high,
            "metrics": [{"type": "Resource", "resource": resource}],
        },
    }


def ingress() -> dict:
    backend = {"service": {"name": NAME, "port": {"name": "http"}}}
    path = {"path": f"/{NAME}", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": NAME, "labels": LABELS},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": "shop.example", "http": {"paths": [path]}}]},
    }


def disruption_budget() -> dict:
    spec = {"minAvailable": 1, "selector": {"matchLabels": LABELS}}
    meta = {"name": NAME, "labels": LABELS}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": spec}


def healthy(greeting: str = "hello", replicas: int = 2) -> list[dict]:
    """A set that works. Another greeting makes another revision."""
    config = config_map({"GREETING": greeting})
    return [
        config,
        deployment(config["metadata"]["name"], replicas),
        service(),
        disruption_budget(),
        ingress(),
    ]


def find(objects: list[dict], kind: str) -> dict:
    return next(obj for obj in objects if obj["kind"] == kind)


def pod_of(objects: list[dict]) -> dict:
    return find(objects, "Deployment")["spec"]["template"]["spec"]


def changed(objects: list[dict], **fields) -> list[dict]:
    """A copy whose first container has these fields; a field that is None is removed."""
    result = copy.deepcopy(objects)
    first = pod_of(result)["containers"][0]
    for name, value in fields.items():
        first.pop(name, None)
        if value is not None:
            first[name] = value
    return result


ANSWER = r"""mkdir -p /tmp/www/cgi-bin && cd /tmp/www && echo "$GREETING" > health
echo '{"models": [{"name": "m", "example": [[1]], "expected": [7]}]}' > index.html
echo '#!/bin/sh' > cgi-bin/predict
echo "echo 'Content-Type: application/json'; echo; echo '{\"predictions\": [$PREDICTION]}'" >> cgi-bin/predict
/bin/busybox chmod +x cgi-bin/predict
exec httpd -f -p 5000 -h /tmp/www"""
VERIFY = {"path": "/cgi-bin/predict"}


def predicting(prediction: str, greeting: str = "hello") -> list[dict]:
    """A set that describes its model (it recorded 7 for its example) and predicts this."""
    environment = [{"name": "PREDICTION", "value": prediction}]
    return changed(healthy(greeting), command=["sh", "-c", ANSWER], env=environment)

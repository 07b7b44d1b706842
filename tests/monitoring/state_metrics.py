# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for kube-state-metrics until that is built from its Go module (k8s.io/kube-state-metrics/v2) as well.

Serves, under the names and labels that its documentation tells, what the role's rules and dashboard ask for, read from
the API server at each scrape. Runs as a pod, ``python3 -c SOURCE NAMESPACE``, with the standard library only.
"""

from __future__ import annotations

import json
import ssl
import sys
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
PORT = 8080
PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
STATUSES = ("true", "false", "unknown")
UNITS = {"cpu": "core", "memory": "byte"}
FACTORS = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
Sample = tuple[str, dict, float]


def quantity(text: str) -> float:
    suffix = next((suffix for suffix in sorted(FACTORS, key=len, reverse=True) if text.endswith(suffix)), "")
    return float(text.removesuffix(suffix)) * FACTORS.get(suffix, 1)


def place(obj: dict, kind: str) -> dict:
    return {"namespace": obj["metadata"]["namespace"], kind: obj["metadata"]["name"]}


def conditions(name: str, obj: dict, where: dict, more: tuple = ()) -> Iterator[Sample]:
    """Three samples a condition, one of which is 1."""
    for entry in obj.get("status", {}).get("conditions") or []:
        labels = {**where, "condition": entry["type"], **{key: entry.get(key, "") for key in more}}
        for status in STATUSES:
            yield name, {**labels, "status": status}, float(entry["status"].lower() == status)


def of_pod(pod: dict) -> Iterator[Sample]:
    where = {**place(pod, "pod"), "uid": pod["metadata"]["uid"]}
    status = pod.get("status", {})
    for phase in PHASES:
        yield "kube_pod_status_phase", {**where, "phase": phase}, float(status.get("phase") == phase)
    for entry in status.get("containerStatuses") or []:
        labels = {**where, "container": entry["name"]}
        yield "kube_pod_container_status_restarts_total", labels, entry["restartCount"]
    for entry in pod["spec"]["containers"]:
        for resource, limit in (entry.get("resources", {}).get("limits") or {}).items():
            labels = {"container": entry["name"], "node": pod["spec"].get("nodeName", ""), "resource": resource}
            labels |= {"unit": UNITS.get(resource, "integer")}
            yield "kube_pod_container_resource_limits", {**where, **labels}, quantity(limit)


def of_deployment(deployment: dict) -> Iterator[Sample]:
    where, status = place(deployment, "deployment"), deployment.get("status", {})
    yield "kube_deployment_spec_replicas", where, deployment["spec"]["replicas"]
    yield "kube_deployment_status_replicas_updated", where, status.get("updatedReplicas", 0)
    yield from conditions("kube_deployment_status_condition", deployment, where, ("reason",))


def of_autoscaler(scaler: dict) -> Iterator[Sample]:
    where, name = place(scaler, "horizontalpodautoscaler"), "kube_horizontalpodautoscaler_"
    yield name + "spec_min_replicas", where, scaler["spec"]["minReplicas"]
    yield name + "spec_max_replicas", where, scaler["spec"]["maxReplicas"]
    yield name + "status_current_replicas", where, scaler["status"].get("currentReplicas", 0)
    yield name + "status_desired_replicas", where, scaler["status"].get("desiredReplicas", 0)
    yield from conditions(name + "status_condition", scaler, where)


SOURCES = (
    ("/api/v1", "pods", of_pod),
    ("/apis/apps/v1", "deployments", of_deployment),
    ("/apis/autoscaling/v2", "horizontalpodautoscalers", of_autoscaler),
)


def line(name: str, labels: dict, value: float) -> str:
    told = ",".join(f"{key}={json.dumps(str(text))}" for key, text in labels.items())
    return f"{name}{{{told}}} {value:g}\n"


def ask(path: str) -> list:
    with open(f"{ACCOUNT}/token", encoding="utf-8") as stream:
        request = urllib.request.Request(f"https://kubernetes.default.svc{path}")
        request.add_header("Authorization", f"Bearer {stream.read()}")
    trusted = ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")
    with urllib.request.urlopen(request, timeout=5, context=trusted) as answer:
        return json.load(answer)["items"]


class Exporter(BaseHTTPRequestHandler):
    """Answers GET /metrics, and nothing else."""

    namespace = ""

    def do_GET(self) -> None:
        if self.path != "/metrics":
            self.send_error(404, "there is /metrics only")
            return
        samples = (
            sample
            for root, plural, tell in SOURCES
            for obj in ask(f"{root}/namespaces/{self.namespace}/{plural}")
            for sample in tell(obj)
        )
        body = "".join(line(*sample) for sample in samples).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    Exporter.namespace = sys.argv[1]
    ThreadingHTTPServer(("", PORT), Exporter).serve_forever()

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads each pod's own counters of answered requests and CPU time, through the API server."""

from __future__ import annotations

import re
import time

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube, proxied
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import name_of

METRICS_PORT = "metrics"
PATIENCE = 3.0
# Requests of probes and people do not count as traffic.
QUIET_ROUTES = ("", "/", "/health", "/ready", "/metrics")
_SAMPLE = re.compile(r"^model_server_requests_total\{(.*)\} ([0-9.e+]+)", re.MULTILINE)
_CPU = re.compile(r"^model_server_cpu_seconds_total ([0-9.e+-]+)", re.MULTILINE)
_ROUTE = re.compile(r'route="([^"]*)"')
_FAILED = re.compile(r'code="5')


def port_of(pod: dict, name: str) -> int | None:
    for container in pod["spec"].get("containers") or []:
        for port in container.get("ports") or []:
            if port.get("name") == name:
                return port["containerPort"]
    return None


def get(kube: Kube, pod: dict, port: int, path: str, scheme: str = "http") -> str:
    """The body of GET ``path`` from one pod. Raises KubeError."""
    kube.deadline = time.monotonic() + PATIENCE
    namespace = pod["metadata"]["namespace"]
    return kube.text(f"/api/v1/namespaces/{namespace}/pods/{proxied(scheme, name_of(pod), port)}/proxy{path}")


def answered(kube: Kube, pod: dict) -> float | None:
    """Predictions that the pod has answered since its start; None without that counter."""
    return counted(metrics_of(kube, pod))


def cpu_seconds(kube: Kube, pod: dict) -> float | None:
    """CPU time of the pod's server since its start; None without that counter."""
    found = _CPU.search(metrics_of(kube, pod))
    return float(found.group(1)) if found else None


def metrics_of(kube: Kube, pod: dict) -> str:
    """The text of the pod's /metrics; "" when it does not answer."""
    port = port_of(pod, METRICS_PORT)
    if port is None:
        return ""
    try:
        return get(kube, pod, port, "/metrics")
    except KubeError:
        return ""


def counted(metrics: str) -> float | None:
    """The sum of the request counter over the routes of predictions; None when the text has no such counter."""
    if "model_server_requests_total" not in metrics:
        return None
    return sum(value for _labels, value in _predictions(metrics))


def failed(metrics: str) -> float:
    """Of ``counted`` those that were answered with 5xx."""
    return sum(value for labels, value in _predictions(metrics) if _FAILED.search(labels))


def _predictions(metrics: str) -> list[tuple[str, float]]:
    """Labels and value of the request counter, for each route of predictions."""
    found = [(labels, _ROUTE.search(labels), float(value)) for labels, value in _SAMPLE.findall(metrics)]
    return [(labels, value) for labels, route, value in found if route and route.group(1) not in QUIET_ROUTES]

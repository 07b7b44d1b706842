# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failing probes of containers, and how long they may fail before the rollout has failed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    container_spec,
    epoch,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    Detection,
    of_pod,
    unready,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, count, when

STARTING_PATIENCE = 90.0
SLACK = 1.5
LIVENESS_RECENT = 20.0
_CLIENT_ERROR = re.compile(r"statuscode: 4(?!29)\d\d")


def span(probe: dict) -> float:
    """The most seconds from a container's start until this probe has failed for good."""
    return (probe.get("initialDelaySeconds") or 0) + (probe.get("periodSeconds") or 10) + to_failure(probe)


def to_failure(probe: dict) -> float:
    """Seconds from a probe's first failure until it counts as failed: the remaining rounds and a time-out."""
    rounds = (probe.get("failureThreshold") or 3) + (probe.get("successThreshold") or 1) - 2
    return (probe.get("periodSeconds") or 10) * rounds + (probe.get("timeoutSeconds") or 1)


def describe(probe: dict) -> str:
    """The probe as text, such as "GET /ready on port http"."""
    http = probe.get("httpGet")
    if http:
        return f"GET {http.get('path', '/')} on port {http.get('port')}"
    if probe.get("tcpSocket"):
        return f"TCP port {probe['tcpSocket'].get('port')}"
    if probe.get("grpc"):
        return f"gRPC health on port {probe['grpc'].get('port')}"
    return "command " + " ".join((probe.get("exec") or {}).get("command") or [])[:80]


def same_probe(one: dict, other: dict) -> bool:
    """Whether two probes request the same, so that the one can pass when the other has."""
    return all(one.get(key) == other.get(key) for key in ("httpGet", "tcpSocket", "grpc", "exec"))


def patience(container: dict, started: bool, answer: str) -> float:
    """How long a running container may stay unready after its readiness probe first failed.

    A 4xx comes from a server that is up and does not know the path: that does not heal. Once a startup probe with the
    same request has passed, the start is over. Otherwise the server may still be loading a model.
    """
    readiness, startup = container.get("readinessProbe") or {}, container.get("startupProbe")
    own = to_failure(readiness) + SLACK
    if _CLIENT_ERROR.search(answer):
        return own
    if started and startup and same_probe(startup, readiness):
        return own
    return max(own, STARTING_PATIENCE)


def never_ready(snapshot: Snapshot) -> Iterator[Detection]:
    """Running containers whose readiness probe fails."""
    for pod, status, container in _running(snapshot):
        still_starting = container.get("startupProbe") and not status.get("started")
        if status.get("ready") or still_starting or not container.get("readinessProbe"):
            continue
        answers = _unhealthy(snapshot, pod, status, "Readiness")
        if answers:
            text = f"readiness ({describe(container['readinessProbe'])}): {answers[-1]}"
            limit = patience(container, bool(status.get("started")), answers[-1])
            yield of_pod(pod, text, status["name"], limit)


def starting(snapshot: Snapshot) -> Iterator[Detection]:
    """Running containers whose startup probe has not passed yet."""
    for pod, status, container in _running(snapshot):
        still_starting = container.get("startupProbe") and not status.get("started")
        if still_starting and _unhealthy(snapshot, pod, status, "Startup"):
            limit = span(container["startupProbe"])
            yield of_pod(pod, f"not started yet, {limit:.0f} s allowed", status["name"])


def liveness_failing(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods whose liveness probe failed a moment ago, before the kubelet has restarted the container."""
    latest = max((when(event) or 0 for event in snapshot.events), default=0)
    for pod in snapshot.new_pods:
        for event in snapshot.events_of(pod):
            recent = (when(event) or 0) >= latest - LIVENESS_RECENT
            if event.get("reason") == "Unhealthy" and recent and event["message"].startswith("Liveness"):
                yield of_pod(pod, f"{event['message']} ({count(event)} times)")
                break


def _running(snapshot: Snapshot) -> Iterator[tuple[dict, dict, dict]]:
    """Each running container of the unready pods: pod, container status, container."""
    for pod in unready(snapshot):
        for status in (pod.get("status") or {}).get("containerStatuses") or []:
            if (status.get("state") or {}).get("running"):
                yield pod, status, container_spec(pod, status["name"])


def _unhealthy(snapshot: Snapshot, pod: dict, status: dict, probe: str) -> list:
    """The kubelet's messages about failures of one kind of probe since the container started."""
    since = epoch(status["state"]["running"].get("startedAt")) or 0
    return [
        short(event["message"].partition(": ")[2], 200)
        for event in snapshot.events_of(pod)
        if event.get("reason") == "Unhealthy"
        and event.get("message", "").startswith(probe)
        and (when(event) or 0) >= since - 1
    ]

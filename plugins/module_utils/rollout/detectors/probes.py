# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container's probes say, and how long they may take before it means something."""

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
_ANSWERED_NO = re.compile(r"statuscode: 4(?!29)\d\d")


def span(probe: dict) -> float:
    """Seconds from a container's start until this probe has failed for good at the latest."""
    return (probe.get("initialDelaySeconds") or 0) + (probe.get("periodSeconds") or 10) + to_failure(probe)


def to_failure(probe: dict) -> float:
    """Seconds from a probe's first failure until it counts as failed: so many more rounds, each with its time-out."""
    rounds = (probe.get("failureThreshold") or 3) + (probe.get("successThreshold") or 1) - 2
    return (probe.get("periodSeconds") or 10) * rounds + (probe.get("timeoutSeconds") or 1)


def describe(probe: dict) -> str:
    """What a probe asks, in a few words."""
    http = probe.get("httpGet")
    if http:
        return f"GET {http.get('path', '/')} on port {http.get('port')}"
    if probe.get("tcpSocket"):
        return f"TCP port {probe['tcpSocket'].get('port')}"
    if probe.get("grpc"):
        return f"gRPC health on port {probe['grpc'].get('port')}"
    return "command " + " ".join((probe.get("exec") or {}).get("command") or [])[:80]


def same_question(one: dict, other: dict) -> bool:
    """Whether two probes ask the same thing, so that one having passed says the other can."""
    return all(one.get(key) == other.get(key) for key in ("httpGet", "tcpSocket", "grpc", "exec"))


def patience(container: dict, started: bool, answer: str) -> float:
    """How long a running container may stay unready after its readiness probe first failed.

    A 4xx is the answer of a server that is up and does not know the path: that does not heal. Once a startup probe has
    asked the same and passed, the start is over. Otherwise it may be loading a model, which takes what it takes.
    """
    readiness, startup = container.get("readinessProbe") or {}, container.get("startupProbe")
    own = to_failure(readiness) + SLACK
    if _ANSWERED_NO.search(answer):
        return own
    if started and startup and same_question(startup, readiness):
        return own
    return max(own, STARTING_PATIENCE)


def never_ready(snapshot: Snapshot) -> Iterator[Detection]:
    """Containers that run, and whose readiness probe fails."""
    for pod in unready(snapshot):
        for status in (pod.get("status") or {}).get("containerStatuses") or []:
            container = container_spec(pod, status["name"])
            running = (status.get("state") or {}).get("running")
            if not running or status.get("ready") or not container.get("readinessProbe"):
                continue
            if container.get("startupProbe") and not status.get("started"):
                continue
            answers = _unhealthy(snapshot, pod, "Readiness", epoch(running.get("startedAt")))
            if not answers:
                continue
            text = f"readiness ({describe(container['readinessProbe'])}): {answers[-1]}"
            limit = patience(container, bool(status.get("started")), answers[-1])
            yield of_pod(pod, text, status["name"], limit)


def starting(snapshot: Snapshot) -> Iterator[Detection]:
    """Containers that run while their startup probe has not passed yet."""
    for pod in unready(snapshot):
        for status in (pod.get("status") or {}).get("containerStatuses") or []:
            container = container_spec(pod, status["name"])
            running = (status.get("state") or {}).get("running")
            if running and container.get("startupProbe") and not status.get("started"):
                answers = _unhealthy(snapshot, pod, "Startup", epoch(running.get("startedAt")))
                if answers:
                    limit = span(container["startupProbe"])
                    yield of_pod(pod, f"not started yet, {limit:.0f} s allowed", status["name"])


def liveness_failing(snapshot: Snapshot) -> Iterator[Detection]:
    """A liveness probe that failed a moment ago, though the container has not been restarted for it yet."""
    latest = max((when(event) or 0 for event in snapshot.events), default=0)
    for pod in snapshot.new_pods:
        for event in snapshot.events_of(pod):
            recent = (when(event) or 0) >= latest - LIVENESS_RECENT
            if event.get("reason") == "Unhealthy" and recent and event["message"].startswith("Liveness"):
                yield of_pod(pod, f"{event['message']} ({count(event)} times)")
                break


def _unhealthy(snapshot: Snapshot, pod: dict, probe: str, since: float | None) -> list:
    """What the kubelet said of failing probes of one sort since the container started."""
    return [
        short(event["message"].partition(": ")[2], 200)
        for event in snapshot.events_of(pod)
        if event.get("reason") == "Unhealthy"
        and event.get("message", "").startswith(probe)
        and (when(event) or 0) >= (since or 0) - 1
    ]

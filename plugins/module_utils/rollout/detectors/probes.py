# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failing probes of containers: which answers cannot get better, and which may while a server still loads.

How long a server may load is for the user to say (progressDeadlineSeconds, the release's timeout). A rollout fails
sooner only on an answer that no loading server gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    container_spec,
    container_statuses,
    epoch,
    is_init,
    is_ready,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    Detection,
    Detector,
    of_pod,
    unready,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.pods import container_of
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, when

PROBES = {"Readiness": "readinessProbe", "Startup": "startupProbe", "Liveness": "livenessProbe"}
SLACK = 1.5
LIVENESS_RECENT = 20.0
# With a startup probe the user says that the start takes long; some servers know their paths late.
STARTUP_PATIENCE = 30.0
# A port that is not declared may be listened on all the same, by a server that still loads.
UNDECLARED_PATIENCE = 90.0
# The server is up and refuses this very request. 408, 409, 425, 429 and 5xx are answers of one that loads or is busy;
# some servers answer 400 while they load.
REFUSES = re.compile(r"statuscode: (?:401|403|404|405|410|501)\b")
_NO_LISTENER = re.compile(r"connection refused")
PORT_UNNAMED = re.compile(r"couldn't find port|strconv\.\w+: parsing|failed to find port", re.IGNORECASE)
OTHER_PROTOCOL = re.compile(
    r"server gave HTTP response to HTTPS client|malformed HTTP (?:response|status|version)|"
    r"does not look like a TLS handshake|tls: unsupported|http2: frame too large|HTTP/1\.x transport connection broken",
    re.IGNORECASE,
)


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
        scheme = " by HTTPS" if http.get("scheme") == "HTTPS" else ""
        return f"GET {http.get('path', '/')} on port {http.get('port')}{scheme}"
    if probe.get("tcpSocket"):
        return f"TCP port {probe['tcpSocket'].get('port')}"
    if probe.get("grpc"):
        return f"gRPC health on port {probe['grpc'].get('port')}"
    return "command " + " ".join((probe.get("exec") or {}).get("command") or [])[:80]


def port_of(probe: dict) -> str | int | None:
    """The port that is probed, by name or number; None for a command."""
    asked = probe.get("httpGet") or probe.get("tcpSocket") or probe.get("grpc") or {}
    return asked.get("port")


def asked(snapshot: Snapshot, kind: str) -> Iterator[tuple[dict, dict, dict, str]]:
    """Running containers of unready pods and the last answer to a probe that fails: pod, status, probe, answer.

    ``kind``: Readiness, Startup or Liveness. A container that is still to pass its startup probe has only that one.
    """
    for pod in unready(snapshot):
        for status in container_statuses(pod):
            container = container_spec(pod, status["name"])
            probe = container.get(PROBES[kind])
            running = (status.get("state") or {}).get("running")
            if not running or not probe or is_init(pod, status["name"]):
                continue
            starts = bool(container.get("startupProbe")) and not status.get("started")
            if starts != (kind == "Startup") or (kind == "Readiness" and status.get("ready")):
                continue
            answers = _unhealthy(snapshot, pod, status["name"], kind, epoch(running.get("startedAt")))
            if answers:
                yield pod, status, probe, answers[-1]


def failing(kind: str) -> Detector:
    """Containers whose probe of that kind fails. It may pass yet, unless the server refuses the request."""

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for pod, status, probe, answer in asked(snapshot, kind):
            grace = certainty(kind, probe) if REFUSES.search(answer) else None
            yield of_pod(pod, _text(kind, probe, answer), status["name"], grace)

    return find


def refused_for_good(kind: str) -> Detector:
    """Of those, the ones that the server refuses."""

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        return (detection for detection in failing(kind)(snapshot) if detection.grace is not None)

    return find


def certainty(kind: str, probe: dict) -> float:
    """Seconds after which an answer that no loading server gives is taken for the last word: three in a row."""
    rounds = min((probe.get("failureThreshold") or 3) - 1, 2)
    seconds = (probe.get("periodSeconds") or 10) * rounds + (probe.get("timeoutSeconds") or 1) + SLACK
    return max(seconds, STARTUP_PATIENCE) if kind == "Startup" else seconds


def wrong_protocol(snapshot: Snapshot) -> Iterator[Detection]:
    """Probes that speak HTTP where the server speaks TLS, or the other way round."""
    for kind, pod, status, probe, answer in _all_asked(snapshot):
        if OTHER_PROTOCOL.search(answer):
            yield of_pod(pod, _text(kind, probe, answer), status["name"], certainty("Readiness", probe))


def unnamed_port(snapshot: Snapshot) -> Iterator[Detection]:
    """Probes of a port name that the container does not have."""
    for kind, pod, status, probe, answer in _all_asked(snapshot):
        if PORT_UNNAMED.search(answer):
            text = f"{_text(kind, probe, answer)}; {_declared_text(pod)}"
            yield of_pod(pod, text, status["name"], certainty("Readiness", probe))


def undeclared_port(snapshot: Snapshot) -> Iterator[Detection]:
    """Probes of a port that no container declares, while others are declared, and on which nothing listens."""
    for kind, pod, status, probe, answer in _all_asked(snapshot):
        ports = declared(pod)
        if ports and port_of(probe) not in ports and _NO_LISTENER.search(answer):
            text = f"{_text(kind, probe, answer)}; no container declares it, {_declared_text(pod)}"
            yield of_pod(pod, text, status["name"], max(UNDECLARED_PATIENCE, certainty(kind, probe)))


def _all_asked(snapshot: Snapshot) -> Iterator[tuple[str, dict, dict, dict, str]]:
    for kind in PROBES:
        for found in asked(snapshot, kind):
            yield kind, *found


def _declared_text(pod: dict) -> str:
    return f"declared ports: {', '.join(map(str, declared(pod))) or 'none'}"


def declared(pod: dict) -> list:
    """Names and numbers of the ports that the pod's containers declare."""
    spec = pod.get("spec") or {}
    ports = [
        port
        for entry in (spec.get("containers") or []) + (spec.get("initContainers") or [])
        for port in entry.get("ports") or []
    ]
    return [value for port in ports for value in (port.get("name"), port.get("containerPort")) if value]


def starting(snapshot: Snapshot) -> Iterator[Detection]:
    """Running containers whose startup probe has not passed yet."""
    for pod, status, probe, _answer in asked(snapshot, "Startup"):
        yield of_pod(pod, f"not started yet, {span(probe):.0f} s allowed", status["name"])


def killed_by(*kinds: str, answer: re.Pattern = re.compile("")) -> Detector:
    """Containers that the kubelet has killed since the wait began because of a probe, and that are not back.

    A second time is no accident, ready again or not. ``answer``: what the probe's last answer says.
    """

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for kind in kinds:
            for pod, event in _kills(snapshot, kind):
                last = _unhealthy(snapshot, pod, container_of(event), kind, None)[-1:]
                if (snapshot.times(event) > 1 or not _is_back(pod, event)) and answer.search("".join(last)):
                    text = ": ".join([event.get("message", ""), *last])
                    yield of_pod(pod, text, container_of(event))

    return find


def _kills(snapshot: Snapshot, kind: str) -> Iterator[tuple[dict, dict]]:
    for pod in snapshot.new_pods:
        for event in snapshot.new_events_of(pod):
            text = event.get("message", "").lower()
            if event.get("reason") == "Killing" and f"failed {kind.lower()} probe" in text:
                yield pod, event


def _is_back(pod: dict, kill: dict) -> bool:
    """Whether the pod is ready, with a container that began after the kill."""
    began = [
        epoch(((status.get("state") or {}).get("running") or {}).get("startedAt"))
        for status in container_statuses(pod)
        if status["name"] == container_of(kill)
    ]
    return is_ready(pod) and all(start is not None and start >= (when(kill) or 0) for start in began)


def liveness_failing(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods whose liveness probe failed a moment ago, before the kubelet has restarted the container."""
    for pod in snapshot.new_pods:
        for event in snapshot.new_events_of(pod):
            recent = snapshot.taken - (when(event) or 0) <= LIVENESS_RECENT
            if event.get("reason") == "Unhealthy" and recent and event["message"].startswith("Liveness"):
                yield of_pod(pod, f"{event['message']} ({snapshot.times(event)} times)")
                break


def liveness_doubtful(snapshot: Snapshot) -> Iterator[Detection]:
    """Pods that were restarted by their liveness probe and are ready again, for less long than it takes to fail."""
    for pod, event in _kills(snapshot, "Liveness"):
        probe = container_spec(pod, container_of(event) or "").get("livenessProbe") or {}
        since = snapshot.taken - (when(event) or 0)
        if _is_back(pod, event) and since < span(probe) + SLACK:
            yield of_pod(pod, f"restarted by its liveness probe {max(since, 0):.0f} s ago", container_of(event))


def _text(kind: str, probe: dict, answer: str) -> str:
    return f"{kind.lower()} ({describe(probe)}): {answer}"


def _unhealthy(snapshot: Snapshot, pod: dict, container: str | None, kind: str, since: float | None) -> list:
    """The kubelet's messages about failures of one kind of probe of a container since that container started."""
    return [
        short(event["message"].partition(": ")[2], 200)
        for event in snapshot.events_of(pod)
        if event.get("reason") in ("Unhealthy", "ProbeWarning")
        and event.get("message", "").startswith(kind)
        and container_of(event) in (None, container)
        and (when(event) or 0) >= (since or 0) - 1
    ]

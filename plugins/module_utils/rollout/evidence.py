# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers the evidence of findings while it still exists: logs, events, container states."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding, short
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import container_statuses
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact
from ansible_collections.modelops.serving.plugins.module_utils.rollout import log_causes
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, count

MAX_PODS = 3
LOG_LINES = 25
EVENTS = 8
# Findings about containers that ran, so that there may be a log.
HAS_LOG = {
    "CrashLoop", "InitFails", "InitWaits", "OutOfMemory", "ExitsAtOnce", "StartupTooSlow", "StartupFails",
    "LivenessRestarts", "LivenessFails", "ReadinessFails", "ProbePortUnknown", "HookFails", "ProgressDeadlineExceeded",
    "Timeout", "Starting", "VolumeOverLimit", "StorageOverLimit", *(cause.reason for cause in log_causes.CAUSES),
}  # fmt: skip


def gather(kube: Kube, namespace: str, snapshot: Snapshot, findings: list[Finding]) -> dict:
    """Adds evidence to the findings, and returns all of it.

    ``{"pods": [{"pod", "phase", "containers": [{"name", "state", "log", "previous_log"}], "events": [...]}]}``; logs
    are the last LOG_LINES lines, redacted. A log that cannot be read is replaced by the error.
    """
    names = list(dict.fromkeys(pod for finding in findings for pod in finding.pods))
    known = [*snapshot.new_pods, *snapshot.dead_pods]
    pods = [pod for pod in known if pod["metadata"]["name"] in names] or snapshot.new_pods
    states = [_state(kube, namespace, snapshot, pod) for pod in pods[:MAX_PODS]]
    for finding in findings:
        if finding.reason in HAS_LOG:
            _quote(finding, states)
    return {"pods": states}


def _state(kube: Kube, namespace: str, snapshot: Snapshot, pod: dict) -> dict:
    name = pod["metadata"]["name"]
    return {
        "pod": name,
        "node": (pod.get("spec") or {}).get("nodeName"),
        "phase": (pod.get("status") or {}).get("phase"),
        "containers": [_container(kube, namespace, name, status) for status in container_statuses(pod)],
        "events": [_event_line(event) for event in snapshot.events_of(pod)[-EVENTS:]],
    }


def _container(kube: Kube, namespace: str, pod: str, status: dict) -> dict:
    state = status.get("state") or {}
    container = {
        "name": status["name"],
        "state": state,
        "last_state": status.get("lastState") or {},
        "restarts": status.get("restartCount", 0),
        "log": "",
        "previous_log": "",
    }
    if state.get("running") or state.get("terminated") or status.get("restartCount"):
        container["log"] = _log(kube, namespace, pod, status["name"], "false")
    if status.get("restartCount"):
        container["previous_log"] = _log(kube, namespace, pod, status["name"], "true")
    return container


def _log(kube: Kube, namespace: str, pod: str, container: str, previous: str) -> str:
    try:
        return redact(kube.log(namespace, pod, container, previous, LOG_LINES))
    except KubeError as error:
        return f"(the log cannot be read: {error})"


def _quote(finding: Finding, states: list[dict]) -> None:
    """Adds to the finding the log line that says most, of the first affected container that has one."""
    for state in states:
        if finding.pods and state["pod"] not in finding.pods:
            continue
        for container in state["containers"]:
            if finding.container and container["name"] != finding.container:
                continue
            # The log of a container that is down ends with the reason; of one that runs again, the previous log does.
            up = "running" in container["state"]
            logs = ("previous_log", "log") if up else ("log", "previous_log")
            cause = next(filter(None, (log_causes.telling(container[log]) for log in logs)), "")
            if cause:
                if cause not in finding.message:
                    finding.evidence.append(f"from its log: {cause}")
                return


def _event_line(event: dict) -> str:
    times = f" ({count(event)} times)" if count(event) > 1 else ""
    return redact(short(f"{event.get('type', '')} {event.get('reason', '')}: {event.get('message', '')}")) + times

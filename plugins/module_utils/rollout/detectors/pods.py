# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detectors for the states and events of pods and containers. The table of rules is built from them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    condition,
    container_statuses,
    epoch,
    is_init,
    label,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    Detection,
    Detector,
    matcher,
    of_pod,
    unready,
    unstarted,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, count


def waiting(reasons: str, message: str = "", unless: str = r"(?!)") -> Detector:
    """Containers of new pods that wait for one of these reasons, with a message that matches.

    Where the kubelet's own message names no cause (only a back-off), the pod's last failure event is read with it.
    """
    wanted, matches = re.compile(reasons), matcher(message, unless)

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for pod in unready(snapshot):
            for status in container_statuses(pod):
                state = (status.get("state") or {}).get("waiting") or {}
                if not wanted.fullmatch(state.get("reason") or ""):
                    continue
                text = pull_message(snapshot, pod, state)
                if matches(text):
                    yield of_pod(pod, text, status["name"])

    return find


def pull_message(snapshot: Snapshot, pod: dict, state: dict) -> str:
    """The kubelet's message about a waiting container; the last failure event instead, when it is only a back-off."""
    message = state.get("message") or ""
    if message and "back-off" not in message.lower():
        return message
    failures = [event.get("message", "") for event in snapshot.events_of(pod) if event.get("reason") == "Failed"]
    causes = [text for text in failures if not text.startswith("Error: ")]
    if "ErrImagePull:" in message or not causes:
        return message or state.get("reason", "")
    return causes[-1]


def terminated(reasons: str, message: str = "") -> Detector:
    """Containers of new pods that could not start, now or last time, by the runtime's reason and message."""
    wanted, matching = re.compile(f"^(?:{reasons})$"), re.compile(message, re.IGNORECASE)

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for pod in unready(snapshot):
            for status in container_statuses(pod):
                for state in (status.get("state"), status.get("lastState")):
                    ended = (state or {}).get("terminated") or {}
                    if wanted.match(ended.get("reason") or "") and matching.search(ended.get("message") or ""):
                        yield of_pod(pod, ended.get("message") or ended["reason"], status["name"])
                        break

    return find


def last_end(status: dict) -> dict:
    """How a container ended last: exitCode, reason, times; {} when it has not ended yet."""
    for key in ("state", "lastState"):
        ended = (status.get(key) or {}).get("terminated")
        if ended:
            return ended
    return {}


def is_down(status: dict) -> bool:
    state = status.get("state") or {}
    return bool(state.get("terminated")) or (state.get("waiting") or {}).get("reason") == "CrashLoopBackOff"


def ends(status: dict) -> int:
    """How many times a container has ended so far."""
    return status.get("restartCount", 0) + (1 if is_down(status) else 0)


def crashing(accept: Callable[[dict], bool]) -> Detector:
    """Containers that are down and ended at least twice, where ``accept(last end)``.

    Once may be an accident at the start, such as a dependency that was late.
    """

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for pod in unready(snapshot):
            for status in container_statuses(pod):
                ended = last_end(status)
                if not ended or not is_down(status) or ends(status) < 2:
                    continue
                finished_init = is_init(pod, status["name"]) and ended.get("exitCode") == 0
                if accept(ended) and not finished_init:
                    yield of_pod(pod, ending(status, ended), status["name"])

    return find


def init_crashing(snapshot: Snapshot) -> Iterator[Detection]:
    pods = {pod["metadata"]["name"]: pod for pod in snapshot.new_pods}
    for detection in crashing(lambda ended: True)(snapshot):
        if is_init(pods[detection.pod], detection.container):
            yield detection


def ending(status: dict, ended: dict) -> str:
    """The last end as text: "exit 3 after 1 s, twice"."""
    began, finished = epoch(ended.get("startedAt")), epoch(ended.get("finishedAt"))
    lasted = f" after {max(0, finished - began):.0f} s" if began and finished else ""
    how = f"exit {ended.get('exitCode', '?')}"
    if ended.get("reason") not in (None, "Error", "Completed"):
        how += f" ({ended['reason']})"
    times = {1: "once", 2: "twice"}.get(ends(status), f"{ends(status)} times")
    return f"{how}{lasted}, {times}"


def event(reasons: str, message: str = "", unless: str = r"(?!)", at_least: int = 1) -> Detector:
    """New pods that are not ready and have such an event; the last one counts."""
    return _event(unready, reasons, message, unless, at_least)


def event_before_start(reasons: str, message: str = "", unless: str = r"(?!)", at_least: int = 1) -> Detector:
    """The same for new pods of which no container has run yet."""
    return _event(unstarted, reasons, message, unless, at_least)


def event_of_any(reasons: str, message: str = "", at_least: int = 1) -> Detector:
    """The same for every new pod, ready or not."""
    return _event(lambda snapshot: snapshot.new_pods, reasons, message, r"(?!)", at_least)


def _event(pods: Callable[[Snapshot], list], reasons: str, message: str, unless: str, at_least: int) -> Detector:
    wanted, matches = re.compile(reasons), matcher(message, unless)

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for pod in pods(snapshot):
            found = [
                entry
                for entry in snapshot.events_of(pod)
                if wanted.fullmatch(entry.get("reason") or "") and matches(entry.get("message") or "")
            ]
            if found and sum(count(entry) for entry in found) >= at_least:
                path = (found[-1].get("involvedObject") or {}).get("fieldPath") or ""
                named = re.search(r"\{(.+)\}", path)
                yield of_pod(pod, found[-1].get("message", ""), named.group(1) if named else None)

    return find


def refused(message: str, unless: str = r"(?!)") -> Detector:
    """Pods that the API server refuses to create: the new ReplicaSet's ReplicaFailure, or its FailedCreate events."""
    matches = matcher(message, unless)

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        owner = snapshot.new_replicaset
        if not owner or len(snapshot.new_pods) >= (owner.get("spec") or {}).get("replicas", 0):
            return
        failure = condition(owner, "ReplicaFailure")
        if failure.get("status") != "True":
            return
        text = failure.get("message", "")
        if matches(text):
            yield Detection(label(owner), short(text))

    return find


def pod_status(reasons: str) -> Detector:
    """Pods that the cluster ended as a whole: evicted, preempted, refused by the kubelet."""
    wanted = re.compile(f"^(?:{reasons})$")

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for pod in snapshot.new_pods:
            status = pod.get("status") or {}
            if status.get("phase") == "Failed" and wanted.match(status.get("reason") or ""):
                yield of_pod(pod, f"{status['reason']}: {status.get('message', '')}")

    return find

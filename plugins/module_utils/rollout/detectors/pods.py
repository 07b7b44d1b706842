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
from ansible_collections.modelops.serving.plugins.module_utils.rollout import log_causes
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    Detection,
    Detector,
    matcher,
    of_pod,
    unready,
    unstarted,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.log_causes import Cause
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, is_terminating

# Seconds; longer than pods usually take to end.
# Matches no text.
NOTHING = r"(?!)"


def waiting(reasons: str, message: str = "", unless: str = NOTHING) -> Detector:
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
    """Containers of new pods that could not start, by the runtime's reason and message. One that runs now could."""
    wanted, matches = re.compile(reasons), matcher(message, NOTHING)

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for pod in unready(snapshot):
            for status in container_statuses(pod):
                ended = {} if "running" in (status.get("state") or {}) else last_end(status)
                if wanted.fullmatch(ended.get("reason") or "") and matches(ended.get("message") or ""):
                    yield of_pod(pod, ended.get("message") or ended["reason"], status["name"])

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


def ends(snapshot: Snapshot, pod: dict, status: dict) -> int:
    """How many times a container has ended since the wait began."""
    return snapshot.restarts(pod, status) + (1 if is_down(status) else 0)


def crashed(snapshot: Snapshot) -> Iterator[tuple[dict, dict]]:
    """Pods and the statuses of their containers that are down and ended at least twice.

    Once may be an accident at the start, such as a dependency that was late.
    """
    for pod in unready(snapshot):
        for status in container_statuses(pod):
            ended = last_end(status)
            finished_init = is_init(pod, status["name"]) and ended.get("exitCode") == 0
            if ended and not finished_init and is_down(status) and ends(snapshot, pod, status) >= 2:
                yield pod, status


def crashing(accept: Callable[[dict], bool]) -> Detector:
    """Containers that crash, where ``accept(last end)``."""

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for pod, status in crashed(snapshot):
            if accept(last_end(status)):
                yield of_pod(pod, ending(snapshot, pod, status), status["name"])

    return find


def last_words(cause: Cause) -> Detector:
    """Containers that crash and whose log says this."""

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for pod, status in crashed(snapshot):
            found = log_causes.cause_of(snapshot.log(pod, status["name"]), last_end(status).get("exitCode"))
            if found and found.cause is cause:
                text = f"{ending(snapshot, pod, status)}: {found.line}"
                yield of_pod(pod, text, status["name"])

    return find


def init_crashing(snapshot: Snapshot) -> Iterator[Detection]:
    for pod, status in crashed(snapshot):
        if is_init(pod, status["name"]):
            yield of_pod(pod, ending(snapshot, pod, status), status["name"])


def init_waiting(snapshot: Snapshot) -> Iterator[Detection]:
    """Init containers that run and have not ended, so that the pod's other containers do not start."""
    for pod in unready(snapshot):
        for status in (pod.get("status") or {}).get("initContainerStatuses") or []:
            running = (status.get("state") or {}).get("running")
            if running and is_init(pod, status["name"]):
                age = snapshot.age(running.get("startedAt")) or 0
                text = f"the init container {status['name']} has run for {age:.0f} s and does not end"
                yield of_pod(pod, text, status["name"])


def ending(snapshot: Snapshot, pod: dict, status: dict) -> str:
    """The last end as text: "exit 3 after 1 s, twice"."""
    ended = last_end(status)
    began, finished = epoch(ended.get("startedAt")), epoch(ended.get("finishedAt"))
    lasted = f" after {max(0, finished - began):.0f} s" if began and finished else ""
    how = f"exit {ended.get('exitCode', '?')}"
    if ended.get("reason") not in (None, "Error", "Completed"):
        how += f" ({ended['reason']})"
    number = ends(snapshot, pod, status)
    times = {1: "once", 2: "twice"}.get(number, f"{number} times")
    return f"{how}{lasted}, {times}"


def event(reasons: str, message: str = "", unless: str = NOTHING, at_least: int = 1) -> Detector:
    """New pods that are not ready and have had such an event since the wait began; the last one counts."""
    return _event(unready, reasons, message, unless, at_least)


def event_before_start(reasons: str, message: str = "", unless: str = NOTHING, at_least: int = 1) -> Detector:
    """The same for new pods of which nothing has started yet."""
    return _event(unstarted, reasons, message, unless, at_least)


def _event(pods: Callable[[Snapshot], list], reasons: str, message: str, unless: str, at_least: int) -> Detector:
    wanted, matches = re.compile(reasons), matcher(message, unless)

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        for pod in pods(snapshot):
            found = [
                entry
                for entry in since_attached(snapshot.new_events_of(pod))
                if wanted.fullmatch(entry.get("reason") or "") and matches(entry.get("message") or "")
            ]
            if found and sum(snapshot.times(entry) for entry in found) >= at_least:
                yield of_pod(pod, found[-1].get("message", ""), container_of(found[-1]))

    return find


def since_attached(events: list) -> list:
    """Without the attempts to attach a volume that came before it was attached."""
    attached = [index for index, event in enumerate(events) if event.get("reason") == "SuccessfulAttachVolume"]
    return [
        event
        for index, event in enumerate(events)
        if not attached or index > attached[-1] or event.get("reason") != "FailedAttachVolume"
    ]


def container_of(event: dict) -> str | None:
    """The container that an event of a pod is about."""
    named = re.search(r"\{(.+)\}", (event.get("involvedObject") or {}).get("fieldPath") or "")
    return named.group(1) if named else None


def refused(message: str, unless: str = NOTHING, beside: str = NOTHING) -> Detector:
    """Pods that the API server refuses to create, by the condition ReplicaFailure of the new ReplicaSet; where
    ReplicaSets may not be read, by that of the Deployment. ``beside``: a part of the message that explains nothing."""
    matches = matcher(message, unless)

    def find(snapshot: Snapshot) -> Iterator[Detection]:
        owner, wanted = snapshot.new_replicaset, 0
        if "replicasets" in snapshot.unread and snapshot.observed:
            owner, wanted = snapshot.deployment, snapshot.desired
        elif owner:
            wanted = (owner.get("spec") or {}).get("replicas", 0)
        if not owner or len(snapshot.new_pods) >= wanted:
            return
        failure = condition(owner, "ReplicaFailure")
        text = failure.get("message", "")
        if failure.get("status") == "True" and matches(text):
            yield Detection(label(owner), short(re.sub(beside, "", text)), held=_ending(snapshot, text))

    return find


def _ending(snapshot: Snapshot, refusal: str) -> bool:
    """Whether the quota is held by pods that are terminating, and will be free soon."""
    return "quota" in refusal and any(is_terminating(pod) for pod in snapshot.pods)

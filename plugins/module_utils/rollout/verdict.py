# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a rollout from a snapshot: done, failed, or waiting for something. Pure: no requests, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    condition,
    label,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors import meanwhile
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    SOME_PODS_GRACE,
    WAIT,
    Detection,
    unready,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.placement import unschedulable
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.routing import (
    port_unknown,
    selects_nothing,
    unserved,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.proof import (
    PROVEN_AFTER,
    seconds_left,
    unproven,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.rules import (
    ALL_PODS,
    RULES,
    Rule,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, gave_up

DONE, FAILED, WAITING = "done", "failed", "waiting"
LIVENESS = "LivenessFails"
# In place of a reason: when what is detected was last seen to be held.
HELD = "held"
# Seconds beyond the pause that a controller makes between two tries.
NEXT_TRY = 5.0
# How the remedy of a finding begins that may pass by itself.
PASSES = "Wait: "
# The reason when nobody waits any longer: it proves nothing of what is waited for.
TIMEOUT = "Timeout"


@dataclass
class Verdict:
    """``state``: done, failed or waiting. ``line``: the same as text. ``findings``: the causes of the failure, or what
    it waits for. ``unread``: what may not be read and is unknown, by plural, such as "events".

    ``seen`` goes into the next call: when each finding was first seen, by (reason, object), in the caller's seconds,
    and when one was last held (HELD, object).
    """

    state: str
    line: str
    progress: dict
    findings: list = field(default_factory=list)
    seen: dict = field(default_factory=dict)
    unread: list = field(default_factory=list)


def judge(snapshot: Snapshot, now: float, seen: dict | None = None) -> Verdict:
    """The verdict at ``now`` (seconds since the wait began)."""
    verdict = _judge(snapshot, now, seen or {})
    verdict.unread = sorted(snapshot.unread)
    if verdict.state == FAILED:
        verdict.findings[0].evidence += unread_lines(verdict)
    return verdict


def expired(verdict: Verdict, finding: Finding) -> Verdict:
    """The verdict when nobody waits any longer: the finding that says so comes after what it was waiting for, whose
    remedy is no longer to wait."""
    raised = finding.remedy.partition(" if ")[0]
    waited = [replace(entry, remedy=_with_more_time(entry.remedy, raised)) for entry in verdict.findings]
    findings = [*waited, finding]
    findings[0].evidence += unread_lines(verdict)
    for entry in findings:
        entry.decided = finding.decided
    return replace(verdict, state=FAILED, findings=findings)


def _with_more_time(remedy: str, raised: str) -> str:
    return f"{raised}: {remedy.removeprefix(PASSES)}" if remedy.startswith(PASSES) else remedy


def is_short(verdict: Verdict) -> bool:
    """Whether it is done with fewer pods than an autoscaler asks for, see only_wants_room()."""
    return verdict.state == DONE and verdict.progress["ready"] < verdict.progress["desired"]


def unread_lines(verdict: Verdict) -> list[str]:
    """What a reader must know about what was not read: one line or none."""
    if not verdict.unread:
        return []
    return [f"not judged, because we may not read it: {', '.join(verdict.unread)}"]


def _judge(snapshot: Snapshot, now: float, seen: dict) -> Verdict:
    progress = counts(snapshot)
    if snapshot.deployment is None:
        return _without_deployment(snapshot, progress, now, seen)
    detected = detections(snapshot)
    seen = seen_now(detected, seen, now)
    findings = [finding(rule, found, seen[(rule.reason, found.object)], now) for rule, found in detected]
    if only_wants_room(snapshot):
        return Verdict(DONE, summary(progress), progress, [], seen)
    due = fatal(snapshot, detected, seen, now)
    if due:
        decided = merge([findings[index] for index in due], now)
        return Verdict(FAILED, decided[0].message, progress, decided, seen)
    stalled = deadline_exceeded(snapshot)
    if stalled:
        causes = [entry for entry in findings if entry.reason != "Starting"]
        return Verdict(FAILED, stalled.message, progress, merge(causes, now) or [stalled], seen)
    missing = incomplete(snapshot)
    if not missing:
        missing = next(
            (entry.message for entry in findings if entry.severity != "wait" or entry.reason == LIVENESS), ""
        )
    if not missing:
        return Verdict(DONE, summary(progress), progress, [], seen)
    return Verdict(WAITING, missing, progress, merge(findings, None), seen)


def _without_deployment(snapshot: Snapshot, progress: dict, now: float, seen: dict) -> Verdict:
    if not snapshot.existed:
        return Verdict(WAITING, "the Deployment does not exist yet", progress)
    key = (meanwhile.REASON, snapshot.existed)
    since = seen.get(key, now)
    found = Finding(
        meanwhile.REASON, snapshot.existed, meanwhile.DELETED, meanwhile.REMEDY, severity(meanwhile.GRACE), since=since
    )
    state = FAILED if now - since >= meanwhile.GRACE else WAITING
    return Verdict(state, found.message, progress, merge([found], now if state == FAILED else None), {key: since})


def detections(snapshot: Snapshot) -> list[tuple[Rule, Detection]]:
    """What the table of rules recognises; of each object, the first rule only."""
    found, matched = [], set()
    for rule in RULES:
        for detection in rule.find(snapshot):
            key = detection.pod or detection.object
            if key not in matched:
                found.append((rule, detection))
                matched.add(key)
    return found


def seen_now(detected: list, seen: dict, now: float) -> dict:
    """When each detection was first seen, and when each that was held was last seen so."""
    found = {(rule.reason, one.object): seen.get((rule.reason, one.object), now) for rule, one in detected}
    last = {key: seen[key] for key in ((HELD, one.object) for _rule, one in detected) if key in seen}
    return found | last | {(HELD, one.object): now for _rule, one in detected if one.held}


def lasted(rule: Rule, detection: Detection, seen: dict, now: float) -> float:
    """Seconds for which a detection counts. Of one that was held: since what held it was gone, and whoever was refused
    has tried again. Controllers double the pause between two tries."""
    first = seen[(rule.reason, detection.object)]
    held = seen.get((HELD, detection.object))
    return now - first if held is None else now - held - (held - first) - NEXT_TRY


def grace_of(rule: Rule, detection: Detection) -> float | None:
    """Seconds; None: it never fails the rollout."""
    grace = rule.grace if detection.grace is None else detection.grace
    return None if grace == WAIT else grace


def fatal(snapshot: Snapshot, detected: list, seen: dict, now: float) -> list[int]:
    """The indices of the detections that fail the rollout now."""
    expired = []
    for index, (rule, detection) in enumerate(detected):
        grace = grace_of(rule, detection)
        if grace is not None and lasted(rule, detection, seen, now) >= grace:
            expired.append(index)
    failed_pods = {detected[index][1].pod for index in expired}
    without_room = {pod["metadata"]["name"] for pod, _message in unschedulable(snapshot)}
    tried = [name for pod in unready(snapshot) if (name := pod["metadata"]["name"]) not in without_room]
    # A pod that finds no room says nothing of those that have run.
    all_failed = snapshot.ready_new == 0 and all(name in failed_pods for name in tried or without_room)

    def enough(index: int) -> bool:
        rule, detection = detected[index]
        if rule.needs != ALL_PODS or detection.pod is None or all_failed:
            return True
        return lasted(rule, detection, seen, now) >= (grace_of(rule, detection) or 0) + SOME_PODS_GRACE

    return [index for index in expired if enough(index)]


def finding(rule: Rule, detection: Detection, since: float, now: float) -> Finding:
    return Finding(
        reason=rule.reason,
        object=detection.object,
        message=detection.message,
        remedy=rule.remedy,
        severity=severity(grace_of(rule, detection)),
        container=detection.container,
        pods=[detection.pod] if detection.pod else [],
        since=round(since, 1),
    )


def severity(grace: float | None) -> str:
    """By how long a finding may last, in seconds; None is for as long as the rollout is waited for."""
    if grace is None:
        return "wait"
    return "grace" if grace else "fatal"


def merge(findings: list[Finding], decided: float | None) -> list[Finding]:
    """One finding for each reason and container, with all the pods it was seen on."""
    merged: dict = {}
    for entry in findings:
        first = merged.setdefault((entry.reason, entry.container if entry.pods else entry.object), entry)
        if first is not entry:
            first.pods += [pod for pod in entry.pods if pod not in first.pods]
            first.since = min(first.since, entry.since)
        if decided is not None:
            first.decided = round(decided, 1)
    return list(merged.values())


def counts(snapshot: Snapshot) -> dict:
    """desired, updated, ready, available: of the new revision. old: ready pods of earlier ones, which still serve."""
    status = (snapshot.deployment or {}).get("status") or {}
    current = snapshot.observed and snapshot.deployment is not None
    return {
        "desired": snapshot.desired if snapshot.deployment else 0,
        "updated": status.get("updatedReplicas", 0) if current else 0,
        "ready": snapshot.ready_new,
        "available": status.get("availableReplicas", 0) if current else 0,
        "old": snapshot.ready_old if current else status.get("readyReplicas", 0),
    }


def incomplete(snapshot: Snapshot) -> str:
    """What is missing for completion, "" for nothing: kubectl's rules, then the new pods, then their endpoints."""
    status, desired = snapshot.deployment.get("status") or {}, snapshot.desired
    # Without ReplicaSets it may be unknown which pods are the new ones; the Deployment's own figures say enough.
    known = snapshot.new_replicaset or "replicasets" not in snapshot.unread
    unready = known and snapshot.ready_new < desired
    if not snapshot.observed:
        return "the controller has not seen the new Deployment yet"
    if status.get("updatedReplicas", 0) < desired:
        return "new pods are being created"
    least = snapshot.deployment["spec"].get("minReadySeconds")
    if least and not unready and status.get("availableReplicas", 0) < min(status.get("updatedReplicas", 0), desired):
        return f"new pods are ready, and have to stay so for {least} s (minReadySeconds)"
    if status.get("replicas", 0) > status.get("updatedReplicas", 0) and not unready:
        return "old pods are terminating"
    if unready or status.get("availableReplicas", 0) < status.get("updatedReplicas", 0):
        return "new pods are not ready yet"
    if desired == 0:
        return ""
    waiting = unserved(snapshot)
    if waiting:
        return f"{label(waiting[0])} has no ready endpoint yet"
    untried = unproven(snapshot)
    return f"container {untried} has no readiness probe: it must run for {PROVEN_AFTER} s to count" if untried else ""


def only_wants_room(snapshot: Snapshot) -> bool:
    """Whether the set's own number of pods serves, and all that is missing of an autoscaler's are pods that find no
    room: that is a matter of the nodes, and not of this set."""
    status = snapshot.deployment.get("status") or {}
    if snapshot.least is None or snapshot.least >= snapshot.desired or not snapshot.observed:
        return False
    rolled_out = snapshot.desired <= status.get("updatedReplicas", 0) == status.get("replicas", 0)
    without_room = [pod for pod, _message in unschedulable(snapshot)]
    if not rolled_out or not without_room or len(without_room) != len(unready(snapshot)):
        return False
    enough = snapshot.ready_new >= max(snapshot.least, 1)
    return enough and not misled(snapshot) and not seconds_left(snapshot)


def misled(snapshot: Snapshot) -> list:
    """What keeps requests from the pods."""
    return [*selects_nothing(snapshot), *port_unknown(snapshot), *unserved(snapshot)]


def serves(snapshot: Snapshot) -> bool:
    """Whether users are served by this set: all its pods are ready, proven so, and its Services reach them. Old pods
    that are still terminating do not matter here."""
    enough = snapshot.ready_new >= max(snapshot.desired, 1)
    return enough and not misled(snapshot) and not seconds_left(snapshot)


def cannot_serve(snapshot: Snapshot) -> bool:
    """Whether it is known that nobody is served: no pod is ready, and for a reason that does not heal by itself, or the
    controller gave up."""
    return not (snapshot.ready_new or snapshot.ready_old) and judge(snapshot, 0.0).state == FAILED


def deadline_exceeded(snapshot: Snapshot) -> Finding | None:
    """The finding when the controller gave up: progressDeadlineSeconds passed without progress."""
    progressing = condition(snapshot.deployment, "Progressing")
    if not snapshot.observed or not gave_up(snapshot.deployment):
        return None
    if snapshot.before.get("gave_up") and progressing.get("lastUpdateTime") == snapshot.before["gave_up"]:
        return None
    return Finding(
        "ProgressDeadlineExceeded",
        label(snapshot.deployment),
        progressing.get("message", "no progress within progressDeadlineSeconds"),
        "See the pods' events and logs; if they only need longer, raise model_serving_progress_deadline "
        "(progressDeadlineSeconds).",
    )


def without_progress(snapshot: Snapshot, verdict: Verdict, now: float, patience: float) -> Finding:
    """The finding for a rollout that has stood still for ``patience`` seconds: what it was still waiting for."""
    return _timeout(
        snapshot,
        verdict,
        now,
        f"no progress for {patience:.0f} s",
        "Raise timeout (model_serving_timeout) if it only needs longer without progress; the other findings say what "
        "it waited for.",
    )


def over_total(snapshot: Snapshot, verdict: Verdict, now: float) -> Finding:
    """The finding for a rollout that advances and takes longer than the time in all that was given."""
    return _timeout(
        snapshot,
        verdict,
        now,
        f"not complete after {now:.0f} s",
        "Raise total_timeout (model_serving_total_timeout) if it only needs longer in all; the other findings say what "
        "it waited for.",
    )


def over_derived(snapshot: Snapshot, verdict: Verdict, now: float) -> Finding:
    """The same where the time in all is derived from the time without progress (see ``patience.total``)."""
    return _timeout(
        snapshot,
        verdict,
        now,
        f"not complete after {now:.0f} s",
        "Raise timeout (model_serving_timeout) if it only needs longer: the time in all is derived from it, as long as "
        "total_timeout (model_serving_total_timeout) does not say it; the other findings say what it waited for.",
    )


def _timeout(snapshot: Snapshot, verdict: Verdict, now: float, what: str, remedy: str) -> Finding:
    trouble = f"; {snapshot.trouble}" if snapshot.trouble else ""
    return Finding(
        TIMEOUT,
        label(snapshot.deployment) if snapshot.deployment else "Deployment",
        f"{what}: {verdict.line} ({summary(verdict.progress)}){trouble}",
        remedy,
        decided=round(now, 1),
    )


def summary(progress: dict) -> str:
    """ "new pods 1/3, old pods 3 serving" """
    text = f"new pods {progress['ready']}/{progress['desired']}"
    return text + (f", old pods {progress['old']} serving" if progress["old"] else "")

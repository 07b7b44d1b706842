# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controllers of Deployments and ReplicaSets."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable

from adversary.copies import clone
from adversary.direct import Direct, tolerant
from adversary.moments import epoch, stamp

MANAGER = "kube-controller-manager"
REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"


def owner(obj: dict) -> dict:
    """An ownerReference to it."""
    return {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "name": obj["metadata"]["name"],
        "uid": obj["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def is_of(obj: dict, other: dict) -> bool:
    uid = other["metadata"]["uid"]
    return any(entry["uid"] == uid for entry in obj["metadata"].get("ownerReferences") or [])


def is_ready(pod: dict) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    ready = any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)
    return ready and not pod["metadata"].get("deletionTimestamp")


def revision(obj: dict) -> int:
    return int((obj["metadata"].get("annotations") or {}).get(REVISION) or 0)


class Deployments:
    def __init__(self, api: Direct, clock: Callable[[], float]):
        self.api, self.clock = api, clock
        self._progress: dict[str, tuple] = {}

    def step(self) -> float | None:
        """When a deadline passes next."""
        found = [obj for obj in self.api.all("Deployment") if not obj["metadata"].get("deletionTimestamp")]
        return min(filter(None, (self._sync(obj) for obj in found)), default=None)

    def _sync(self, deployment: dict) -> float | None:
        sets = [entry for entry in self.api.all("ReplicaSet") if is_of(entry, deployment)]
        template = deployment["spec"]["template"]
        new = next((entry for entry in sets if _plain(entry["spec"]["template"]) == template), None)
        with tolerant():
            if not deployment["spec"].get("paused"):
                new = self._current(deployment, sets, new)
                sets = [entry for entry in self.api.all("ReplicaSet") if is_of(entry, deployment)]
                self._roll(deployment, new, [entry for entry in sets if not _same(entry, new)])
            elif len(sets) == 1:
                self._scale(sets[0], deployment["spec"]["replicas"])
            self._clean(deployment, sets, new)
            now = self.api.get("Deployment", deployment["metadata"]["namespace"], deployment["metadata"]["name"])
            if now is not None and now["metadata"]["generation"] == deployment["metadata"]["generation"]:
                return self._report(now, new)
            return self.clock()  # changed meanwhile: what was done is for what was there before
        return self.clock() + 0.1

    def _current(self, deployment: dict, sets: list, new: dict | None) -> dict:
        """The ReplicaSet of the present template, with the newest revision's number."""
        newest = max((revision(entry) for entry in sets if not _same(entry, new)), default=0)
        if new is None:
            new = self._made(deployment, newest + 1)
        elif revision(new) <= newest:
            new = self.api.patch(new, _numbered(newest + 1), MANAGER)
        if revision(deployment) != revision(new):
            self.api.patch(deployment, _numbered(revision(new)), MANAGER)
        return new

    def _made(self, deployment: dict, number: int) -> dict:
        template = clone(deployment["spec"]["template"])
        digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:8]
        labels = {**(template["metadata"].get("labels") or {}), HASH: digest}
        template["metadata"]["labels"] = labels
        name = f"{deployment['metadata']['name']}-{digest}"
        meta = {
            "name": name,
            "namespace": deployment["metadata"]["namespace"],
            "labels": labels,
            "annotations": {REVISION: str(number)},
            "ownerReferences": [owner(deployment)],
        }
        spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
        return self.api.create(self.api.resource("ReplicaSet"), {"metadata": meta, "spec": spec}, MANAGER)

    def _roll(self, deployment: dict, new: dict, old: list) -> None:
        desired = deployment["spec"]["replicas"]
        if deployment["spec"]["strategy"]["type"] == "Recreate":
            for entry in old:
                self._scale(entry, 0)
            pods = [pod for pod in self.api.all("Pod") if any(is_of(pod, entry) for entry in old)]
            if not pods:
                self._scale(new, desired)
            return
        surge, unavailable = limits(deployment)
        total = sum(entry["spec"]["replicas"] for entry in [new, *old])
        if new["spec"]["replicas"] > desired:
            self._scale(new, desired)
        elif new["spec"]["replicas"] < desired:
            room = max(desired + surge - total, 0)
            self._scale(new, min(new["spec"]["replicas"] + room, desired))
        self._scale_down(new, old, total, desired - unavailable)

    def _scale_down(self, new: dict, old: list, total: int, least: int) -> None:
        """Takes old pods away: first those that are not available, then as many as others make up for."""
        unavailable_new = new["spec"]["replicas"] - _available(new)
        room = total - least - unavailable_new
        for entry in sorted(old, key=revision):
            broken = min(entry["spec"]["replicas"] - _available(entry), room)
            if broken > 0:
                self._scale(entry, entry["spec"]["replicas"] - broken)
                room -= broken
        room = min(room, sum(_available(entry) for entry in [new, *old]) - least)
        for entry in sorted(old, key=revision):
            entry = self.api.get("ReplicaSet", entry["metadata"]["namespace"], entry["metadata"]["name"])
            fewer = min(entry["spec"]["replicas"], room)
            if fewer > 0:
                self._scale(entry, entry["spec"]["replicas"] - fewer)
                room -= fewer

    def _scale(self, entry: dict, replicas: int) -> None:
        if entry["spec"]["replicas"] != replicas:
            self.api.patch(entry, {"spec": {"replicas": replicas}}, MANAGER)

    def _clean(self, deployment: dict, sets: list, new: dict | None) -> None:
        idle = [
            entry
            for entry in sorted(sets, key=revision)
            if entry["spec"]["replicas"] == 0 and not (entry["status"] or {}).get("replicas") and not _same(entry, new)
        ]
        for entry in idle[: max(len(idle) - deployment["spec"]["revisionHistoryLimit"], 0)]:
            self.api.delete(entry)

    def _report(self, deployment: dict, new: dict | None) -> float | None:
        sets = [entry for entry in self.api.all("ReplicaSet") if is_of(entry, deployment)]
        of_new = [entry for entry in sets if _same(entry, new)]
        desired = deployment["spec"]["replicas"]
        figures = {
            "replicas": sum(entry["status"].get("replicas", 0) for entry in sets),
            "updatedReplicas": sum(entry["status"].get("replicas", 0) for entry in of_new),
            "readyReplicas": sum(entry["status"].get("readyReplicas", 0) for entry in sets),
            "availableReplicas": sum(_available(entry) for entry in sets),
        }
        complete = figures["updatedReplicas"] == figures["replicas"] == figures["availableReplicas"] == desired
        figures["unavailableReplicas"] = max(figures["replicas"], desired) - figures["availableReplicas"]
        progressing, due = self._progressing(deployment, new, figures, complete)
        surge_and_least = limits(deployment)
        available = figures["availableReplicas"] >= desired - surge_and_least[1]
        words = (
            ("MinimumReplicasAvailable", "Deployment has minimum availability.")
            if available
            else ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        )
        status = {
            "observedGeneration": deployment["metadata"]["generation"],
            **{name: value for name, value in figures.items() if value},
            "conditions": [self._condition(deployment, "Available", available, *words), progressing],
        }
        if deployment.get("status") != status:
            self.api.replace_status({**deployment, "status": status}, MANAGER)
        return due

    def _progressing(
        self, deployment: dict, new: dict | None, figures: dict, complete: bool
    ) -> tuple[dict, float | None]:
        uid, now = deployment["metadata"]["uid"], self.clock()
        state = (deployment["metadata"]["generation"], new and new["metadata"]["uid"], tuple(figures.values()))
        known, since = self._progress.get(uid, (None, now))
        if known != state:
            self._progress[uid], since = (state, now), now
        name = new["metadata"]["name"] if new else ""
        if complete:
            text = f'ReplicaSet "{name}" has successfully progressed.'
            return self._condition(deployment, "Progressing", True, "NewReplicaSetAvailable", text), None
        end = since + deployment["spec"]["progressDeadlineSeconds"]
        if now >= end:
            text = f'ReplicaSet "{name}" has timed out progressing.'
            return self._condition(deployment, "Progressing", False, "ProgressDeadlineExceeded", text), None
        text = f'ReplicaSet "{name}" is progressing.'
        return self._condition(deployment, "Progressing", True, "ReplicaSetUpdated", text), end

    def _condition(self, deployment: dict, kind: str, holds: bool, reason: str, message: str) -> dict:
        status, now = "True" if holds else "False", stamp(self.clock())
        held = [entry for entry in (deployment.get("status") or {}).get("conditions") or [] if entry["type"] == kind]
        same = bool(held) and held[0]["status"] == status
        unchanged = same and (held[0]["reason"], held[0]["message"]) == (reason, message)
        return {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastTransitionTime": held[0]["lastTransitionTime"] if same else now,
            "lastUpdateTime": held[0]["lastUpdateTime"] if unchanged else now,
        }


def _same(entry: dict, new: dict | None) -> bool:
    return new is not None and entry["metadata"]["uid"] == new["metadata"]["uid"]


class ReplicaSets:
    def __init__(self, api: Direct, clock: Callable[[], float]):
        self.api, self.clock = api, clock
        self._names = 0

    def step(self) -> None:
        for entry in self.api.all("ReplicaSet"):
            if not entry["metadata"].get("deletionTimestamp"):
                with tolerant():
                    self._sync(entry)

    def _sync(self, entry: dict) -> None:
        owned = [pod for pod in self.api.all("Pod") if is_of(pod, entry)]
        pods = [pod for pod in owned if not pod["metadata"].get("deletionTimestamp") and not _is_over(pod)]
        for _number in range(entry["spec"]["replicas"] - len(pods)):
            self._make(entry)
        spare = sorted(pods, key=lambda pod: (is_ready(pod), -_created(pod), pod["metadata"]["name"]))
        for pod in spare[: max(len(pods) - entry["spec"]["replicas"], 0)]:
            self.api.delete(pod)
        pods = [pod for pod in self.api.all("Pod") if is_of(pod, entry)]
        pods = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp") and not _is_over(pod)]
        ready = sum(1 for pod in pods if is_ready(pod))
        figures = {"fullyLabeledReplicas": len(pods), "readyReplicas": ready, "availableReplicas": ready}
        status = {"replicas": len(pods), **{name: value for name, value in figures.items() if value}}
        status["observedGeneration"] = entry["metadata"]["generation"]
        if entry.get("status") != status:
            self.api.replace_status({**entry, "status": status}, MANAGER)

    def _make(self, entry: dict) -> None:
        self._names += 1
        template = clone(entry["spec"]["template"])
        meta = {
            "name": f"{entry['metadata']['name']}-{self._names:05d}",
            "namespace": entry["metadata"]["namespace"],
            "labels": template["metadata"].get("labels") or {},
            "ownerReferences": [owner(entry)],
        }
        self.api.create(self.api.resource("Pod"), {"metadata": meta, "spec": template["spec"]}, MANAGER)


def limits(deployment: dict) -> tuple[int, int]:
    """maxSurge and maxUnavailable as numbers of pods."""
    rolling = deployment["spec"]["strategy"].get("rollingUpdate") or {}
    desired = deployment["spec"]["replicas"]
    surge = _share(rolling.get("maxSurge", "25%"), desired, math.ceil)
    unavailable = _share(rolling.get("maxUnavailable", "25%"), desired, math.floor)
    return (surge, unavailable) if surge or unavailable else (0, 1)


def _share(value: int | str, of: int, rounded: Callable[[float], int]) -> int:
    return rounded(int(value.rstrip("%")) * of / 100) if isinstance(value, str) else value


def _plain(template: dict) -> dict:
    """A pod template as the Deployment has it."""
    labels = {name: value for name, value in (template["metadata"].get("labels") or {}).items() if name != HASH}
    return {**template, "metadata": {**template["metadata"], "labels": labels}}


def _numbered(number: int) -> dict:
    return {"metadata": {"annotations": {REVISION: str(number)}}}


def _available(entry: dict) -> int:
    return (entry.get("status") or {}).get("availableReplicas", 0)


def _is_over(pod: dict) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded")


def _created(pod: dict) -> float:
    return epoch(pod["metadata"]["creationTimestamp"])

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduler and the kubelet of one node: gives pods a node, starts their container, and says how it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from adversary.copies import without_nulls
from adversary.direct import Direct, tolerant
from adversary.moments import stamp
from adversary.pods import Behaviour, behaviour

NODE = "node1"
BACK_OFF = (0.5, 10.0, 20.0, 40.0)
PROBE_EVERY = 5.0
PULL_AFTER, START_AFTER, TERMINATION = 0.1, 0.3, 0.4
ADDRESSES = "10.1.{}.{}"


@dataclass
class Record:
    """What the kubelet remembers of a pod. Times are epoch seconds. ``loaded`` is what its container serves."""

    seen: float
    address: str
    started: float | None = None
    ended: float | None = None
    ends: int = 0
    last_end: dict = field(default_factory=dict)
    next_probe: float = 0.0
    deleted: float | None = None
    loaded: dict = field(default_factory=dict)

    @property
    def restarts(self) -> int:
        """Starts after the first."""
        return self.ends - (self.ended is not None)


class Kubelet:
    def __init__(self, api: Direct, clock: Callable[[], float], random: Random):
        self.api, self.clock, self.random = api, clock, random
        self.records: dict[str, Record] = {}
        self.evicted = 0
        self._events = 0
        self._addresses = 0

    def step(self) -> float | None:
        """Does what is due; returns when something is due next, None for never."""
        pods = self.api.all("Pod")
        known = {pod["metadata"]["uid"] for pod in pods}
        self.records = {uid: record for uid, record in self.records.items() if uid in known}
        return min(filter(None, (self._care(pod) for pod in pods)), default=None)

    def serving(self, uid: str) -> dict:
        """What the pod of that uid answers."""
        return self.records[uid].loaded

    def _care(self, pod: dict) -> float | None:
        now, uid = self.clock(), pod["metadata"]["uid"]
        if uid not in self.records:
            self._addresses += 1
            self.records[uid] = Record(now, ADDRESSES.format(*divmod(self._addresses, 250)))
        record = self.records[uid]
        if pod["metadata"].get("deletionTimestamp"):
            return self._terminate(pod, record, now)
        if (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
            return None
        if not pod["spec"].get("nodeName"):
            return self._bind(pod)
        found = behaviour(pod["spec"]["containers"][0]["image"])
        if found.evicted and not self.evicted:
            self.evicted += 1
            return self._evict(pod)
        due, state, ready = self._run(pod, record, found, now)
        self._report(pod, record, state, ready)
        return due

    def _bind(self, pod: dict) -> float:
        with tolerant():
            self.api.bind(pod, NODE)
        return self.clock() + PULL_AFTER

    def _terminate(self, pod: dict, record: Record, now: float) -> float | None:
        record.deleted = record.deleted or now
        if now >= record.deleted + TERMINATION:
            with tolerant():
                self.api.delete(pod, 0)
            return None
        if record.started is not None:
            self._report(pod, record, {"running": {"startedAt": stamp(record.started)}}, False)
        return record.deleted + TERMINATION

    def _evict(self, pod: dict) -> None:
        status = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
        with tolerant():
            self.api.replace_status({**pod, "status": status}, "kubelet")

    def _run(self, pod: dict, record: Record, found: Behaviour, now: float) -> tuple[float | None, dict, bool]:
        """When something is due next, the container's state, and whether it is ready."""
        if not found.pulls:
            message = "rpc error: code = NotFound desc = failed to pull and unpack image: not found"
            return None, {"waiting": {"reason": "ErrImagePull", "message": message}}, False
        if now < record.seen + START_AFTER:
            return record.seen + START_AFTER, {"waiting": {"reason": "ContainerCreating"}}, False
        if record.started is None:
            missing = self._missing(pod)
            if missing:
                return now + 1.0, {"waiting": {"reason": "CreateContainerConfigError", "message": missing}}, False
            record.started, record.loaded = now, self._load(pod)
        if record.ended is not None:
            return self._back_off(record, now)
        ends = record.started + found.lasts
        crashes = record.ends < found.crashes
        if crashes and now >= ends:
            self._end(pod, record, found, ends)
            return self._back_off(record, now)
        due, ready = self._probe(pod, record, found, now)
        if crashes:
            due = min(due or ends, ends)
        return due, {"running": {"startedAt": stamp(record.started)}}, ready

    def _probe(self, pod: dict, record: Record, found: Behaviour, now: float) -> tuple[float | None, bool]:
        age = now - record.started
        turns = [found.ready_after or 0.0, *(found.unready or ())]
        ready = found.ready_after is not None and age >= found.ready_after
        if found.unready and found.unready[0] <= age < found.unready[1]:
            ready = False
        due = min((record.started + turn for turn in turns if turn > age), default=None)
        if ready:
            return due, True
        if now >= record.next_probe:
            if age > 1.0:
                self.event(pod, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
            record.next_probe = now + PROBE_EVERY
        return min(due or record.next_probe, record.next_probe), False

    def _end(self, pod: dict, record: Record, found: Behaviour, ends: float) -> None:
        record.ends += 1
        record.ended = ends
        record.last_end = {
            "exitCode": found.exit_code,
            "reason": "Error",
            "startedAt": stamp(record.started),
            "finishedAt": stamp(ends),
        }
        if found.by_liveness:
            self.event(pod, "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500")
            self.event(pod, "Killing", "Container api failed liveness probe, will be restarted", "Normal")

    def _back_off(self, record: Record, now: float) -> tuple[float, dict, bool]:
        pause = BACK_OFF[min(record.ends - 1, len(BACK_OFF) - 1)]
        if now >= record.ended + pause:
            record.started, record.ended = record.ended + pause, None
            return now, {"running": {"startedAt": stamp(record.started)}}, False
        if record.ends == 1:
            return record.ended + pause, {"terminated": record.last_end}, False
        message = f"back-off {pause:.0f}s restarting failed container=api pod={record.address}"
        return record.ended + pause, {"waiting": {"reason": "CrashLoopBackOff", "message": message}}, False

    def _missing(self, pod: dict) -> str:
        """What its container refers to and is not there, in the kubelet's words."""
        for kind, name in references(pod):
            if self.api.get(kind, pod["metadata"]["namespace"], name) is None:
                return f'{kind.lower()} "{name}" not found'
        return ""

    def _load(self, pod: dict) -> dict:
        container = pod["spec"]["containers"][0]
        loaded = {"image": container["image"]}
        for kind, name in references(pod):
            loaded |= self.api.get(kind, pod["metadata"]["namespace"], name).get("data") or {}
        return loaded | {entry["name"]: entry.get("value", "") for entry in container.get("env") or []}

    def _report(self, pod: dict, record: Record, state: dict, ready: bool) -> None:
        """Writes the pod's status where it is another than it was."""
        held = without_nulls(pod.get("status") or {})
        container = {
            "name": pod["spec"]["containers"][0]["name"],
            "image": pod["spec"]["containers"][0]["image"],
            "imageID": f"sha256:{pod['spec']['containers'][0]['image']}",
            "ready": ready,
            "started": "running" in state,
            "restartCount": record.restarts,
            "state": state,
            "lastState": {"terminated": record.last_end} if record.last_end and "terminated" not in state else {},
        }
        conditions = [
            {"type": kind, "status": "True" if value else "False"}
            for kind, value in (
                ("PodScheduled", True),
                ("Initialized", True),
                ("ContainersReady", ready),
                ("Ready", ready),
            )
        ]
        for condition in conditions:
            before = next((entry for entry in held.get("conditions") or [] if entry["type"] == condition["type"]), None)
            same = before is not None and before["status"] == condition["status"]
            condition["lastTransitionTime"] = before["lastTransitionTime"] if same else stamp(self.clock())
        status = {
            "phase": "Running" if record.started else "Pending",
            "qosClass": held.get("qosClass"),
            "podIP": record.address,
            "conditions": conditions,
            "containerStatuses": [container],
        }
        if {name: held.get(name) for name in status} != status:
            with tolerant():
                self.api.replace_status({**pod, "status": {**held, **status}}, "kubelet")

    def event(self, obj: dict, reason: str, message: str, kind: str = "Warning") -> None:
        self._events += 1
        meta, now = obj["metadata"], stamp(self.clock())
        event = {
            "metadata": {"name": f"{meta['name']}.{self._events}", "namespace": meta["namespace"]},
            "involvedObject": {name: meta[name] for name in ("name", "namespace", "uid")} | {"kind": obj["kind"]},
            "reason": reason,
            "message": message,
            "type": kind,
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "source": {"component": "kubelet"},
        }
        with tolerant():
            self.api.create(self.api.resource("Event"), event, "kubelet")


def references(pod: dict) -> list[tuple[str, str]]:
    """The ConfigMaps and Secrets that its container cannot start without."""
    found = []
    for source in pod["spec"]["containers"][0].get("envFrom") or []:
        for field_name, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if source.get(field_name):
                found.append((kind, source[field_name]["name"]))
    return found

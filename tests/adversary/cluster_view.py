# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be seen of a release from outside: what its users are answered, its objects, its history."""

from __future__ import annotations

from dataclasses import dataclass, field

from adversary.kubelet import Kubelet
from adversary.services import SERVICE_NAME
from adversary.world import World

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER, INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import autoscaler_of
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.replicas import replica_owners
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision

# Kept by controllers, or made by them.
NOT_OF_A_RELEASE = {"Pod", "ReplicaSet", "EndpointSlice", "Event", "Lease", "Namespace", "Node", "IngressClass"}

BINDING = ("finalizers", "ownerReferences")


@dataclass(frozen=True)
class Answers:
    """What the ready endpoints of a Service answer: the distinct answers, and how many endpoints there are."""

    ready: int
    distinct: tuple[tuple[str, str], ...]

    @property
    def only(self) -> tuple[str, str] | None:
        """(image, greeting) where all answer the same."""
        return self.distinct[0] if len(self.distinct) == 1 else None


def answers(world: World, name: str) -> Answers:
    uids = ready_pods(world, name)
    kubelet: Kubelet = world.controllers.kubelet
    found = [kubelet.serving(uid) for uid in uids if uid in kubelet.records]
    distinct = {(entry.get("image", ""), entry.get("GREETING", "")) for entry in found}
    return Answers(len(found), tuple(sorted(distinct)))


def ready_pods(world: World, name: str) -> list[str]:
    """The uids of the pods that requests to the Service reach."""
    if world.direct.get("Service", world.namespace, name) is None:
        return []
    slices = [
        entry
        for entry in world.direct.all("EndpointSlice")
        if (entry["metadata"].get("labels") or {}).get(SERVICE_NAME) == name and entry.get("ports")
    ]
    points = [point for entry in slices for point in entry.get("endpoints") or []]
    return [point["targetRef"]["uid"] for point in points if point["conditions"]["ready"]]


def configuration(world: World) -> dict[tuple[str, str], dict]:
    """All objects but those that controllers make, and but the histories; by kind and name."""
    return {
        (kind, obj["metadata"]["name"]): obj
        for kind in world.direct.kinds()
        if kind not in NOT_OF_A_RELEASE
        for obj in world.direct.all(kind)
        if obj.get("type") != revisions.SECRET_TYPE
    }


def held_by(world: World, name: str) -> dict[tuple[str, str], dict]:
    """Those objects that carry the release's label and are managed by us."""
    return {
        key: obj
        for key, obj in configuration(world).items()
        if (obj["metadata"].get("labels") or {}).get(INSTANCE) == name
        and any(entry["manager"] == FIELD_MANAGER for entry in obj["metadata"].get("managedFields") or [])
    }


def bound(world: World) -> dict[tuple[str, str], dict]:
    """Those that a finalizer holds, or that belong to another object: they cannot be made anew."""
    found = configuration(world).items()
    return {key: obj for key, obj in found if any(obj["metadata"].get(name) for name in BINDING)}


def history(world: World, name: str) -> list[Revision]:
    found = [
        revisions.decode(obj)
        for obj in world.direct.all("Secret")
        if obj.get("type") == revisions.SECRET_TYPE and obj["metadata"]["labels"].get(revisions.RELEASE_LABEL) == name
    ]
    return sorted(found, key=lambda entry: entry.number)


def leases(world: World) -> list[str]:
    return [obj["metadata"]["name"] for obj in world.direct.all("Lease")]


@dataclass
class Outages:
    """When a Service had no ready endpoint after it had some; to be told of every change."""

    world: World
    name: str
    since: list[float] = field(default_factory=list)
    _ready: int = 0

    def watch(self) -> None:
        self.world.api.store.listeners.append(self._changed)

    def _changed(self, change) -> None:
        if change.resource.kind not in ("EndpointSlice", "Service"):
            return
        ready = len(ready_pods(self.world, self.name))
        if self._ready and not ready:
            self.since.append(self.world.scheduler.now)
        self._ready = ready


@dataclass
class Lowered:
    """When a release lowered the replicas of a Deployment that an autoscaler has, below what ran when the last run
    began; to be told of every change, and of every run."""

    world: World
    found: list[str] = field(default_factory=list)
    ran: int = 0

    def run_begins(self, deployment: dict | None) -> None:
        self.ran = deployment["spec"]["replicas"] if deployment else 0

    def watch(self) -> None:
        self.world.api.store.listeners.append(self._changed)

    def _changed(self, change) -> None:
        if change.resource.kind != "Deployment" or change.before is None or change.after is None:
            return
        before, after = change.before.obj, change.after.document
        lower = after["spec"]["replicas"] < min(before["spec"]["replicas"], self.ran)
        if lower and FIELD_MANAGER in replica_owners(after) and self._is_scaled(after):
            now = self.world.scheduler.now
            self.found.append(f"{before['spec']['replicas']} to {after['spec']['replicas']} at {now:.2f}")

    def _is_scaled(self, deployment: dict) -> bool:
        standing = self.world.direct.all("HorizontalPodAutoscaler")
        return any(
            autoscaler_of([entry], deployment) and not entry["metadata"].get("deletionTimestamp") for entry in standing
        )

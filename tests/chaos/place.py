# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The namespace that releases are tried in: what is there of the release, of its history, and of others."""

from __future__ import annotations

import time

from chaos.users import Users
from chaos.wanted import NAME, THEIR_SET, Wanted, host_of, set_of
from cluster import Cluster

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision

KINDS = ("Deployment", "Service", "Ingress", "PodDisruptionBudget", "ConfigMap", "Secret")
# With the instance's label, as somebody may have set it by hand; and without.
BYSTANDERS = [
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "of-another"}, "data": {"a": "1"}},
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "of-another-with-the-label", "labels": {INSTANCE: NAME}},
        "data": {"a": "1"},
    },
]
Key = tuple[str, str]
# Seconds: a Deployment whose figures are the same for so long has come to rest, also one that will never be ready.
STILL, LONGEST = 4.0, 40.0
# Until pods that are going are no longer asked.
GOING = 20.0


class Place:
    def __init__(self, cluster: Cluster, users: Users):
        self.cluster, self.users = cluster, users
        # The bystanders, and what others have made before the first release, as they were made.
        self.bystanders: dict[Key, dict] = {}
        self.theirs: dict[Key, dict] = {}

    def begin(self) -> None:
        self.bystanders = {key(obj): self._make(obj, "kubectl-create") for obj in BYSTANDERS}

    def others_serve(self) -> None:
        """The same names, made by kubectl apply, and without our label."""
        objects = THEIR_SET.objects(host_of(self.cluster.namespace))
        for obj in objects:
            obj["metadata"].pop("labels", None)
        self.theirs = {key(obj): self._make(obj, "kubectl-client-side-apply") for obj in objects}

    def clear(self) -> None:
        """Away with what others have made."""
        for obj in self.theirs.values():
            if self.cluster.get(*key(obj)) is not None:
                self.cluster.kube.delete(obj, self.cluster.namespace)
        self.theirs = {}
        self.cluster.wait_for(lambda: not self.cluster.list("Pod"), 60)

    def _make(self, obj: dict, manager: str) -> dict:
        path = find(obj["kind"]).path(self.cluster.namespace)
        made = self.cluster.kube.request("POST", path, {"fieldManager": manager}, obj)
        return {"apiVersion": obj["apiVersion"], "kind": obj["kind"], **made}

    # What is there

    def history(self) -> list[Revision]:
        found = [
            revisions.decode(item)
            for item in self.cluster.list("Secret", revisions.selector(NAME))
            if item.get("type") == revisions.SECRET_TYPE
        ]
        return sorted(found, key=lambda entry: entry.number)

    @property
    def standing_set(self) -> Wanted | None:
        """The set that stands by the record; before the first release, what others have made."""
        stands = revisions.standing(self.history())
        if stands is None or stands.number == revisions.ORIGIN:
            return THEIR_SET if self.theirs else None
        return set_of(stands.objects)

    @property
    def serves(self) -> str:
        stands = self.standing_set
        return stands.greeting if stands else ""

    @property
    def is_given_up(self) -> bool:
        """Whether what was applied without waiting was put back after a failure, and failed too."""
        return any(entry.status == revisions.KEPT and entry.note == revisions.NEVER_SERVED for entry in self.history())

    def ours(self) -> dict[Key, dict]:
        """What has the instance's label, but for the bystanders."""
        found = {
            (kind, item["metadata"]["name"]): item
            for kind in KINDS
            for item in self.cluster.list(kind, f"{INSTANCE}={NAME}")
            if item.get("type") != revisions.SECRET_TYPE
        }
        return {key: item for key, item in found.items() if key not in self.bystanders}

    def leases(self) -> list[str]:
        return [item["metadata"]["name"] for item in self.cluster.list("Lease")]

    def settled(self) -> frozenset[str]:
        """What users are answered when nothing moves any more. What a killed run had sent may still be carried out."""
        end = time.monotonic() + LONGEST
        while True:
            generation = self._generation()
            texts = self._answered_at_rest()
            if self._generation() == generation or time.monotonic() > end:
                return texts

    def _generation(self) -> int:
        at = self.cluster.get("Deployment", NAME)
        return at["metadata"]["generation"] if at else 0

    def _answered_at_rest(self) -> frozenset[str]:
        figures, since, end = None, time.monotonic(), time.monotonic() + LONGEST
        while time.monotonic() < end and time.monotonic() < since + STILL:
            now = self._figures()
            if now is not None and now == (now[0],) * 3:
                break
            if now != figures:
                figures, since = now, time.monotonic()
            time.sleep(0.2)
        end = time.monotonic() + GOING
        while True:
            time.sleep(1.5)
            texts = self.users.since(time.monotonic() - 1.0).texts
            if len(texts) < 2 or time.monotonic() > end:
                return texts

    def _figures(self) -> tuple[int, int, int] | None:
        """Pods asked for, of the newest set, and available; None where the Deployment's controller has not counted."""
        at = self.cluster.get("Deployment", NAME)
        if at is None:
            return 0, 0, 0
        status = at.get("status") or {}
        if status.get("observedGeneration") != at["metadata"]["generation"]:
            return None
        return at["spec"]["replicas"], status.get("updatedReplicas", 0), status.get("availableReplicas", 0)


def key(obj: dict) -> Key:
    return (obj["kind"], obj["metadata"]["name"])

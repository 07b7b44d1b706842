# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to a release and is removed with it, and what is given back to those who made it."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import (
    KindMissing,
    KubeError,
    is_unpermitted,
)
from ansible_collections.modelops.serving.plugins.module_utils.client.requester import RETRIED
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set, secret_values
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER, INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    adoptions,
    diff,
    former,
    ownership,
    reading,
    relabelled,
    replicas,
    revisions,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.release.session import Session

# Seconds for one object of several, of which one may not stop the others.
OBJECT_PATIENCE = 10.0


class Belongings(Session):
    """A session that removes objects, or says which it would."""

    def remove(self, objects: list, dry_run: str | None) -> list:
        """Deletes those that exist and belong to this release; returns the changes. Kept objects go into the notes."""
        namespace, name = self.options.namespace, self.options.name
        kept = {object_set.key(obj): reason for obj in objects if (reason := self._reason_to_keep(obj))}
        stay = [
            f"{label(obj)} ({kept[object_set.key(obj)]})"
            for obj in objects
            if object_set.key(obj) in kept and reading.may_exist(self.kube, namespace, name, obj)
        ]
        removed = []
        removable = [obj for obj in objects if object_set.key(obj) not in kept]
        held, unread = reading.read_held(self.kube, namespace, removable)
        self.deleted += [at for at in held if at["metadata"].get("deletionTimestamp") and ownership.is_ours(at, name)]
        held = [at for at in held if not at["metadata"].get("deletionTimestamp")]
        others = relabelled.among(self.kube, self.history, held)
        self.outcome.warnings += [
            f"{text}: it was not removed. Remove it by hand if nothing else needs it."
            for text in relabelled.sentences(self.history, others)
        ]
        ours = [at for at in held if ownership.is_ours(at, name)]
        stay += [f"{label(obj)} (no permission to see it)" for obj in unread]
        self.history.left |= {object_set.key(obj) for obj in unread}
        for current in ours:
            reason = object_set.reason_to_keep(current, namespaced=True)
            if reason:
                stay.append(f"{label(current)} ({reason})")
                continue
            refusal = self._delete(current, dry_run)
            if refusal:
                stay.append(f"{label(current)} ({refusal})")
            else:
                removed.append(diff.compare(current, None))
        note = f"not removed: {', '.join(stay)}"
        if stay and note not in self.outcome.notes:
            self.outcome.notes.append(note)
        return removed

    def _delete(self, current: dict, dry_run: str | None) -> str:
        """Deletes an object, and returns "". What the API server refuses, for want of the permission, by a policy or
        because a webhook is down, stays, and the reason is returned: a release that serves has not failed for that."""
        try:
            with self.patience(OBJECT_PATIENCE):
                self.kube.delete(current, self.options.namespace, dry_run)
            self.deleted.append(current)
        except KubeError as error:
            if error.status not in (400, 403, 422, *RETRIED):
                raise
            self.history.left.add(object_set.key(current))
            self.refused.add(label(current))
            self.undeleted += [f"{label(current)} ({error.answer})"] if error.status in RETRIED else []
            return "no permission to delete it" if is_unpermitted(error) else error.answer
        return ""

    def lost_its_autoscaler(self, workload: dict, objects: list, after: dict | None, removed: list) -> bool:
        """Whether a workload that names a number was applied without it for an autoscaler that is gone by now, and
        has no other. ``after``: as it was applied; ``removed``: changes. While another one stands, or nobody knows,
        that has the say."""
        if "replicas" not in workload["spec"] or replicas.is_scaled(objects, workload):
            return False
        gone = {entry["name"] for entry in removed if entry["kind"] in replicas.AUTOSCALERS}
        held_back = after is not None and FIELD_MANAGER not in replicas.replica_owners(after)
        if not gone and not held_back:
            return False
        standing = reading.autoscalers_of(self.kube, self.options.namespace, workload)
        return standing is not None and all(at["metadata"]["name"] in gone for at in standing)

    def _reason_to_keep(self, obj: dict) -> str:
        """By the recorded object and by whether its kind is namespaced."""
        return object_set.reason_to_keep(obj, self._is_namespaced(obj))

    def _is_namespaced(self, obj: dict) -> bool:
        try:
            return self.kube.kind(obj["apiVersion"], obj["kind"]).namespaced
        except KindMissing:
            return True  # its CRD is gone: no such object exists

    def given_back(self) -> list:
        """What a removal gives back to its owners in place of removing it, as it was recorded."""
        origin = revisions.origin_in_place(self.history.entries)
        recorded = self.served(self.recorded(origin))[0] if origin else []
        recorded = recorded + adoptions.adopted(self.history.unfinished) + self._kept_of_others()
        return list({object_set.key(obj): obj for obj in self.held(recorded)}.values())

    def _kept_of_others(self) -> list:
        """What was adopted and belongs to the whole cluster, as it was recorded: it stays, and with it our content."""
        recorded = [obj for entry in self.history.entries if entry.number == revisions.ORIGIN for obj in entry.objects]
        return [
            obj
            for obj in self.served(recorded)[0]
            if object_set.kind_kept(obj["kind"], self._is_namespaced(obj)) == object_set.KEPT_CLUSTER_WIDE
        ]

    def left_by_former_owner(self, known: list) -> list[str]:
        """A sentence on what stands beside what was adopted, of a release that has adopted. ``known``: objects that are
        not meant."""
        if not any(entry.number == revisions.ORIGIN for entry in self.history.entries):
            return []
        keys = {object_set.key(obj) for obj in known}
        found = reading.read_all_of_others(self.kube, self.options.namespace, self.options.name)
        left = [at for at in found if object_set.key(at) not in keys]
        return former.sentences(left, self.options.namespace)

    def note_given_back(self, theirs: list) -> None:
        if theirs:
            self.outcome.notes.append(f"given back to its owners: {', '.join(map(label, theirs))}")

    def given_back_beside(self, wanted: list, undone: list[Revision]) -> list:
        """What these revisions adopted and the set does not have, as it was recorded: it is its owners' again."""
        keep = {object_set.key(obj) for obj in wanted}
        theirs = adoptions.adopted_still(undone, self.history.entries)
        return self.held([obj for obj in theirs if object_set.key(obj) not in keep])

    def held(self, recorded: list) -> list:
        """Those recorded objects that are ours now. What was given back since, or removed, is not, nor what another
        release has by now."""
        live = [(obj, reading.held(self.kube, self.options.namespace, obj)) for obj in recorded]
        return [obj for obj, at in live if at is not None and self.holder(obj, at) is None]

    def holder(self, obj: dict, at: dict) -> str | None:
        """The other release that has a live object. Of ours, whose label somebody has changed, there is none."""
        if not ownership.held_by_others([obj], {object_set.key(obj): at}, self.options.name, self.options.namespace):
            return None
        return None if relabelled.among(self.kube, self.history, [at]) else ownership.release_of(at)

    def recorded_objects(self) -> list:
        """What a removal removes: all that the history has, and, where a part of it was lost, what can be found.
        Raises ServingError where another tool applies what is found, and nothing is recorded."""
        recorded = self.history.objects
        known = {object_set.key(obj) for obj in recorded}
        found = [at for at in self.all_ours() if object_set.key(at) not in known]
        if not self.history.entries and not self.history.unreadable:
            self._refuse_applied_by_others(found)
        return recorded + found

    def _refuse_applied_by_others(self, found: list) -> None:
        """Nothing says that a release still has what another tool applies: it was handed over, and serves."""
        named = [text for at in found if (text := ownership.applied_by_others(at))]
        if named:
            raise ServingError(
                f"no release {self.options.name} is recorded in {self.options.namespace}, and another tool applies "
                f"{', '.join(named)}. Nothing was removed. Remove it with that tool. To remove it here all the same, "
                "deploy it with model_serving_adopt=true first."
            )

    def all_ours(self) -> list:
        """Every object that carries this release's label and that no other release has recorded: somebody may have
        changed the label of that one's."""
        found = reading.read_all_ours(self.kube, self.options.namespace, self.options.name)
        others = relabelled.recorded_by_others(self.kube, self.history) if found else {}
        taken = [at for at in found if object_set.key(at) in others]
        self.outcome.warnings += [
            f"{label(at)} was made by release {others[object_set.key(at)]}, and somebody changed its label {INSTANCE} "
            f"to {self.options.name}: it was left as it is"
            for at in taken
        ]
        found = [at for at in found if at not in taken]
        self.hidden |= secret_values.of(found)
        return found

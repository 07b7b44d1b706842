# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release would do, by the API server's dry run: for check mode. Writes nothing and takes no lock."""

from __future__ import annotations

import copy

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    adoptions,
    diff,
    expected,
    owners,
    ownership,
    revisions,
    verification,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.belongings import Belongings
from ansible_collections.modelops.serving.plugins.module_utils.release.drift import drift
from ansible_collections.modelops.serving.plugins.module_utils.release.managed_fields import (
    difference,
    owned,
    removed,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision


class Preview(Belongings):
    """The same methods as deploy.Deployer, by dry run. Raises ServingError."""

    def __init__(self, kube: Kube, options: Options):
        super().__init__(kube, options)
        self.outcome.planned = True

    def present(self, objects: list) -> Outcome:
        wanted = self.prepared(objects)
        verification.refuse_unknown_service(self.options.verify, self.options.name, wanted)
        self.check(wanted)
        if self.namespace_missing():
            return self._without_namespace(wanted)
        self.read_history()
        return self._compare(wanted, "")

    def rolled_back(self, number: int | None, replaces: int | None = None) -> Outcome:
        if self.namespace_missing():
            raise self.no_namespace()
        self.read_history()
        other = expected.other(self.history.entries, replaces)
        if other is not None:
            return self.left_to_others(replaces, other)
        goal = revisions.target(self.history.entries, number)
        wanted, gone = self.served(self.objects_of(goal))
        self.check_permissions(wanted)
        self.outcome.warnings += gone
        return self._compare(wanted, revisions.note_of_rollback(goal, self.history.entries))

    def absent(self) -> Outcome:
        if self.namespace_missing():
            return self.nothing_to_remove()
        self.read_history()
        recorded = self.recorded_objects()
        self.check_permissions(recorded)
        theirs = self.given_back()
        self.note_given_back(theirs)
        self.outcome.changes = self.remove(object_set.prune(recorded, theirs), "All")
        self.removed_any()
        return self.outcome

    def _compare(self, wanted: list, note: str) -> Outcome:
        standing = self.history.standing
        self.outcome.previous = self.outcome.revision = standing.number if standing else None
        live = self.live_of(standing, wanted)
        rehearsal = self.rehearsed(self.due(wanted, live), live)
        if rehearsal.refused:
            return self.refused_unchanged(standing, rehearsal.refused)
        self.history.refuse_too_large(wanted, ownership.foreign(wanted, live) + self.left_behind)
        self.outcome.warnings += [f"not known by a dry run: {text}" for text in rehearsal.unknown]
        self.outcome.warnings += self.switch(wanted, live).warnings
        live = self._without_going(live)
        self.outcome.drift = drift(wanted, live, self.tolerated)
        new = standing is None or standing.hash != object_set.digest(wanted)
        removed = self._removed(wanted, note) if self.options.wait else self._forgotten(wanted) if new else []
        after = self._with_own_replicas(wanted, rehearsal.after, removed)
        self.outcome.changes = self._changes(wanted, live, after) + removed
        self.outcome.highlights = diff.highlights(standing.objects, wanted) if standing else []
        self.outcome.changed = bool(self.outcome.changes) or new
        return self.outcome

    def _removed(self, wanted: list, note: str) -> list:
        """What is pruned; what others made is given back to them. ``note``: of the revision that would be recorded."""
        entries = self.history.entries
        would_be = Revision(revisions.next_number(entries), revisions.PENDING, "", "", note)
        undone = self.history.came_to_nothing + adoptions.undone_by(would_be, entries)
        back = self.given_back_beside(wanted, undone)
        return self.remove(object_set.prune(self.history.objects, wanted + back), "All")

    def _forgotten(self, wanted: list) -> list:
        """What goes with revisions that the history has no room for. Nobody has judged the new one: all else stays."""
        entries = revisions.applied_next(self.history.entries, wanted)
        forgotten = revisions.outdated(entries, self.options.history_limit)
        kept = [entry for entry in entries if entry not in forgotten]
        return self.remove(self.history.only_of(forgotten, kept), "All")

    def _with_own_replicas(self, wanted: list, after: dict, removed: list) -> dict:
        """What the dry run said, with the number of pods that the set names where its autoscaler is removed."""
        found = dict(after)
        for workload in object_set.scaled(wanted):
            key = object_set.key(workload)
            if key in after and self.lost_its_autoscaler(workload, wanted, after[key], removed):
                found[key] = copy.deepcopy(after[key])
                found[key]["spec"]["replicas"] = workload["spec"]["replicas"]
        return found

    def _without_going(self, live: dict) -> dict:
        """The live objects but for those that are being deleted, which the release waits for and makes anew."""
        going = [at for at in live.values() if at["metadata"].get("deletionTimestamp")]
        self.outcome.warnings += [f"{label(at)} is being deleted: it is waited for, and made anew" for at in going]
        return {key: at for key, at in live.items() if at not in going}

    def _changes(self, wanted: list, live: dict, after: dict) -> list:
        """What the dry run changes, and what is taken away of others' fields, which the dry run leaves where it is."""
        found = []
        for obj in wanted:
            key = object_set.key(obj)
            if key in after:
                before, now = live.get(key), after[key]
                found.append(diff.compare(before, now if before is None else self._without_taken(obj, before, now)))
        return [change for change in found if change]

    def _without_taken(self, obj: dict, before: dict, now: dict) -> dict:
        """What the dry run said of an object, without the fields of others that become ours and are not the set's. The
        API server says what it fills in anew."""
        taken = owners.fields_taken(before, obj, self.adopts, self.tolerated)
        gone = difference(owned({"metadata": {"managedFields": taken or []}}), owned(now))
        # Whoever owns the number of pods, it is what the dry run says.
        gone["f:spec"] = {name: below for name, below in (gone.get("f:spec") or {}).items() if name != "f:replicas"}
        if not any(gone.values()):
            return now
        left = removed(now, gone)
        left["metadata"].pop("managedFields", None)
        try:
            return self.kube.replace(left, self.options.namespace, "All")
        except KubeError as error:
            if error.status == 0:
                raise
            return left

    def _without_namespace(self, wanted: list) -> Outcome:
        self.refuse_missing_namespace()
        applied = self.kube.apply(self.namespace_object(wanted), self.options.namespace, "All", "false")
        self.outcome.changes = [diff.compare(None, applied)]
        self.outcome.changes += [diff.compare(None, obj) for obj in wanted if obj["kind"] != "Namespace"]
        self.outcome.changed = True
        self.outcome.notes.append(
            f"namespace {self.options.namespace} does not exist yet: the server checked its creation only; the other "
            "objects are shown as rendered and will be checked once it exists"
        )
        return self.outcome

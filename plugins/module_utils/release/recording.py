# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands before a release, and the revision that its set is."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set, secret_values
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    adoptions,
    ownership,
    reading,
    replicas,
    revisions,
    verification,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.drift import drifted
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.release.unjudged import Unjudged


class Recording(Unjudged):
    """A session that records what stood, so that it can be put back."""

    def changed_by_others(self, before: Revision, wanted: list, live: dict) -> list:
        """The live objects that others have changed, scaled or made in the place of the release's; and those of earlier
        revisions that were kept."""
        found = drifted(wanted, live, self.tolerated) + ownership.foreign(wanted, live)
        found += self._changed_beside(before, wanted)
        newer = [obj for entry in self.history.entries if entry.number >= before.number for obj in entry.objects]
        known = {object_set.key(obj) for obj in [*newer, *found]}
        beside = [live[key] for key in map(object_set.key, wanted) if key in live and key not in known]
        found += [at for at in beside if ownership.is_ours(at, self.options.name)]
        return found + [at for at in replicas.scaled_by_hand(before.objects, live) if at not in found]

    def _changed_beside(self, before: Revision, wanted: list) -> list:
        """The same of what the set no longer has: a failure puts that back, too."""
        named = {object_set.key(obj) for obj in wanted}
        left = [obj for obj in before.objects if object_set.key(obj) not in named]
        if before.number == revisions.ORIGIN or not left:
            return []
        at = reading.read_live(self.kube, self.options.namespace, self.options.name, self.served(left)[0])
        self.hidden |= secret_values.of(list(at.values()))
        changed = drifted(left, at, self.tolerated) + ownership.foreign(left, at)
        scaled = replicas.scaled_by_hand(before.objects, at)
        return changed + [one for one in scaled if one not in changed]

    def record(self, wanted, hashed, note, verify, live) -> tuple[Revision | None, Revision]:
        """What stands before this run, and the revision that this set is: the standing one, one that a killed run left
        behind, or a new one."""
        before, adopted = self.history.standing, ownership.foreign(wanted, live) + self.left_behind
        stood = adopted + self._unrecorded(wanted, live)
        if stood and (before is None or before.number == revisions.ORIGIN):
            before = self.history.record_origin(self._origin(before, live, stood))
            self.outcome.previous = before.number
        for pending in self.history.unfinished:
            known = {object_set.key(obj) for obj in pending.adopted}
            same = pending.status == revisions.PENDING and pending.hash == hashed
            if same and all(object_set.key(obj) in known for obj in adopted):
                self.progress.say(f"continuing r{pending.number}, which an earlier run left unfinished")
                self.outcome.revision = pending.number
                return before, pending
        stands = before is not None and before.hash == hashed and before.number != revisions.ORIGIN
        if stands and (not note or not self.history.unfinished):
            self.outcome.revision = before.number
            return before, before
        adopted += self._adopted_earlier(wanted, live, adopted)
        revision = self.history.begin(wanted, note, adopted, verification.recorded(verify), self.drifted)
        self.outcome.revision = revision.number
        return before, revision

    def _adopted_earlier(self, wanted: list, live: dict, adopted: list) -> list:
        """How objects of the set stood that an earlier run has adopted, and that were not given back since."""
        keys = {object_set.key(obj) for obj in wanted} - {object_set.key(obj) for obj in adopted}
        held = {key for key in keys if key in live and ownership.is_held(live[key])}
        return [obj for obj in adoptions.adopted_since_serving(self.history.entries) if object_set.key(obj) in held]

    def _unrecorded(self, wanted: list, live: dict) -> list:
        """Live objects of this release that no revision records as standing, because somebody removed its history, or
        the part that said so. They stood before this run, too: those that the set has, and then all the others."""
        lost = revisions.is_lost(self.history.entries)
        known = set() if lost else {object_set.key(obj) for entry in self.history.entries for obj in entry.objects}
        keys = [object_set.key(obj) for obj in wanted if obj["kind"] != "Namespace"]
        found = [live[key] for key in keys if key in live and key not in known]
        namespace, name = self.options.namespace, self.options.name
        has_any = any(ownership.is_ours(at, name) for at in found)
        # Under other names, where the set has nothing in common with it.
        if not has_any and not (lost and reading.has_deployment(self.kube, namespace, name)):
            return []
        stood = [at for at in self.all_ours() if object_set.key(at) not in known]
        stood = [at for at in stood if not at["metadata"].get("deletionTimestamp")]  # that is going already
        # What a removal has left, such as a claim, has never served.
        return stood if any(not object_set.reason_to_keep(at, namespaced=True) for at in stood) else []

    @staticmethod
    def _origin(recorded: Revision | None, live: dict, stood: list) -> list:
        """What stood before the first release, of what this set takes over: as it is now, or, where a run that was
        killed took it over already, as that run recorded it. What is gone or its owners' again is not part of it."""
        now = {object_set.key(obj): obj for obj in stood}
        known = {object_set.key(obj): obj for obj in recorded.objects} if recorded else {}
        taken = {key: known[key] for key, at in live.items() if key in known and ownership.is_held(at)}
        return list({**taken, **now}.values())

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out a release: lock, read, apply, wait, verify; then keep it, or restore what stood before."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError, is_namespace_missing
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding, finding_lines
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import selector_parameter
from ansible_collections.modelops.serving.plugins.module_utils.preflight import shared_addresses
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    adoptions,
    beside,
    companions,
    diff,
    expected,
    going,
    made_namespace,
    meanwhile,
    ownership,
    reading,
    replicas,
    revisions,
    verification,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.drift import drift
from ansible_collections.modelops.serving.plugins.module_utils.release.lock import LockLost, Overtaken
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Outcome
from ansible_collections.modelops.serving.plugins.module_utils.release.recording import Recording
from ansible_collections.modelops.serving.plugins.module_utils.release.refusals import Refused
from ansible_collections.modelops.serving.plugins.module_utils.release.report import highlight_lines
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.rollout import evidence
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import (
    DONE,
)

# Writing the history down has its own time as well: a rollout that used up all of its own still gets its record.
FINISH_TIMEOUT = 60.0
EVIDENCE_TIMEOUT = 15.0


class Deployer(Recording):
    """Carries out what the options ask for. Raises ServingError before a verdict. ``passed``: whether the set was
    judged, and well."""

    passed = False

    # state: present

    def present(self, objects: list) -> Outcome:
        wanted = self.prepared(objects)
        verification.refuse_unknown_service(self.options.verify, self.options.name, wanted)
        if self.kube.connection.in_cluster:  # an account that was not chosen is not used for reading either
            self.check(wanted)
        try:
            return self._present(wanted)
        except KubeError as error:
            if error.status == 403:  # the checks name everything that is not allowed, and what would allow it
                self.check(wanted)
            if not is_namespace_missing(error):
                raise
        self.check(wanted)
        self.refuse_missing_namespace()
        made = self.kube.apply(self.namespace_object(wanted), self.options.namespace, None, "false")
        try:
            outcome = self._present(wanted)
        except ServingError as error:
            if self.history.entries:
                raise
            raise ServingError(f"{str(error).rstrip('.')}. {made_namespace.remove(self.kube, made)}.") from error
        if not outcome.failed:
            created = diff.compare(None, made)
            outcome.changes = [created, *(one for one in outcome.changes if one["kind"] != "Namespace")]
        if outcome.failed and self._came_to_nothing():
            outcome.notes.append(made_namespace.remove(self.kube, made))
        return outcome

    def _came_to_nothing(self) -> bool:
        """Whether the API server refused the first release, and nothing of it was left for inspection."""
        refused = any(finding.reason == "ObjectRefused" for finding in self.outcome.findings)
        return refused and all(entry.status == revisions.FAILED for entry in self.history.entries)

    def _present(self, wanted: list) -> Outcome:
        """The lock is the first thing that is written: without the namespace nothing has happened yet."""
        with self.locked():
            self.read_history()
            return self._release(wanted, "", self.options.verify)

    def rolled_back(self, number: int | None, replaces: int | None = None) -> Outcome:
        """``replaces``: the revision that has to stand, if only that one is to be replaced."""
        try:
            return self._rolled_back(number, replaces)
        except KubeError as error:
            raise self.no_namespace() if is_namespace_missing(error) else error from error

    def _rolled_back(self, number: int | None, replaces: int | None) -> Outcome:
        with self.locked():
            self.read_history()
            other = expected.other(self.history.entries, replaces)
            if other is not None:
                return self.left_to_others(replaces, other)
            self.history.taken_back = replaces
            left = revisions.unjudged(self.history.entries) or revisions.kept_last(self.history.entries)
            if left and left.goal is None:
                self.settle("")  # a rollback that was interrupted goes on; anything else is judged first
            goal = revisions.target(self.history.entries, number)
            self.check_permissions(self.objects_of(goal))
            note = revisions.note_of_rollback(goal, self.history.entries)
            wanted, gone = self.served(self.objects_of(goal))
            self.outcome.warnings += gone
            outcome = self._release(wanted, note, verification.of_revision(goal.verify, self.options.verify))
            of_others = any(not ownership.is_ours(obj, self.options.name) for obj in revisions.of_others(goal))
            if of_others and not outcome.failed:
                outcome.notes.append(
                    "what stood before the first release is this release's until that is removed: state: absent gives "
                    "it back to its owners"
                )
            return outcome

    def _release(self, wanted: list, note: str, verify: dict) -> Outcome:
        hashed = object_set.digest(wanted)
        self.settle(hashed)
        before = self.history.standing
        self.outcome.previous = before.number if before else None
        live = self.live_of(before, wanted)
        try:
            live = self.without_going(live)
        except Refused as error:
            return self.refused_unchanged(before, [str(error)])
        self.stood = dict(live)
        self.drifted = self.changed_by_others(before, wanted, live) if before else []
        self.outcome.drift = drift(wanted, live, self.tolerated) if before and before.hash == hashed else []
        due = self.due(wanted, live)
        idle = before is not None and before.hash == hashed and self._untouched(before, wanted, live)
        if not idle:
            refused = self.rehearsed(due, live).refused
            if refused:
                for text in refused:
                    self.progress.say(f"ObjectRefused: {text}")
                return self.refused_unchanged(before, refused)
            self._refuse_unseen(wanted)
        before, revision = self.record(wanted, hashed, note, verify, live)
        self.outcome.warnings += self.left_by_former_owner(wanted)
        self.outcome.highlights = diff.highlights(before.objects, wanted) if before else []
        self._announce(revision, before)
        lifted = self._lift_what_is_left(before, wanted)
        try:
            changes, after = ([], live) if idle and revision is before else self.apply_set(due, live)
        except (Refused, KubeError) as error:
            return self._refused(revision, before, error)
        self.outcome.changes = lifted + changes
        self.outcome.changed = bool(self.outcome.changes) or revision is not before
        try:
            return self._judged(revision, before, wanted, after, verify)
        except Overtaken:
            raise
        except ServingError as error:
            self.lock.refuse_overtaken()
            left = self._left_judged(revision) if self.passed else self._left_at(revision, before)
            raise ServingError(f"{str(error).rstrip('.')}. {left}") from error

    def _lift_what_is_left(self, before: Revision | None, wanted: list) -> list:
        """Removes what keeps pods from starting and could not be removed when the set that had it failed."""
        if before is None or before.fingerprint:
            return []
        undone = [obj for entry in self.history.came_to_nothing for obj in entry.objects]
        return self.lift_restrictions(object_set.prune(undone, before.objects + wanted))

    def _judged(self, revision, before, wanted: list, after: dict, verify: dict) -> Outcome:
        """Waits, asks for a prediction, and ends the revision by the result."""
        if self.options.wait and self.outcome.changes:
            with self.patience(companions.SEEN + companions.READY):
                self.outcome.warnings += companions.free(
                    self.kube, self.options.namespace, wanted, self.progress.say, beside.is_failing
                )
        verdict, snapshot = self.follow(wanted, after, self.options.timeout, self.options.total_timeout)
        if verdict is None and self.options.wait:
            self.outcome.notes.append("no Deployment in the set: nothing was waited for, and nothing is judged")
        if verdict is not None and verdict.state != DONE:
            return self._failed(revision, before, verdict.findings, snapshot)
        if self.late:
            try:
                after = self.switch_late(wanted, after)
            except (Refused, KubeError) as error:
                return self._refused(revision, before, error)
            verdict, snapshot = self.follow(wanted, after, self.options.timeout)
            if verdict.state != DONE:
                return self._failed(revision, before, verdict.findings, snapshot)
        if self.options.wait and (self.outcome.changed or revision.status != revisions.SERVING):
            findings = self.verify(after, verify)
            if findings:
                return self._failed(revision, before, findings, snapshot)
            findings, seen = self.bake(wanted, after)
            if findings:
                return self._failed(revision, before, findings, seen)
            findings = self._changed_meanwhile(revision, wanted, after) if verdict is not None else []
            if findings:
                return self._failed(revision, before, findings, snapshot)
        if self.options.wait:
            self.outcome.warnings += companions.unready(self.kube, self.options.namespace, wanted)
            found = shared_addresses.warnings(self.kube, self.options.namespace, wanted)
            self.outcome.warnings += [text for text in found if text not in self.outcome.warnings]
        self.passed = self.options.wait and verdict is not None
        self._succeed(revision, wanted, after)
        return self.outcome

    def _changed_meanwhile(self, revision: Revision, wanted: list, after: dict) -> list[Finding]:
        """The last look before it counts: what was followed has to be what was applied. Another run's changes are no
        matter of this one, which has lost its lock then."""
        self.kube.deadline = time.monotonic() + FINISH_TIMEOUT
        self.lock.confirm()
        deployment = object_set.deployment_of(wanted)
        services = [at for at in after.values() if at["kind"] == "Service"]
        live = reading.read_live(self.kube, self.options.namespace, self.options.name, list(after.values()))
        now = live.get(object_set.key(deployment))
        outdated = now is not None and self._is_outdated(revision, live)
        added = drift([deployment], live, self.tolerated)
        found = meanwhile.judge(deployment, now, outdated, self.scaled_to_zero(wanted, live), added)
        return found + meanwhile.judge_services(services, live) + meanwhile.judge_others(list(after.values()), live)

    @staticmethod
    def _left_at(revision: Revision, before: Revision | None) -> str:
        """Where a run stopped that could not go on after it had applied its set."""
        if revision is before:
            return f"r{revision.number} stands, as before this run."
        stood = f"r{before.number} stood before. " if before else ""
        return f"r{revision.number} is applied and not judged; {stood}Run it again to continue, or roll back."

    @staticmethod
    def _left_judged(revision: Revision) -> str:
        """The same where only its record is missing."""
        return f"r{revision.number} passed every check and stands; that is not recorded. Run it again to record it."

    def _refuse_unseen(self, wanted: list) -> None:
        """Without its pods a rollout can be neither judged nor seen to be restored."""
        deployment = object_set.deployment_of(wanted)
        if deployment is None or not self.options.wait:
            return
        namespace = self.options.namespace
        for kind in ("Pod", "Deployment"):
            try:
                self.kube.list(find(kind), namespace, selector_parameter(deployment["spec"]["selector"]))
            except KubeError as error:
                if error.status != 403:
                    raise
                raise ServingError(
                    f"a rollout cannot be followed without its {kind.lower()}s: grant list and watch on "
                    f"{kind.lower()}s in {namespace}, or release without waiting (wait: false). Nothing was changed."
                ) from error

    def _untouched(self, revision: Revision, wanted: list, live: dict) -> bool:
        """The same set serves already and nobody has changed it since: applying it again would be idle."""
        if revision.status != revisions.SERVING or not revision.fingerprint or self.history.unfinished:
            return False
        if self.outcome.drift or self.scaled_to_zero(wanted, live) or replicas.scaled_by_hand(wanted, live):
            return False
        return revision.fingerprint == ownership.fingerprint(wanted, live)

    def _announce(self, revision: Revision, before: Revision | None) -> None:
        if revision is before:
            return
        earlier = f"r{before.number} → " if before else ""
        self.progress.note(f"{self.options.name} {earlier}r{revision.number} in {self.options.namespace}")
        for line in highlight_lines(self.outcome.highlights):
            self.progress.note(f"  {line}")

    # Success

    def _succeed(self, revision: Revision, wanted: list, after: dict) -> None:
        """Removes what the set no longer has, then writes the history. A revision that serves had that done, but
        for one that was only found to serve: that has no fingerprint."""
        self.kube.deadline = time.monotonic() + FINISH_TIMEOUT
        fingerprint = ownership.fingerprint(wanted, after)
        if revision.status == revisions.SERVING and revision.fingerprint and not self.history.unfinished:
            self.history.mark(revision, revisions.SERVING, fingerprint=fingerprint)
            return
        self.lock.confirm()
        if not self.options.wait:
            # Nobody has judged it: what is superfluous stays until somebody has.
            self.history.promote(revision, revisions.APPLIED, fingerprint)
            self._forget_unjudged()
            return
        undone = [entry for entry in self.history.came_to_nothing if entry is not revision]
        # The verdict comes first. Without its fingerprint, the next run of this set tidies up, too.
        self.history.promote(revision, revisions.SERVING, "")
        try:
            self._tidy_up(revision, wanted, after, undone)
            self.history.mark(revision, revisions.SERVING, fingerprint="" if self.refused else fingerprint)
            self.history.trim(self.options.history_limit)
        except LockLost:
            raise
        except ServingError as error:
            self.outcome.warnings.append(
                f"r{revision.number} serves, and not all that it has no more was removed or given back: "
                f"{str(error).rstrip('.')}. The next run goes on with it."
            )

    def _tidy_up(self, revision: Revision, wanted: list, after: dict, undone: list[Revision]) -> None:
        """Gives back and removes what the set does not have. ``undone``: revisions that came to nothing."""
        self.put_back_adopted(wanted, undone + adoptions.undone_by(revision, self.history.entries))
        superfluous = object_set.prune(self.history.objects, wanted)
        removed = self.remove(superfluous, None)
        self.disown_namespace(superfluous)
        self.outcome.changes += removed + self.own_replicas(wanted, after, removed)
        self.outcome.changed = self.outcome.changed or bool(removed)

    def _forget_unjudged(self) -> None:
        """Trims the history where nothing was pruned: what only a forgotten revision has would never be removed."""
        forgotten = revisions.outdated(self.history.entries, self.options.history_limit)
        kept = [entry for entry in self.history.entries if entry not in forgotten]
        ours = [obj for entry in kept if entry.number != revisions.ORIGIN for obj in entry.objects]
        try:
            self.put_back_adopted(ours, self.history.came_to_nothing)
        except LockLost:
            raise
        except ServingError as error:
            self.outcome.warnings.append(str(error))
            return
        self.outcome.changes += self.remove(self.history.only_of(forgotten, kept), None)
        self.history.trim(self.options.history_limit)

    # Failure

    def _failed(self, revision, before, findings: list[Finding], snapshot: Snapshot | None) -> Outcome:
        """Evidence first, then what stood before. A run that another one has overtaken has seen that one's pods."""
        self.kube.deadline = time.monotonic() + EVIDENCE_TIMEOUT
        try:
            self.lock.confirm()
        except Overtaken:
            raise
        except LockLost:
            pass  # it is told where the run goes back, and what was found is not lost
        self.outcome.failed = True
        self.outcome.findings = findings
        self.kube.deadline = time.monotonic() + EVIDENCE_TIMEOUT
        if snapshot is not None:
            self.outcome.evidence = evidence.gather(self.kube, self.options.namespace, snapshot, findings)
        first, *rest = finding_lines(findings[:2])
        self.progress.say(first)
        for line in rest:
            self.progress.note("        " + line)
        self.go_back(revision, before, findings[0].reason)
        return self.outcome

    def _refused(self, revision, before, error: Exception) -> Outcome:
        """The API server did not take an object: part of the set may stand already, so it is restored all the same."""
        if isinstance(error, KubeError) and error.status in (0, 401):  # which is not about the object
            raise ServingError(f"{str(error).rstrip('.')}. {self._left_at(revision, before)}") from error
        self.outcome.failed = True
        self.outcome.changed = True
        self.outcome.findings = [self.refusal(str(error))]
        self.progress.say(f"ObjectRefused: {error}")
        self.go_back(revision, before, "ObjectRefused")
        return self.outcome

    # state: absent

    def absent(self) -> Outcome:
        if self.namespace_missing():
            return self.nothing_to_remove()
        with self.locked():
            self.read_history()
            if any(entry.status == revisions.APPLIED and entry.adopted for entry in self.history.entries):
                self.settle("")  # what has never served was not taken over for good
            standing, recorded = self.history.standing, self.recorded_objects()
            self.check_permissions(recorded)
            self.outcome.previous = standing.number if standing else None
            theirs = self._give_back_all()
            self.outcome.changes = self.remove(object_set.prune(recorded, []), None)
            self.removed_any()
            if self.undeleted:
                raise ServingError(f"not removed: {', '.join(self.undeleted)}. Run it again when that is corrected.")
            if self.deleted:
                self._wait_gone()
            self.outcome.warnings += self.left_by_former_owner(theirs)
            self.lock.confirm()
            self.history.forget()
        return self.outcome

    def _give_back_all(self) -> list:
        theirs = self.given_back()
        try:
            self.give_back(theirs)
        except LockLost:
            raise
        except ServingError as error:
            raise ServingError(
                f"{str(error).rstrip('.')}. Nothing was removed. Run it again when that is corrected."
            ) from error
        self.note_given_back(theirs)
        return theirs

    def _wait_gone(self) -> None:
        """Waits until nothing of it is left, so that a new release of this name meets none of it."""
        if not self.options.wait:
            return
        left = going.wait(self.kube, self.options.namespace, self.deleted, self.progress.say)
        if left:
            self.outcome.notes.append(going.sentence(left, self.options.timeout))

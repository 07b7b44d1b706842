# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a failure: what stood before the run stands again, whoever made it."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    allocated,
    companions,
    ownership,
    reading,
    replicas,
    revisions,
    switching,
    takeover,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.execution import Execution
from ansible_collections.modelops.serving.plugins.module_utils.release.lock import LockLost
from ansible_collections.modelops.serving.plugins.module_utils.release.refusals import Refused
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import (
    DONE,
    TIMEOUT,
    Verdict,
)

# Restoring has time of its own, however much the rollout used.
RESTORE_TIMEOUT = 300.0
RESTRICTING = ("ResourceQuota", "LimitRange", "NetworkPolicy")


class Restore(Execution):
    """Ends a failed revision by what the options say: restore, remove or keep."""

    def go_back(self, revision: Revision, before: Revision | None, reason: str) -> None:
        """Whatever happens here, the findings and the evidence of the failure are kept."""
        self.kube.deadline = time.monotonic() + RESTORE_TIMEOUT
        goal = revisions.previous(self.history.entries) if revision is before else before
        try:
            self.kube.refresh_credentials()  # the rollout may have lasted longer than a token
            self.lock.confirm()
            stood = revision.status == revisions.SERVING or goal is None or self._was_replaced()
            if revision is before and stood:
                self._stay(revision)
            elif goal is None:
                self._after_first_failure(revision, reason)
            elif self.options.on_failure == "restore":
                self._restore(revision, goal, reason, self._changed(goal, before))
            else:
                self.history.mark(revision, revisions.KEPT, note=reason)
                self.outcome.restored = (
                    f"r{revision.number} is left as it is (on_failure: keep); r{goal.number} served before"
                )
        except ServingError as error:
            number = goal.number if goal else revision.number
            self.outcome.restored = (
                f"r{number} could not be restored: {str(error).rstrip('.')}. Run it again, or roll back, when that is "
                "corrected."
            )
        self.progress.say(self.outcome.restored)

    def _after_first_failure(self, revision: Revision, reason: str) -> None:
        if self.options.on_first_failure == "remove":
            self.put_back_adopted([], self.history.unfinished)
            superfluous = object_set.prune(self.history.objects, [])
            self.remove(superfluous, None)
            self.disown_namespace(superfluous)
            self._close(revision, reason)
            self._trim_failed()
            self.outcome.restored = "the first installation was removed again"
        else:
            self.history.mark(revision, revisions.KEPT, note=reason)
            self.outcome.restored = "the first installation is left for inspection (on_first_failure: keep)"

    def _stay(self, revision: Revision) -> None:
        """The set that stood was released again and failed: only what others had changed of it is put back."""
        self.outcome.restored = f"r{revision.number} is what stood before: there is nothing to restore"
        if not self.drifted:
            return
        after, problems = self.each(self.drifted, self.put_back_changed)
        verdict, _snapshot = self._follow_restored(self.drifted, after)
        ready = "" if verdict is None or verdict.state == DONE else ", but is not ready either"
        stands = f"as it was changed by hand{extent(problems, []) if problems else ''}"
        self.outcome.restored = f"r{revision.number} is what stood before; it was put back {stands}{ready}"
        self.outcome.drift = []

    def _was_replaced(self) -> bool:
        """Whether the Deployment that stood was somebody else's, in the place of the release's."""
        return any(obj["kind"] == "Deployment" and not ownership.is_held(obj) for obj in self.drifted)

    def _changed(self, goal: Revision, before: Revision | None) -> dict:
        """By key, the goal's objects as others had changed or made them before this run, or before the first of the
        runs that nobody has finished. What stood before the first release is recorded as it stood."""
        if goal.number == revisions.ORIGIN or (goal is not before and before.status != revisions.APPLIED):
            return {}
        keys = {object_set.key(obj) for obj in goal.objects}
        return {key: obj for key, obj in self._stood(goal).items() if key in keys}

    def _beside(self, goal: Revision) -> list:
        """Objects of ours that are not of this revision and stood beside it, such as one that is kept when a set no
        longer has it, as they stood before a run that came to nothing wrote to them. What an earlier revision had and
        nothing keeps was still to be pruned."""
        keys = {object_set.key(obj) for obj in goal.objects}
        earlier = [entry for entry in self.history.entries if entry.place < goal.place]
        prunable = {object_set.key(obj) for entry in earlier for obj in entry.objects}
        found = [(key, obj) for key, obj in self._stood(goal).items() if key not in keys and ownership.is_held(obj)]
        return [obj for key, obj in found if key not in prunable or object_set.reason_to_keep(obj, namespaced=True)]

    def _stood(self, goal: Revision) -> dict:
        """By key, what was not as it was released, as it stood before the first run since this revision. Of a set that
        was applied before and is asked for again, that run knows; what this one has found are changes to that set."""
        since = [
            entry for entry in self.history.entries if entry.number > goal.place and entry.status in revisions.OPEN
        ]
        again = any(entry.number == self.outcome.previous for entry in since)
        found = {} if again else {object_set.key(obj): obj for obj in self.drifted}
        for entry in sorted(since, key=lambda entry: -entry.number):
            found |= {object_set.key(obj): obj for obj in entry.drifted}
        return found

    def _restore(self, revision: Revision, goal: Revision, reason: str, changed: dict) -> None:
        """Puts back every object of the revision that stood, waits, and removes what only the failed one had.

        ``changed``: objects as they stood, where somebody had changed them by hand. Where these do not come ready, the
        revision is put back as it was released.

        The failed revision stays pending until that is done: a run that is killed here is seen by the next one.
        """
        began = time.monotonic()
        self._note_return(revision, goal, reason)
        wanted, gone = self.served(self.recorded(goal))
        self.outcome.warnings += gone
        wanted = [obj for obj in wanted if not self._has_run(obj)]
        is_origin = goal.number == revisions.ORIGIN
        if is_origin:
            wanted = self.held(wanted)
        write = self.put_back if is_origin else self._writer(wanted, changed)
        late = self._late(wanted)
        after, problems = self.each([obj for obj in wanted if obj not in late], write)
        self._require_deployment(revision, wanted, after, problems)
        self._lift(self._superfluous(revision, goal, wanted + self._beside(goal), changed))
        problems += companions.free(self.kube, self.options.namespace, wanted, self.progress.say, lambda _pod: True)
        verdict, _snapshot = self._follow_restored(wanted, after)
        if late:
            now, refused = self.each(late, write)
            after, problems = after | now, problems + refused
        if changed and verdict is not None and verdict.state != DONE:
            changed, self.kube.deadline = {}, time.monotonic() + RESTORE_TIMEOUT
            after, problems = self.each(wanted, self.applier(wanted))
            self._require_deployment(revision, wanted, after, problems)
            verdict, _snapshot = self._follow_restored(wanted, after)
        if verdict is not None and verdict.state != DONE:
            reasons = ", ".join(finding.reason for finding in verdict.findings)
            self.outcome.restored = f"r{goal.number} was put back, but is not ready either: {reasons}"
            self.outcome.findings += verdict.findings
            self._give_up(goal, verdict)
            return
        counts = verdict.progress if verdict else {}
        ready = f": {counts['ready']}/{counts['desired']} ready" if counts else ""
        by_hand = " as it was changed by hand" if changed else ""
        self.outcome.drift = []
        self.outcome.restored_revision = goal.number
        left = ""
        try:
            problems += self._tidy_up_after(revision, goal, wanted, after, changed)
            self._close(revision, reason)
            if not changed:
                self._trim_failed()
        except LockLost:
            raise
        except ServingError as error:
            left = f". Not all of r{revision.number} was undone: {str(error).rstrip('.')}. The next run goes on with it"
        self.outcome.warnings += companions.unready(self.kube, self.options.namespace, wanted)
        seconds = time.monotonic() - began
        if self.refused and not problems:
            problems = [f"{', '.join(sorted(self.refused))} of r{revision.number}, which could not be removed"]
        whole = extent(problems, gone) if problems or not left else ""
        self.outcome.restored = f"r{goal.number} restored{whole}{by_hand} in {seconds:.1f} s{ready}{left}"

    def _has_run(self, obj: dict) -> bool:
        """Whether it is a Job of what stood that went when it had finished: it is not run again."""
        if not object_set.ends_by_itself(obj):
            return False
        return not reading.may_exist(self.kube, self.options.namespace, self.options.name, obj)

    def _late(self, wanted: list) -> list:
        """Services and entrances that would leave the pods which serve now; they are put back once those of what stood
        are ready."""
        leading = [obj for obj in wanted if obj["kind"] in ("Deployment", "Service", *switching.ENTRANCES)]
        try:
            live = reading.read_live(self.kube, self.options.namespace, self.options.name, leading)
            return self.switch(wanted, live).late
        except KubeError as error:
            if error.status == 401:
                raise
            return []  # what stood comes first

    def _note_return(self, revision: Revision, goal: Revision, reason: str) -> None:
        """Records that this run goes back. What stood comes first: without that note, it is put back all the same."""
        try:
            if goal.status == revisions.SUPERSEDED:
                self.history.mark(goal, revisions.SERVING)
            self.history.mark(revision, revisions.PENDING, note=reason)
        except KubeError as error:
            if error.status == 401:
                raise
            self.outcome.warnings.append(f"the record of r{revision.number} could not be written: {error}")

    def _lift(self, superfluous: list) -> None:
        """What keeps pods from starting, of what only the failed set has, goes before the pods of what stood are waited
        for. No pod needs it."""
        self.lift_restrictions(superfluous)
        self.disown_namespace(superfluous)

    def lift_restrictions(self, superfluous: list) -> list:
        return self.remove([obj for obj in superfluous if obj["kind"] in RESTRICTING], None)

    def _tidy_up_after(self, revision: Revision, goal: Revision, wanted: list, after: dict, changed: dict) -> list[str]:
        """Gives back and removes what the failed revision has brought, once the goal stands again. Returns what could
        not be put back of what stood beside it."""
        is_origin = goal.number == revisions.ORIGIN
        self.put_back_adopted(wanted, self.history.unfinished)
        beside = self._beside(goal)
        _after, refused = self.each(beside, self.put_back_changed)
        removed = self.remove(self._superfluous(revision, goal, wanted + beside, changed), None)
        as_released = [obj for obj in wanted if object_set.key(obj) not in changed]
        if is_origin:
            self.own_replicas([takeover.as_configuration(obj) for obj in wanted], {}, removed)
        else:
            self.own_replicas(as_released, after, removed)
        self.put_back_replicas([changed.get(object_set.key(obj), obj) for obj in wanted] if changed else [], removed)
        if is_origin:
            self._hand_back_all(wanted, after)
        else:
            # What stands as it was changed by hand is not what was released: the next release of it prunes, too. So it
            # does what could not be removed for now.
            fingerprint = "" if changed or self.refused else ownership.fingerprint(goal.objects, after)
            self.history.mark(goal, goal.status, fingerprint=fingerprint)
        return refused

    def _hand_back_all(self, wanted: list, after: dict) -> None:
        """To the owners of what stood before the first release, what stands as it did. Raises ServingError for the
        rest, which stays this release's and is put back by the next run."""
        self.hand_back([obj for obj in wanted if object_set.key(obj) in after])
        left = [label(obj) for obj in wanted if object_set.key(obj) not in after]
        if left:
            raise ServingError(f"{', '.join(left)} is not given back")

    @staticmethod
    def _require_deployment(revision: Revision, wanted: list, after: dict, problems: list[str]) -> None:
        """Raises ServingError where the set has a Deployment, and that could not be put back."""
        deployment = object_set.deployment_of(wanted)
        if deployment is not None and object_set.key(deployment) not in after:
            raise ServingError(
                f"{'; '.join(problems)}. What r{revision.number} has made was left, for its pods may need it"
            )

    def _superfluous(self, revision: Revision, goal: Revision, wanted: list, changed: dict) -> list:
        """What has to go once these objects stand again. Objects as somebody has changed them may need those of a
        revision that failed since the goal served and was kept: only what was made after that goes."""
        if not changed:
            return object_set.prune(self.history.objects, wanted)
        since = min([revision.number, *(entry.number for entry in self.history.unfinished if entry.drifted)])
        kept = [entry for entry in self.history.entries if goal.place < entry.number < since]
        earlier = [obj for entry in kept for obj in entry.objects]
        later = [obj for entry in self.history.entries if entry.number >= since for obj in entry.objects]
        return object_set.prune(later, wanted + earlier)

    def _writer(self, wanted: list, changed: dict) -> Callable[[dict], dict]:
        """A function that puts one object of a set back."""
        applied = self.applier(wanted)

        def write(obj: dict) -> dict:
            key = object_set.key(obj)
            if key in changed:
                return self.put_back_changed(changed[key])
            as_it_was = allocated.as_it_was(obj, self.stood.get(key))
            as_it_was = replicas.as_they_were(as_it_was, wanted, self.stood.get(key))
            try:
                return applied(as_it_was)
            except Refused:
                if as_it_was == obj:
                    raise
                return applied(obj)  # another Service has the port by now

        return write

    def _give_up(self, goal: Revision, verdict: Verdict) -> None:
        """What nobody has ever seen serving, and fails now too, is nothing that a later failure goes back to. One that
        was only too slow may still come to serve."""
        if goal.status == revisions.APPLIED and all(finding.reason != TIMEOUT for finding in verdict.findings):
            self.history.mark(goal, revisions.KEPT, note=revisions.NEVER_SERVED)

    def _close(self, revision: Revision, reason: str) -> None:
        """The end of a failed revision, and of all that was left unfinished before it."""
        self.history.mark(revision, revisions.FAILED, note=reason)
        for entry in self.history.unfinished:
            self.history.mark(entry, revisions.FAILED)

    def _trim_failed(self) -> None:
        """Of what could not be removed, the record stays: the next release removes it."""
        if self.undeleted:
            return
        try:
            self.history.trim_failed(self.options.history_limit)
        except LockLost:
            raise
        except ServingError:  # all else is done; the next run trims
            return

    def _follow_restored(self, objects: list, after: dict) -> tuple[Verdict | None, Snapshot | None]:
        kept = dict(self.outcome.rollout)
        try:
            return self.follow(objects, after, max(RESTORE_TIMEOUT, self.options.timeout))
        finally:
            self.outcome.rollout = kept


def extent(problems: list[str], gone: list[str]) -> str:
    """How much of a revision stands again. ``problems``: objects that could not be put back. ``gone``: objects whose
    kinds the cluster no longer serves; the warnings name them."""
    if problems:
        return f", but for {'; '.join(problems)}"
    return "" if gone else " whole"

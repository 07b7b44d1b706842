# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no run has judged: whether it serves by now, before anything is released or rolled back."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.release import apply, reading, revisions, verification
from ansible_collections.modelops.serving.plugins.module_utils.release.restore import Restore
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.release.verification import Verifier
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer
from ansible_collections.modelops.serving.plugins.module_utils.rollout.proof import seconds_left
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import (
    cannot_serve,
    serves,
)

PROOF_POLL = 1.0


class Unjudged(Restore):
    """Settles what an earlier run left, by what stands."""

    def settle(self, hashed: str) -> None:
        """Judges what nobody has judged: a revision that was applied without waiting, or that a killed run left. Where
        it serves by now, it is what a failure puts back; where not, that is what served before it. Where nothing has,
        it is what a failure puts back all the same, unless it is known not to serve.

        What is asked for again (``hashed``) goes on, and is judged in its turn. What somebody has corrected by hand
        since is what stands, though no revision has served.
        """
        self.history.finish_promotion()
        self._settle_kept()
        left = revisions.unjudged(self.history.entries)
        if left is None:
            return
        if self.history.standing is None and self._is_corrected(left):
            self.history.mark(left, revisions.APPLIED)
            self.progress.say(f"r{left.number} was changed by hand, and its pods are ready: a failure puts it back so")
            return
        if left.hash == hashed:
            return
        does_serve = self._serves(left)
        self.outcome.prediction = {}  # its answer is not that of what is released now
        if does_serve:
            self.history.promote(left, revisions.SERVING, "")
            self.progress.say(f"r{left.number}, which no run has judged, serves")
        elif left.status == revisions.APPLIED and self._is_no_goal(left):
            self.history.mark(left, revisions.KEPT, note=revisions.NEVER_SERVED)

    def _settle_kept(self) -> None:
        """What failed, was kept over one that stands, and was corrected by hand since: by now it is what serves."""
        kept = revisions.kept_last(self.history.entries)
        if kept is not None and self._is_corrected(kept):
            self.history.mark(kept, kept.status, note=revisions.CORRECTED)
            self.history.promote(kept, revisions.SERVING, "")
            self.progress.say(f"r{kept.number} was changed by hand, and its pods are ready: it is what serves")

    def _is_no_goal(self, revision: Revision) -> bool:
        """Whether a failure does not go back to what was applied and does not serve now."""
        return revisions.previous(self.history.entries) is not None or self._cannot_serve(revision)

    def _serves(self, revision: Revision) -> bool:
        """Whether the Deployment is this revision's, all of its pods are ready, and it predicts as it should."""
        live = self._in_place(revision)
        if not live or not serves(self._standing(revision, live)):
            return False
        return not self.verify(live, verification.of_revision(revision.verify, self.options.verify))

    def _is_corrected(self, revision: Revision) -> bool:
        """Whether its Deployment is no longer as the revision has it, and all of its pods are ready."""
        live = self._live(revision)
        return self._is_outdated(revision, live) and serves(self._standing(revision, live))

    def _cannot_serve(self, revision: Revision) -> bool:
        """Whether the Deployment is this revision's, and known not to serve. Pods that are starting are not."""
        live = self._in_place(revision)
        if not live:
            return False
        observer = self._observer(revision, live)
        observer.list()
        return cannot_serve(observer.snapshot())

    def _in_place(self, revision: Revision) -> dict:
        """The live objects of a revision by key, {} where its Deployment is not what stands."""
        live = self._live(revision)
        return {} if self._is_outdated(revision, live) else live

    def _live(self, revision: Revision) -> dict:
        """The live objects of a revision by key, {} where its Deployment is not there."""
        deployment = object_set.deployment_of(revision.objects)
        if deployment is None:
            return {}
        live = reading.read_live(self.kube, self.options.namespace, self.options.name, self.served(revision.objects)[0])
        return live if object_set.key(deployment) in live else {}

    def _is_outdated(self, revision: Revision, live: dict) -> bool:
        """Whether applying its Deployment, if that is there, would change its pods, by the server's dry run. How many
        there are is another matter."""
        if not live:
            return False
        deployment, whole = object_set.deployment_of(revision.objects), revision.objects
        _changes, after = apply.apply_all(
            self.kube, self.options.namespace, [deployment], live, "All", lambda _live: True, self.lock.check, whole
        )
        key = object_set.key(deployment)
        return after[key]["spec"]["template"] != live[key]["spec"]["template"]

    def _standing(self, revision: Revision, live: dict) -> Snapshot:
        """What stands, read once; and again until it has run for long enough to count."""
        observer = self._observer(revision, live)
        snapshot = observer.standing()
        until = min(time.monotonic() + seconds_left(snapshot) + PROOF_POLL, self.kube.deadline)
        while seconds_left(snapshot) and time.monotonic() < until:
            self.lock.check()
            time.sleep(PROOF_POLL)
            snapshot = observer.standing()
        return snapshot

    def _observer(self, revision: Revision, live: dict) -> Observer:
        services = [obj for obj in live.values() if obj["kind"] == "Service"]
        return Observer.of(self.kube, live[object_set.key(object_set.deployment_of(revision.objects))], services)

    def verify(self, after: dict, verify: dict) -> list[Finding]:
        """Asks what was released for a prediction; what could not be asked is a warning, not a failure."""
        if not verify:
            return []
        verifier = Verifier(self.kube, self.options.namespace, verify, self.progress, self.outcome.changes)
        findings = verifier.ask(after)
        self.outcome.prediction = verifier.prediction
        self.outcome.warnings += verifier.unknown
        return findings

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out a release: lock, read, apply, wait; then keep the new revision or restore the previous one."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding, finding_lines
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import selector_parameter
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.release import apply, diff, ownership, revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.lock import Lock
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome
from ansible_collections.modelops.serving.plugins.module_utils.release.report import highlight_lines, waiting_line
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.release.session import Session
from ansible_collections.modelops.serving.plugins.module_utils.rollout import evidence
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

# Seconds that a restore may take, whatever the rollout used of its own timeout.
RESTORE_TIMEOUT = 300.0
# Seconds for writing the history after a rollout, which may have used up its whole timeout.
FINISH_TIMEOUT = 60.0


class Deployer(Session):
    """Carries out a release. Raises ServingError when it fails before there is a verdict."""

    def __init__(self, kube: Kube, options: Options, progress: Progress):
        super().__init__(kube, options)
        self.progress = progress
        self.lock: Lock | None = None

    # state: present

    def present(self, objects: list) -> Outcome:
        wanted = self.prepared(objects)
        if self.kube.connection.in_cluster:  # the pod's own account must be allowed before its first request
            self.check(wanted)
        try:
            return self._present(wanted)
        except KubeError as error:
            if error.status == 403:  # the checks name every missing permission and the rule that grants it
                self.check(wanted)
            if error.status != 404 or error.details.get("kind") != "namespaces":
                raise
        self.check(wanted)
        self.refuse_missing_namespace()
        self.kube.apply(self.namespace_object(wanted), self.options.namespace, None, "false")
        return self._present(wanted)

    def _present(self, wanted: list) -> Outcome:
        """The lock is written first: when the namespace is missing, nothing else has been written yet."""
        with self._locked():
            self.history.read()
            return self._release(wanted, "")

    def rolled_back(self, number: int | None) -> Outcome:
        self.checked = True  # a rollback is not refused for lack of capacity
        with self._locked():
            target = revisions.target(self.history.read().entries, number)
            return self._release(target.objects, f"rollback to r{target.number}")

    def _release(self, wanted: list, note: str) -> Outcome:
        serving = self.history.serving
        self.outcome.previous = serving.number if serving else None
        live = apply.read_live(self.kube, self.options.namespace, self.options.name, wanted)
        self.refuse_foreign(wanted, live)
        if not (serving and serving.hash == object_set.digest(wanted) and self._untouched(serving, wanted, live)):
            self.check(wanted)
        revision = self._revision(wanted, note, serving)
        self.outcome.highlights = diff.highlights(serving.objects, wanted) if serving else []
        self._announce(revision, serving)
        try:
            changes, after = ([], live) if self._untouched(revision, wanted, live) else self._apply(wanted, live)
        except (apply.Refused, KubeError) as error:
            return self._refused(revision, serving, error)
        self.outcome.changes = changes
        self.outcome.changed = bool(changes) or revision is not serving
        verdict, snapshot = self._follow(wanted, after, max(self.began + self.options.timeout - time.monotonic(), 1.0))
        if verdict is not None and verdict.state != rollout_verdict.DONE:
            return self._failed(revision, serving, verdict, snapshot)
        self._keep(revision, wanted, after)
        return self.outcome

    def _untouched(self, revision: Revision, wanted: list, live: dict) -> bool:
        """Whether the same set serves already and nobody has changed it since, so that there is nothing to apply."""
        if revision.status != revisions.SERVING or not revision.fingerprint:
            return False
        if any(ownership.editors(current) for current in live.values()):
            return False
        return revision.fingerprint == ownership.fingerprint(wanted, live)

    def _revision(self, wanted: list, note: str, serving: Revision | None) -> Revision:
        """The revision that this set is: the serving one, the one a killed run left behind, or a new one."""
        hashed = object_set.digest(wanted)
        pending = self.history.pending
        if pending and pending.hash == hashed:
            self.progress.say(f"continuing r{pending.number}, which an earlier run left unfinished")
            self.outcome.revision = pending.number
            return pending
        if pending:
            self.history.mark(pending, revisions.FAILED, note="left unfinished by an earlier run")
        if serving and serving.hash == hashed and not note:
            self.outcome.revision = serving.number
            return serving
        revision = self.history.begin(wanted, note)
        self.outcome.revision = revision.number
        return revision

    def _announce(self, revision: Revision, serving: Revision | None) -> None:
        if revision is serving:
            return
        before = f"r{serving.number} → " if serving else ""
        self.progress.note(f"{self.options.name} {before}r{revision.number} in {self.options.namespace}")
        for line in highlight_lines(self.outcome.highlights):
            self.progress.note(f"  {line}")

    def _apply(self, wanted: list, live: dict) -> tuple[list, dict]:
        apply.take_over(self.kube, self.options.namespace, wanted, live, self.adopts)
        return apply.apply_all(self.kube, self.options.namespace, wanted, live, None, self.adopts, self.lock.check)

    def _follow(self, wanted: list, after: dict, timeout: float):
        """Waits for the Deployment of the set; (None, None) when there is none, or with wait: false."""
        deployment = object_set.deployment_of(wanted)
        if deployment is None or not self.options.wait:
            return None, None
        applied = after[object_set.key(deployment)]
        services = [after[object_set.key(obj)] for obj in wanted if obj["kind"] == "Service"]
        observer = Observer.of(self.kube, applied, services)
        try:
            verdict, snapshot = observer.follow(
                timeout,
                self._say,
                applied["metadata"].get("generation", 0),
                self.lock.check,
            )
        finally:
            observer.stop()
        self.outcome.rollout = dict(verdict.progress, seconds=round(time.monotonic() - self.began, 1))
        return verdict, snapshot

    def _say(self, verdict: rollout_verdict.Verdict, now: float) -> None:
        if verdict.state == rollout_verdict.WAITING:
            self.progress.say(waiting_line(verdict, now))

    def _keep(self, revision: Revision, wanted: list, after: dict) -> None:
        """Success: removes what the set no longer has, then writes the history. A serving revision has had both."""
        self.kube.deadline = time.monotonic() + FINISH_TIMEOUT
        fingerprint = ownership.fingerprint(wanted, after)
        if revision.status == revisions.SERVING:
            self.history.mark(revision, revisions.SERVING, fingerprint=fingerprint)
            return
        if not self.options.wait:
            return
        self.outcome.changes += self.remove(object_set.prune(self.history.objects, wanted), None)
        self.history.promote(revision, fingerprint)
        self.history.trim(self.options.history_limit)

    # Failure

    def _failed(self, revision, serving, verdict: rollout_verdict.Verdict, snapshot: Snapshot) -> Outcome:
        """Gathers the evidence before the restore changes anything."""
        self.outcome.failed = True
        self.outcome.findings = verdict.findings
        self.kube.deadline = time.monotonic() + 15
        self.outcome.evidence = evidence.gather(self.kube, self.options.namespace, snapshot, verdict.findings)
        for line in finding_lines(verdict.findings[:2]):
            if line.startswith(" "):
                self.progress.note(f"        {line}")
            else:
                self.progress.say(line)
        self._roll_back(revision, serving, verdict.findings[0].reason)
        return self.outcome

    def _refused(self, revision, serving, error: Exception) -> Outcome:
        """The API server refused an object. Part of the set may have been applied, so it is restored all the same."""
        if isinstance(error, KubeError) and error.status == 0:
            raise error
        self.outcome.failed = True
        self.outcome.changed = True
        self.outcome.findings = [
            Finding("ObjectRefused", self.options.name, str(error), "Correct the object that the message names.")
        ]
        self.progress.say(f"ObjectRefused: {error}")
        self._roll_back(revision, serving, "ObjectRefused")
        return self.outcome

    def _roll_back(self, revision: Revision, serving: Revision | None, reason: str) -> None:
        self.kube.deadline = time.monotonic() + RESTORE_TIMEOUT
        if revision is serving:
            self.outcome.restored = f"r{serving.number} served before this run too: there is nothing to restore"
            return
        self.history.mark(revision, revisions.FAILED, note=reason)
        if serving is None:
            self._after_first_failure(revision)
        elif self.options.on_failure == "restore":
            self._restore(revision, serving)
        else:
            self.outcome.restored = (
                f"r{revision.number} is left as it is (on_failure: keep); r{serving.number} served before"
            )

    def _after_first_failure(self, revision: Revision) -> None:
        if self.options.on_first_failure == "remove":
            ordered = object_set.prune(revision.objects, [])
            self.remove(ordered, None)
            self.outcome.restored = "the first installation was removed again"
        else:
            self.outcome.restored = "the first installation is left for inspection (on_first_failure: keep)"
        self.progress.say(self.outcome.restored)

    def _restore(self, revision: Revision, serving: Revision) -> None:
        """Restores every object of the revision that served, waits, and removes what only the failed one had."""
        began = time.monotonic()
        live = apply.read_live(self.kube, self.options.namespace, self.options.name, serving.objects)
        _changes, after = self._apply(serving.objects, live)
        verdict, _snapshot = self._follow_restore(serving.objects, after)
        if verdict is not None and verdict.state != rollout_verdict.DONE:
            reasons = ", ".join(finding.reason for finding in verdict.findings)
            self.outcome.restored = f"r{serving.number} was restored, but is not ready either: {reasons}"
            self.outcome.findings += verdict.findings
        else:
            self.remove(object_set.prune(revision.objects, serving.objects), None)
            counts = verdict.progress if verdict else {}
            ready = f": {counts['ready']}/{counts['desired']} ready" if counts else ""
            self.outcome.restored = f"r{serving.number} restored whole in {time.monotonic() - began:.1f} s{ready}"
            self.outcome.restored_revision = serving.number
        self.progress.say(self.outcome.restored)

    def _follow_restore(self, objects: list, after: dict):
        kept = dict(self.outcome.rollout)
        try:
            return self._follow(objects, after, RESTORE_TIMEOUT)
        finally:
            self.outcome.rollout = kept

    # state: absent

    def absent(self) -> Outcome:
        if self.namespace_missing():
            return self.outcome
        with self._locked():
            self.history.read()
            recorded = self.history.objects
            self.outcome.previous = self.history.serving.number if self.history.serving else None
            self.outcome.changes = self.remove(object_set.prune(recorded, []), None)
            self.outcome.changed = bool(self.outcome.changes or self.history.entries)
            self._wait_gone(recorded)
            self.history.forget()
        return self.outcome

    def _wait_gone(self, recorded: list) -> None:
        """Waits until the pods are gone, so that a new release of this name meets none of them."""
        deployment = object_set.deployment_of(recorded)
        if deployment is None or not self.options.wait:
            return
        labels = selector_parameter(deployment["spec"]["selector"])
        while time.monotonic() < self.kube.deadline:
            pods = self.kube.list(find("Pod"), self.options.namespace, labels)["items"]
            if not pods:
                return
            self.progress.say(f"{len(pods)} pods terminating")
            time.sleep(0.5)
        self.outcome.notes.append(f"pods still terminating after {self.options.timeout:.0f} s")

    def _locked(self) -> Lock:
        self.lock = Lock(self.kube, self.options.namespace, self.options.name, self.progress.say)
        return self.lock

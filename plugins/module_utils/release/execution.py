# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every change to a release is made of: the lock, applying a set, waiting for its Deployment."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.requester import RETRIED
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.common.secret_makers import made_by
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    anew,
    apply,
    bake,
    diff,
    owners,
    reading,
    replicas,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.baking import Baking
from ansible_collections.modelops.serving.plugins.module_utils.release.belongings import OBJECT_PATIENCE, Belongings
from ansible_collections.modelops.serving.plugins.module_utils.release.lock import Lock
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options
from ansible_collections.modelops.serving.plugins.module_utils.release.refusals import Refused, explained
from ansible_collections.modelops.serving.plugins.module_utils.release.report import waiting_line
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot
from ansible_collections.modelops.serving.plugins.module_utils.rollout.verdict import (
    WAITING,
    Verdict,
    is_short,
    unread_lines,
)

# Seconds for one object that comes again at the end, after all others.
LATE_PATIENCE = 120.0


class Execution(Belongings):
    """A session that writes. ``lock`` is held while it does."""

    def __init__(self, kube: Kube, options: Options, progress: Progress):
        super().__init__(kube, options)
        self.progress = progress
        progress.hidden = self.hidden
        self.lock: Lock | None = None
        # Live objects that others had changed before this run, or made in the place of the release's.
        self.drifted: list = []
        # The live objects of the set, by key, as they stood before this run.
        self.stood: dict = {}
        # Services that are changed once the new pods are ready.
        self.late: list = []

    def locked(self) -> Lock:
        def others_worked() -> bool:
            return not self.history.is_as_recorded()

        self.lock = Lock(self.kube, self.options.namespace, self.options.name, self.progress.say, others_worked)
        return self.lock

    def without_going(self, live: dict) -> dict:
        """The live objects once those are gone that are being deleted: what is applied to them would go with them.
        Raises Refused for what does not go."""
        going = {key: at for key, at in live.items() if at["metadata"].get("deletionTimestamp")}
        for at in going.values():
            self.progress.say(f"{label(at)} is being deleted, and is waited for")
            anew.wait_gone(self.kube, self.options.namespace, at)
        return {key: at for key, at in live.items() if key not in going}

    def apply_set(self, wanted: list, live: dict) -> tuple[list, dict]:
        """All of it, but for the Services that switch_late() changes."""
        planned = self.switch(wanted, live)
        self.late = planned.late
        self.outcome.warnings += planned.warnings
        now = [obj for obj in wanted if obj not in self.late]
        changes, after = self._take_over_and_apply(now, live, wanted, self.adopts)
        return changes, after | {object_set.key(obj): live[object_set.key(obj)] for obj in self.late}

    def _take_over_and_apply(
        self, objects: list, live: dict, whole: list, adopt: Callable[[dict], bool]
    ) -> tuple[list, dict]:
        """What a policy does not let change its owners as it stands is applied first: the set may obey it."""
        namespace, check = self.options.namespace, self.lock.check
        denied = [obj for obj, _error in self._take_over(objects, live)]
        changes, after = apply.apply_all(self.kube, namespace, objects, live, None, adopt, check, whole)
        if not denied:
            return changes, after
        for obj, error in self._take_over(denied, after):
            raise explained(error, obj)
        _changes, again = apply.apply_all(self.kube, namespace, denied, after, None, adopt, check, whole)
        after |= again
        compared = [diff.compare(live.get(object_set.key(obj)), after[object_set.key(obj)]) for obj in objects]
        return [change for change in compared if change], after

    def _take_over(self, objects: list, live: dict) -> list[tuple[dict, KubeError]]:
        return owners.take_over(self.kube, self.options.namespace, objects, live, self.adopts, self.tolerated)

    def switch_late(self, wanted: list, after: dict) -> dict:
        """The objects after the Services of the set that would have left the pods before lead to the new ones."""
        late, self.late = self.late, []
        self.progress.say(f"{', '.join(map(label, late))} leads to the new pods from now on")
        changes, now = self._take_over_and_apply(late, after, wanted, self.adopts)
        self.outcome.changes += changes
        return after | now

    def follow(
        self, wanted: list, after: dict, timeout: float, total: float | None = None
    ) -> tuple[Verdict | None, Snapshot | None]:
        """Waits for the Deployment of the set; (None, None) when there is none or waiting is not wanted."""
        deployment = object_set.deployment_of(wanted)
        if deployment is None or not self.options.wait or object_set.key(deployment) not in after:
            return None, None
        services = self._services_of(deployment, wanted, after)
        least = replicas.minimum(deployment, wanted) if replicas.is_scaled(wanted, deployment) else None
        return self.wait_for(after[object_set.key(deployment)], services, timeout, total, made_by(wanted), least)

    def wait_for(
        self,
        applied: dict,
        services: list,
        timeout: float,
        total: float | None = None,
        secret_makers: dict[str, str] | None = None,
        least: int | None = None,
    ) -> tuple[Verdict, Snapshot]:
        """Follows the rollout of a Deployment as it was applied. ``timeout``: without progress, ``total``: in all.
        ``secret_makers``, ``least``: see Snapshot."""
        observer = Observer.of(self.kube, applied, services)
        observer.secret_makers, observer.least = secret_makers or {}, least
        try:
            verdict, snapshot = observer.follow(timeout, self._say, applied, self.lock.check, total)
        finally:
            observer.stop()
        self.outcome.rollout = dict(verdict.progress, seconds=round(time.monotonic() - self.began, 1))
        lines = unread_lines(verdict) + ([self._without_room(verdict)] if is_short(verdict) else [])
        self.outcome.notes += [line for line in lines if line not in self.outcome.notes]
        return verdict, snapshot

    @staticmethod
    def _without_room(verdict: Verdict) -> str:
        counts = verdict.progress
        return (
            f"{counts['desired'] - counts['ready']} of {counts['desired']} pods find no room: the autoscaler asks for "
            "more than the nodes hold (model_serving_autoscaling_max_replicas, or more nodes)"
        )

    def bake(self, wanted: list, after: dict) -> tuple[list[Finding], Snapshot | None]:
        """Watches what was released for the seconds that the options say; what fails it, and the last snapshot."""
        deployment = object_set.deployment_of(wanted)
        if not self.options.bake.get("seconds") or deployment is None:
            return [], None
        baking = Baking(self.kube, self.options.name, self.options.namespace, self.options.bake, self.progress)
        began = time.monotonic()
        findings = baking.watch(self._observer_of(deployment, wanted, after), self.lock.check)
        seconds = time.monotonic() - began
        self.outcome.baked = bake.as_dict(baking.seen, seconds)
        self.outcome.notes += [] if findings else [bake.line(baking.seen, seconds)]
        self.outcome.warnings += baking.warnings
        return findings, baking.snapshot

    def _observer_of(self, deployment: dict, wanted: list, after: dict) -> Observer:
        services = self._services_of(deployment, wanted, after)
        return Observer.of(self.kube, after[object_set.key(deployment)], services)

    @staticmethod
    def _services_of(deployment: dict, wanted: list, after: dict) -> list:
        keys = [object_set.key(obj) for obj in object_set.services_of(wanted, deployment)]
        return [after[key] for key in keys if key in after]

    def _say(self, verdict: Verdict, now: float) -> None:
        if verdict.state == WAITING:
            self.progress.say(waiting_line(verdict, now))

    def each(self, objects: list, write: Callable[[dict], dict]) -> tuple[dict, list[str]]:
        """The objects as they stand after ``write`` by key, and what the API server did not take: one such object stops
        no other. What it may take later, such as one whose webhook is down, comes last once more."""
        after, problems, late = {}, [], []
        for obj in objects:
            try:
                with self.patience(OBJECT_PATIENCE):
                    after[object_set.key(obj)] = write(obj)
            except Refused as error:
                problems.append(str(error))
            except KubeError as error:
                if error.status == 401:
                    raise
                temporary = error.status == 0 or error.status in RETRIED
                late += [obj] if temporary else []
                problems += [] if temporary else [f"{label(obj)} ({error})"]
        for obj in late:
            try:
                with self.patience(LATE_PATIENCE):
                    after[object_set.key(obj)] = write(obj)
            except (Refused, KubeError) as error:
                if isinstance(error, KubeError) and error.status in (0, 401):
                    raise
                problems.append(f"{label(obj)} ({error})")
        return after, problems

    def applier(self, whole: list) -> Callable[[dict], dict]:
        """A function that applies one object of a set."""
        namespace = self.options.namespace

        def write(obj: dict) -> dict:
            key = object_set.key(obj)
            mine = reading.read_live(self.kube, namespace, self.options.name, [obj])
            self._refuse_of_others(obj, mine.get(key))
            _changes, after = self._take_over_and_apply([obj], mine, whole, lambda _live: True)
            return after[key]

        return write

    def own_replicas(self, wanted: list, after: dict, removed: list) -> list:
        """Without its autoscaler a workload has the replicas that the set names. Until it was gone, it would have put
        its own number back. ``after``: as the set was applied; ``removed``: changes. Returns the changes."""
        changes = []
        for workload in object_set.scaled(wanted):
            key = object_set.key(workload)
            if not self.lost_its_autoscaler(workload, wanted, after.get(key), removed):
                continue
            live = reading.read_live(self.kube, self.options.namespace, self.options.name, [workload])
            now = apply.apply_exactly(self.kube, self.options.namespace, workload)
            self.outcome.notes.append(f"replicas: {workload['spec']['replicas']}, for the autoscaler was removed")
            changes.append(diff.compare(live.get(key), now))
        return [change for change in changes if change]

    def put_back_replicas(self, changed: list, removed: list) -> None:
        """The same of workloads as somebody had scaled them by hand: the number is theirs again."""
        for workload in object_set.scaled(changed):
            if self.lost_its_autoscaler(workload, changed, None, removed):
                number = {"spec": {"replicas": workload["spec"]["replicas"]}}
                self.kube.patch(workload, self.options.namespace, number)
                self.hand_back([workload])

    def _refuse_of_others(self, obj: dict, at: dict | None) -> None:
        """Raises Refused for what another release has released by now: it is not put back over that."""
        holder = self.holder(obj, at) if at is not None else None
        if holder is not None:
            raise Refused(f"{label(obj)} (release {holder} has it now: it was left as it is)")

    def put_back(self, recorded: dict) -> dict:
        """One object that was adopted, as it stood before."""
        return owners.put_back(
            self.kube, self.options.namespace, recorded, lambda at: self._refuse_of_others(recorded, at)
        )

    def put_back_changed(self, recorded: dict) -> dict:
        """One of our objects as others had changed it, and theirs what they had changed."""
        after = self.put_back(recorded)
        owners.hand_back(self.kube, self.options.namespace, recorded)
        return after

    def hand_back(self, recorded: list) -> None:
        """Objects that were adopted are their recorded owners' again."""
        for obj in recorded:
            owners.hand_back(self.kube, self.options.namespace, obj)

    def disown_namespace(self, objects: list) -> None:
        """Takes what the release has labelled off a Namespace that is among these: it stays, and the set has it no
        longer."""
        if any(obj["kind"] == "Namespace" and obj["metadata"]["name"] == self.options.namespace for obj in objects):
            self.kube.apply(self.namespace_object([]), self.options.namespace, None, "false")

    def put_back_adopted(self, wanted: list, unfinished: list[Revision]) -> None:
        """Objects of others that a run took over which then came to nothing are theirs again, as they stood. Raises
        ServingError where one cannot be: it stays ours, so that it is not taken for theirs as it is now."""
        self.give_back(self.given_back_beside(wanted, unfinished))

    def give_back(self, recorded: list) -> None:
        """Puts adopted objects back, and makes those that were their owners' again. Raises ServingError for others."""
        after, problems = self.each(recorded, self.put_back)
        self.hand_back([obj for obj in recorded if object_set.key(obj) in after])
        if problems:
            raise ServingError(f"not given back as it stood: {'; '.join(problems)}")

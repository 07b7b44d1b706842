# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release and its preview share: client, options, history and outcome."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import (
    ASKS_TO_WAIT,
    KindMissing,
    KubeError,
)
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set, secret_values
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.preflight import checks
from ansible_collections.modelops.serving.plugins.module_utils.preflight.gather import denied_on, gather_facts
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    claims,
    expected,
    ownership,
    reading,
    rehearsal,
    relabelled,
    replicas,
    revisions,
    switching,
    takeover,
    versions,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision


def _refusal_remedy(message: str) -> str:
    """What to do about an object that the API server refused."""
    if ASKS_TO_WAIT in message:
        return "Wait that long, and run it again."
    if "exceeded quota" in message:
        return "Raise the namespace's quota, or remove what fills it."
    if "is being deleted" in message:
        return "See the controller that holds the object, and run this again when it is gone."
    if "forbidden" in message and "cannot" in message:
        return "Grant the permission that the message names: modelops.serving.preflight lists all that are missing."
    if "finds its pods by" in message:
        return "Release beside it under another name, as docs/operations.md says: From a Deployment that stands."
    if "field not declared in schema" in message or "failed to create typed patch object" in message:
        return "Correct the field; of the role's own objects, those that you set are in model_serving_patches."
    if "cannot be changed in place" in message:
        return "Remove the object, give the one of the set another name, or keep the field as it is."
    return "Correct the object that the message names."


def _named_in(refusal: str) -> str:
    """The object that a refusal begins with, Kind/name; "" where it begins with none."""
    found = re.match(r"[A-Z][A-Za-z]+/[a-z0-9]([-a-z0-9.]*[a-z0-9])?", refusal)
    return found[0] if found else ""


class Session:
    """One run for one release."""

    def __init__(self, kube: Kube, options: Options):
        self.kube, self.options = kube, options
        self.history = History(kube, options.namespace, options.name)
        self.outcome = Outcome()
        self.checked = not options.preflight
        # The values of Secrets that the run has seen, which nobody is shown.
        self.hidden: set[str] = set()
        # Live objects that this run has deleted, as they stood; and what it could not delete for now.
        self.deleted: list = []
        self.undeleted: list[str] = []
        # The labels of objects that the API server did not let be removed.
        self.refused: set[str] = set()
        # Live objects of the set that a release has kept which was removed.
        self.left_behind: list = []
        # The keys of somebody else's that are as the set has them, and can never change.
        self.alike: set = set()
        # The keys of the live objects of the set that stood before the first change.
        self.seen: set = set()
        self.began = time.monotonic()
        kube.deadline = self.began + options.timeout

    def prepared(self, objects: list) -> list:
        found = object_set.prepare(objects, self.options.name, self.options.namespace)
        self.hidden |= secret_values.of(found)
        self._refuse_kinds_of_the_set(found)
        return found

    def _refuse_kinds_of_the_set(self, objects: list) -> None:
        """Raises ServingError for an object whose kind only the set itself would define: nobody can say beforehand
        whether it would be taken."""
        defined = object_set.kinds_defined(objects)
        for obj in objects:
            definition = defined.get((obj["apiVersion"].partition("/")[0], obj["kind"]))
            if definition is None:
                continue
            try:
                self.kube.served_kind(obj["apiVersion"], obj["kind"])
            except KindMissing as error:
                raise ServingError(
                    f"{label(obj)} is of a kind that {label(definition)} of the same set defines, and that the cluster "
                    "does not serve yet: release the definition first, under a name of its own."
                ) from error

    def read_history(self) -> None:
        self.history.read()
        versions.bring_up_to_date(self.kube, self.history.entries)
        self.outcome.warnings += self.history.problems
        self.history.warn = self.outcome.warnings.append
        for entry in self.history.entries:
            self.hidden |= secret_values.of(entry.objects)

    def adopts(self, live: dict) -> bool:
        """Whether a live object may be taken over: one that was there before the first change, and is recorded."""
        key = object_set.key(live)
        return (self.options.adopt and key in self.seen) or key in self.alike

    def check(self, wanted: list) -> None:
        """Runs the preflight checks, if enabled, once and before the first change. Raises ServingError."""
        if self.checked:
            return
        self.checked = True
        facts = gather_facts(self.kube, self.options.namespace, wanted)
        found = checks.run_checks(
            facts, wanted, self.options.namespace, self.options.allow_in_cluster, self.options.create_namespace
        )
        self.outcome.warnings += checks.sentences(found, checks.WARNING)
        failed = checks.sentences(found, checks.FAILED)
        if failed:
            raise ServingError("; ".join(failed))

    def check_permissions(self, objects: list) -> None:
        """For a rollback or a removal, which are not refused for want of room, but must not end half-way for want of a
        permission. Raises ServingError."""
        self.checked = True
        objects, _gone = self.served(objects)
        facts = gather_facts(self.kube, self.options.namespace, objects)
        failed = checks.sentences(
            [checks.identity(facts, self.options.allow_in_cluster), checks.allowed(facts)], checks.FAILED
        )
        if failed:
            raise ServingError("; ".join(failed))
        self.check_earlier(objects)

    def check_earlier(self, wanted: list) -> None:
        """Warns where what earlier revisions alone have could be neither restored nor removed."""
        numbers = revisions.only_earlier(self.history.entries, wanted)
        if numbers:
            denied = denied_on(self.kube, self.options.namespace, set(numbers))
            found = checks.sentences([checks.earlier(denied, numbers)], checks.WARNING)
            self.outcome.warnings += [text for text in found if text not in self.outcome.warnings]

    # What can be known before the first change

    def live_of(self, before: Revision | None, wanted: list) -> dict:
        """The live objects of a set, by key. Raises ServingError where it must not be released over what stands."""
        live = reading.read_live(self.kube, self.options.namespace, self.options.name, wanted)
        self.hidden |= secret_values.of(list(live.values()))
        self.seen = set(live)
        self._refuse_other_owners(wanted, live)
        self._refuse_without_deployment(before, wanted)
        self.outcome.warnings += claims.sentences(wanted, live)
        return live

    def rehearsed(self, wanted: list, live: dict) -> rehearsal.Rehearsal:
        """The checks, and a dry run of the set. Raises ServingError."""
        self.check(wanted)
        if self.options.preflight:
            self.check_earlier(wanted)
        return rehearsal.dry_run(self.kube, self.options.namespace, wanted, live, self.adopts, self.tolerated)

    def switch(self, wanted: list, live: dict) -> switching.Switch:
        """When Services and entrances of the set are to be changed: where nothing is waited for, or pods may not be
        listed, at once, like all else."""
        if not switching.is_needed(wanted, live):
            return switching.Switch([], [])
        try:
            pods = self.kube.list(find("Pod"), self.options.namespace)["items"]
        except KubeError as error:
            if error.status != 403:
                raise
            pods = []
        planned = switching.switch(wanted, live, pods)
        return planned if self.options.wait else switching.at_once(planned)

    def refusal(self, text: str) -> Finding:
        """The finding for what the API server says of an object that it does not take."""
        named = _named_in(text)
        message = text[len(named) :].lstrip(": ")
        return Finding("ObjectRefused", named or self.options.name, message, _refusal_remedy(text))

    def refused_unchanged(self, before: Revision | None, refusals: list[str]) -> Outcome:
        """The API server would not take these objects: nothing was changed, and nothing is recorded."""
        self.outcome.failed = True
        self.outcome.findings = [self.refusal(text) for text in refusals]
        self.outcome.restored, self.outcome.drift = "no object was changed", []
        left = revisions.unfinished_since(self.history.entries, before) if before else None
        if left is not None:
            self.outcome.restored += f": r{left.number} is left half-way, and r{before.number} stood before it"
        elif before is not None:
            self.outcome.restored_revision = before.number
            self.outcome.restored += f": r{before.number} stands"
        return self.outcome

    def left_to_others(self, replaces: int, other: Revision) -> Outcome:
        """Another revision is there than the one that was to be replaced: nothing is changed."""
        self.outcome.failed = True
        self.outcome.previous = self.outcome.revision = other.number
        self.outcome.findings = [expected.finding(self.options.name, replaces, other)]
        return self.outcome

    @property
    def tolerated(self) -> frozenset[str]:
        return frozenset(self.options.tolerated_managers)

    def _refuse_other_owners(self, wanted: list, live: dict) -> None:
        own = self._set_back(live)
        others = [obj for obj in wanted if object_set.key(obj) not in own]
        held = ownership.held_by_others(others, live, self.options.name, self.options.namespace)
        self.left_behind = [at for at in held if self._is_left_behind(at)]
        held = [ownership.named_with_holder(at, self.options.namespace) for at in held if at not in self.left_behind]
        if held:
            raise ServingError(
                f"{', '.join(held)}: another release holds what this set contains. Give this release another name "
                "(model_serving_name), or remove the other one first."
            )
        theirs = ownership.foreign(wanted, live)
        self.alike = {object_set.key(at) for at in theirs if ownership.is_alike(at, wanted)}
        foreign = [ownership.managed_by(at) for at in theirs if object_set.key(at) not in self.alike]
        self._refuse_namespaces_of_others(wanted, live)
        foreign += [
            f"{label(at)} (left by release {ownership.release_of(at)}, which was removed)" for at in self.left_behind
        ]
        if foreign and not self.options.adopt:
            raise ServingError(
                f"{len(foreign)} objects exist already and are not this release's: {', '.join(foreign)}. "
                "Set adopt: true (model_serving_adopt) to take them over, or remove them first."
            )

    def _refuse_namespaces_of_others(self, wanted: list, live: dict) -> None:
        """Raises ServingError for another Namespace than the release's own that is somebody else's, and for what others
        have said of that one: nobody records how a Namespace stood, so that it could not be put back."""
        for obj in wanted:
            at = live.get(object_set.key(obj)) if obj["kind"] == "Namespace" else None
            if at is None:
                continue
            if at["metadata"]["name"] != self.options.namespace and not ownership.is_held(at):
                raise ServingError(
                    f"{ownership.managed_by(at)} is somebody else's, and is not taken over: leave it out of the set."
                )
            changed = ownership.overwritten(obj, at)
            if changed:
                raise ServingError(
                    f"{label(at)} has {', '.join(changed)} from somebody else, and the set says otherwise: leave it "
                    "out of the set, or change it by hand first, with kubectl label --overwrite."
                )

    def _is_left_behind(self, at: dict) -> bool:
        """Whether the release that holds a live object was removed, and has kept it: it has neither a record nor a
        Deployment."""
        name, namespace = ownership.release_of(at), ownership.namespace_of(at, self.options.namespace)
        try:
            history = History(self.kube, namespace, name).read()
            recorded = history.entries or history.unreadable
            return not recorded and reading.deployments_of(self.kube, namespace, name) == []
        except KubeError as error:
            if error.status == 403:  # in another namespace it may well stand
                return False
            raise

    @staticmethod
    def _refuse_without_deployment(before: Revision | None, wanted: list) -> None:
        """A set that has lost its Deployment would take the service away, and report success."""
        lost = object_set.deployment_of(before.objects) if before else None
        if lost is not None and object_set.deployment_of(wanted) is None:
            raise ServingError(
                f"objects has no Deployment, and {label(lost)} of r{before.number} would be removed. Was everything "
                "rendered? state: absent removes a release."
            )

    def _set_back(self, live: dict) -> set:
        """The keys of live objects whose label somebody has changed; applying the set sets it back."""
        found = relabelled.among(self.kube, self.history, list(live.values()))
        self.outcome.warnings += [f"{text}; it is set back" for text in relabelled.sentences(self.history, found)]
        return {object_set.key(at) for at in found}

    def scaled_to_zero(self, wanted: list, live: dict) -> bool:
        """Whether somebody has scaled the Deployment to 0, though the set asks for more."""
        deployment = object_set.deployment_of(wanted)
        at = live.get(object_set.key(deployment)) if deployment else None
        return at is not None and not at["spec"].get("replicas", 1) and replicas.minimum(deployment, wanted) > 0

    def due(self, wanted: list, live: dict) -> list:
        """The set without Jobs that the standing revision has as they are, and that went when they had finished: they
        have run."""
        recorded = self.history.standing.objects if self.history.standing else []
        run = {object_set.key(obj): obj for obj in recorded if object_set.ends_by_itself(obj)}
        return [obj for obj in wanted if object_set.key(obj) in live or run.get(object_set.key(obj)) != obj]

    # What a revision is made of

    def objects_of(self, entry: Revision) -> list:
        """A revision's set as it can be released again; what stood before the first one becomes ours by that."""
        if entry.number != revisions.ORIGIN:
            return entry.objects
        return self.prepared([takeover.as_ours(obj) for obj in entry.objects])

    @staticmethod
    def recorded(entry: Revision) -> list:
        """A revision's set as it was recorded, in order of application."""
        return entry.objects if entry.number != revisions.ORIGIN else sorted(entry.objects, key=object_set.rank)

    def served(self, objects: list) -> tuple[list, list[str]]:
        """The objects whose kinds the cluster still serves, and a sentence for each that it does not."""
        left, missing = [], []
        for obj in objects:
            try:
                self.kube.served_kind(obj["apiVersion"], obj["kind"])
                left.append(obj)
            except KindMissing:
                missing.append(f"{label(obj)} was left out: the cluster no longer serves {obj['kind']}")
        return left, missing

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """A deadline for one object, which leaves time for the others."""
        whole = self.kube.deadline
        self.kube.deadline = min(whole, time.monotonic() + seconds)
        try:
            yield
        finally:
            self.kube.deadline = whole

    # The namespace

    def no_namespace(self) -> ServingError:
        """For a rollback in a namespace that does not exist."""
        return ServingError(f"namespace {self.options.namespace} does not exist: nothing to roll back to.")

    def nothing_to_remove(self) -> Outcome:
        self.outcome.notes.append(f"namespace {self.options.namespace} does not exist: there is nothing to remove")
        return self.outcome

    def removed_any(self) -> None:
        """After a removal: whether there was anything to remove."""
        self.outcome.changed = bool(self.outcome.changes or self.history.entries)
        if not self.outcome.changed:
            self.outcome.notes.append(
                f"no release {self.options.name} is recorded in {self.options.namespace}{self.history.others()}"
            )

    def namespace_missing(self) -> bool:
        return reading.is_missing(self.kube, self.options.namespace)

    def refuse_missing_namespace(self) -> None:
        if not self.options.create_namespace:
            raise ServingError(
                f"namespace {self.options.namespace} does not exist. Create it, or set create_namespace."
            )

    def namespace_object(self, wanted: list) -> dict:
        """The Namespace of the set, or one without labels."""
        for obj in wanted:
            if obj["kind"] == "Namespace" and obj["metadata"]["name"] == self.options.namespace:
                return obj
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.options.namespace}}

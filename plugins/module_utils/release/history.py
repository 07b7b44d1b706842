# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded revisions of one release, read from and written to the cluster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError, is_namespace_missing
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import digest, key, prune
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import ownership, revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision

SECRET = find("Secret")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class History:
    """Newest last. Every change is written at once, so that the record is right after a killed run too."""

    def __init__(self, kube: Kube, namespace: str, name: str):
        self.kube, self.namespace, self.name = kube, namespace, name
        self.entries: list[Revision] = []
        # Records that cannot be read, and why.
        self.unreadable: list[dict] = []
        self.problems: list[str] = []
        # The keys of objects that this run could not remove: what has them is not forgotten, or nobody would.
        self.left: set = set()
        # The number of the revision that this run takes back, because it is bad.
        self.taken_back: int | None = None
        # What a person has to know of it.
        self.warn: Callable[[str], None] = self.problems.append

    def read(self) -> History:
        """One record that cannot be read stops nobody: what stands can be seen in the cluster."""
        of_type = f"type={revisions.SECRET_TYPE}"
        found = self.kube.list(SECRET, self.namespace, revisions.selector(self.name), of_type)["items"]
        self.entries, self.unreadable, self.problems = [], [], []
        for item in found:
            try:
                self.entries.append(revisions.decode(item))
            except ServingError as error:
                self.unreadable.append(item)
                self.problems.append(f"{error}. It is left out; what it said is taken from what stands.")
        self.entries.sort(key=lambda entry: entry.number)
        return self

    def others(self) -> str:
        """What is said of the namespace where nothing is recorded under this name; "" where no release is."""
        found = self.kube.list(SECRET, self.namespace, None, f"type={revisions.SECRET_TYPE}")["items"]
        names = {(item["metadata"].get("labels") or {}).get(revisions.RELEASE_LABEL) for item in found}
        return f"; recorded there: {', '.join(sorted(names - {None}))}" if names - {None} else ""

    def is_as_recorded(self) -> bool:
        """Whether the record in the cluster is what this run knows of it, so that no other run has written it."""
        now = History(self.kube, self.namespace, self.name).read().entries
        known = sorted(self.entries, key=lambda entry: entry.number)
        return [entry.as_dict() for entry in now] == [entry.as_dict() for entry in known]

    @property
    def standing(self) -> Revision | None:
        return revisions.standing(self.entries)

    @property
    def unfinished(self) -> list[Revision]:
        """What a killed run, or a failed one whose set was kept, has left in the cluster; newest first."""
        return revisions.unfinished(self.entries)

    @property
    def came_to_nothing(self) -> list[Revision]:
        """Revisions that failed, or that nobody has finished. What they had adopted is its owners'."""
        statuses = (revisions.FAILED, *revisions.UNFINISHED)
        return [entry for entry in reversed(self.entries) if entry.status in statuses]

    @property
    def objects(self) -> list:
        """Every object of every revision."""
        return self._objects_of(self.entries)

    def only_of(self, some: list[Revision], others: list[Revision]) -> list:
        """The objects that some revisions have and the others have not."""
        return prune(self._objects_of(some), self._objects_of(others))

    def _objects_of(self, entries: list[Revision]) -> list:
        """Of what stood before the first, only what was this release's already: its record was lost."""
        return [
            obj
            for entry in entries
            for obj in entry.objects
            if entry.number != revisions.ORIGIN or ownership.is_ours(obj, self.name)
        ]

    def begin(self, objects: list, note: str, adopted: list, verify: dict, drifted: list) -> Revision:
        """A new revision that is about to be rolled out."""
        entry, left_out = revisions.without_largest_drift(self._next(objects, note, adopted, verify, drifted))
        if left_out:
            self.warn(
                f"{', '.join(map(label, left_out))}: too large to be recorded as it was changed by hand. If this run "
                "is killed, it is put back as it was released."
            )
        return self._record(entry)

    def refuse_too_large(self, objects: list, adopted: list) -> None:
        """Raises ServingError for a set that could not be recorded."""
        revisions.encode(self.name, self.namespace, self._next(objects, "", adopted, {}, []))

    def _next(self, objects: list, note: str, adopted: list, verify: dict, drifted: list) -> Revision:
        return Revision(
            number=max([revisions.next_number(self.entries), *self._numbers_of_unreadable()]),
            status=revisions.PENDING,
            hash=digest(objects),
            created=_now(),
            note=note,
            objects=objects,
            adopted=adopted,
            verify=verify,
            drifted=drifted,
            stood=self.standing.number if self.standing else None,
        )

    def record_origin(self, adopted: list) -> Revision:
        """What stands before the first release, as the revision that a failure puts back. What was recorded of it
        earlier is replaced in place: nothing else knows it."""
        over = [entry.number for entry in self.entries if entry.status not in revisions.UNFINISHED]
        after = max(over, default=revisions.ORIGIN)
        lost = any(entry.number != revisions.ORIGIN and entry.status != revisions.FAILED for entry in self.entries)
        note = "what served when its record was lost" if lost else "what stood before the first release"
        origin = Revision(revisions.ORIGIN, revisions.SERVING, digest(adopted), _now(), note, "", adopted, after=after)
        earlier = [entry for entry in self.entries if entry.number == revisions.ORIGIN]
        if not earlier:
            return self._record(origin)
        secret = revisions.encode(self.name, self.namespace, origin)
        meta = {name: secret["metadata"][name] for name in ("labels", "annotations")}
        # By a patch, which every release has the permission for; an update it may not have.
        self.kube.patch(secret, self.namespace, {"metadata": meta, "data": secret["data"]})
        self.entries[self.entries.index(earlier[0])] = origin
        return origin

    def _record(self, entry: Revision) -> Revision:
        secret = revisions.encode(self.name, self.namespace, entry)
        try:
            self.kube.create(secret, self.namespace)
        except KubeError as error:
            if error.status == 403 and "exceeded quota" in str(error):
                raise ServingError(
                    f"the record of this revision does not fit into the namespace's quota: {error}. Raise the quota, "
                    "or remove what fills it. No object was changed."
                ) from error
            # The answer to an earlier try may have been lost.
            if error.reason != "AlreadyExists":
                raise
            if not self._is_recorded(secret):
                raise ServingError(self._in_the_way(secret["metadata"]["name"])) from error
        self.entries.append(entry)
        return entry

    def _numbers_of_unreadable(self) -> list[int]:
        """The numbers that come after theirs."""
        return [number + 1 for number in map(revisions.number_of, self.unreadable) if number is not None]

    def _in_the_way(self, secret: str) -> str:
        label = revisions.selector(self.name)
        return (
            f"Secret/{secret} exists already, and has lost the label {label}, by which a record is found. Set it back "
            f"(kubectl -n {self.namespace} label secret {secret} {label}), and run this again. No object was changed."
        )

    def _is_recorded(self, secret: dict) -> bool:
        found = self.kube.get(SECRET, self.namespace, secret["metadata"]["name"])
        return found is not None and found.get("data") == secret["data"]

    def mark(self, entry: Revision, status: str, **fields: str) -> None:
        """Writes the status and ``fields`` (note, fingerprint), unless all of them are recorded already. Where somebody
        has removed the record meanwhile, it is made again."""
        if entry.status == status and all(getattr(entry, name) == value for name, value in fields.items()):
            return
        annotations = {f"modelops.serving/{name}": value for name, value in fields.items()}
        change = {"metadata": {"labels": {revisions.STATUS_LABEL: status}, "annotations": annotations}}
        reference = self._reference(entry)
        try:
            self.kube.patch(reference, self.namespace, change)
        except KubeError as error:
            if error.reason != "NotFound" or is_namespace_missing(error):
                raise
            self.kube.create(revisions.encode(self.name, self.namespace, entry), self.namespace)
            self.kube.patch(reference, self.namespace, change)
            self.warn(f"somebody removed Secret/{reference['metadata']['name']} meanwhile: it was made again")
        entry.status = status
        for name, value in fields.items():
            setattr(entry, name, value)

    def promote(self, entry: Revision, status: str, fingerprint: str) -> None:
        """This revision stands now (``status``: serving or applied). What served before is superseded by one that
        serves; what was left unfinished, or was applied and never seen serving, is over. In this order, so that one
        always stands."""
        self.mark(entry, status, fingerprint=fingerprint)
        for other in self.entries:
            if other is entry:
                continue
            if other.status == revisions.SERVING and status == revisions.SERVING:
                self._supersede(other)
            elif other.status in revisions.OPEN:
                self.mark(other, revisions.FAILED)

    def finish_promotion(self) -> None:
        """A run that was killed while it promoted a revision has left the one before it serving, too."""
        serving = [entry for entry in self.entries if entry.status == revisions.SERVING]
        for before in serving[:-1]:
            self._supersede(before)

    def _supersede(self, entry: Revision) -> None:
        """What only served as somebody had corrected it is nothing to go back to: as it is recorded, it fails. Nor is
        what is taken back."""
        if entry.number == self.taken_back:
            self.mark(entry, revisions.FAILED, note=entry.note or revisions.TAKEN_BACK)
            return
        self.mark(entry, revisions.FAILED if entry.note == revisions.CORRECTED else revisions.SUPERSEDED)

    def forget_since(self, entry: Revision) -> None:
        """As if nothing had been released since this revision, whose set stands again."""
        standing = self.standing
        if standing is None or standing.hash != entry.hash:
            return
        self.mark(entry, revisions.SERVING, fingerprint=standing.fingerprint)
        for newer in [one for one in self.entries if one.number > entry.number]:
            self._forget(newer)

    def trim(self, limit: int) -> None:
        self._forget_all(revisions.outdated(self.entries, limit))

    def trim_failed(self, limit: int) -> None:
        """Beyond the limit, what failed before the newest revision and had taken over nothing: it has left nothing."""
        beyond = revisions.outdated(self.entries[:-1], limit - 1)
        self._forget_all([entry for entry in beyond if entry.status == revisions.FAILED and not entry.adopted])

    def _forget_all(self, outdated: list[Revision]) -> None:
        """All of these, but for the newest that has something which is left."""
        known = {key(obj) for entry in self.entries if entry not in outdated for obj in entry.objects}
        for entry in sorted(outdated, key=lambda entry: -entry.place):
            has = {key(obj) for obj in entry.objects}
            if has & self.left <= known:
                self._forget(entry)
            else:
                known |= has

    def forget(self) -> None:
        for entry in self.entries:
            self.kube.delete(self._reference(entry), self.namespace)
        for secret in self.unreadable:
            self.kube.delete(secret, self.namespace)
        self.entries, self.unreadable = [], []

    def _forget(self, entry: Revision) -> None:
        self.kube.delete(self._reference(entry), self.namespace)
        self.entries.remove(entry)

    def _reference(self, entry: Revision) -> dict:
        name = revisions.secret_name(self.name, entry.number)
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": self.namespace}}

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbered revisions of a release, each kept in the cluster as one Secret. Pure: to and from plain objects."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import dataclass, field, replace

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER, MANAGED_BY
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError

SECRET_TYPE = "modelops.serving/revision.v1"
RELEASE_LABEL = "modelops.serving/release"
REVISION_LABEL = "modelops.serving/revision"
STATUS_LABEL = "modelops.serving/status"
NOTE_ANNOTATION = "modelops.serving/note"
HASH_ANNOTATION = "modelops.serving/hash"
FINGERPRINT_ANNOTATION = "modelops.serving/fingerprint"
CREATED_ANNOTATION = "modelops.serving/created"
AFTER_ANNOTATION = "modelops.serving/after"
STOOD_ANNOTATION = "modelops.serving/stood"
# The API server accepts Secrets of up to 1 MiB; 16 KiB are left for the rest of the object.
MAX_PAYLOAD = 1024 * 1024 - 16 * 1024

# Being rolled out, or left in the middle by a run that was killed.
PENDING = "pending"
# Judged ready, and the one that a failed release puts back.
SERVING = "serving"
# Applied without waiting (wait: false): what stands, though nobody has judged it. What served before stays serving in
# the record until this one has been seen to serve.
APPLIED = "applied"
# Stood before and was replaced.
SUPERSEDED = "superseded"
# Failed, and was taken back.
FAILED = "failed"
# Failed, and was left in place (on_failure: keep).
KEPT = "kept"
STANDING = (SERVING, APPLIED)
UNFINISHED = (PENDING, KEPT)
# In the cluster in part or in whole, and nobody has seen it serve or taken it back.
OPEN = (APPLIED, *UNFINISHED)
ROLLBACK_NOTE = "rollback to r"
NEVER_SERVED = "applied without waiting, never seen serving"
CORRECTED = "failed, was kept, and serves as it was corrected by hand"
TAKEN_BACK = "served, and was taken back"
# What stood before the first release, made by somebody else.
ORIGIN = 0


_NUMBERED = re.compile(r"\.r(\d+)$")


@dataclass
class Revision:
    """One recorded set. ``status``: one of the constants above.

    ``fingerprint``: ownership.fingerprint() of the live objects when it was last applied. ``adopted``: the live objects
    that this revision took over from other tools, as they stood before. ``drifted``: those of the release that others
    had changed or replaced, as they stood before. ``verify``: how the release was asked for a prediction, {} where it
    was not. ``after``: of what stood before the first release, the newest revision that is older all the same: the
    record of what served since was lost. ``stood``: the revision that stood when this one began, where one did.
    """

    number: int
    status: str
    hash: str
    created: str
    note: str = ""
    fingerprint: str = ""
    objects: list = field(default_factory=list)
    adopted: list = field(default_factory=list)
    verify: dict = field(default_factory=dict)
    drifted: list = field(default_factory=list)
    after: int = 0
    stood: int | None = None

    @property
    def place(self) -> float:
        """Where it is in the order in which revisions stood."""
        return self.number if self.number != ORIGIN else self.after + 0.5

    @property
    def goal(self) -> int | None:
        """The revision that a rollback goes back to; None of any other."""
        is_rollback = self.note.startswith(ROLLBACK_NOTE)
        return int(self.note.removeprefix(ROLLBACK_NOTE)) if is_rollback else None

    def as_dict(self) -> dict:
        return {
            "revision": self.number,
            "status": self.status,
            "hash": self.hash,
            "created": self.created,
            "note": self.note,
            "objects": [{"kind": obj["kind"], "name": obj["metadata"]["name"]} for obj in self.objects],
        }


def secret_name(release: str, number: int) -> str:
    return f"modelops.serving.{release}.r{number}"


def selector(release: str) -> str:
    return f"{RELEASE_LABEL}={release}"


def payload(entry: Revision) -> str:
    """What a revision is made of, as its Secret holds it."""
    content = {
        "objects": entry.objects,
        "adopted": entry.adopted,
        "verify": entry.verify,
        "drifted": entry.drifted,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def without_largest_drift(entry: Revision) -> tuple[Revision, list]:
    """A revision that fits into its Secret, where that can be had by leaving out how large objects stood that were
    changed by hand; and those that are left out. A run that is not killed puts them back all the same."""
    left_out = []
    while entry.drifted and len(payload(entry)) > MAX_PAYLOAD:
        largest = max(entry.drifted, key=lambda obj: len(json.dumps(obj)))
        left_out.append(largest)
        entry = replace(entry, drifted=[obj for obj in entry.drifted if obj is not largest])
    return entry, left_out


def encode(release: str, namespace: str, entry: Revision) -> dict:
    """The Secret of a revision. Raises ServingError when the set is too large to be kept."""
    encoded = payload(entry)
    if len(encoded) > MAX_PAYLOAD:
        largest = max(entry.objects, key=lambda obj: len(json.dumps(obj)))
        what = "the set, and what it takes over, are" if entry.adopted else "the set is"
        raise ServingError(
            f"{what} too large for one Secret: {len(encoded)} bytes compressed, at most {MAX_PAYLOAD}. The largest "
            f"object is {largest['kind']}/{largest['metadata']['name']}: move large data out of the release."
        )
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": SECRET_TYPE,
        # A set never changes; what stood before the first may have to be recorded anew.
        "immutable": entry.number != ORIGIN,
        "metadata": {
            "name": secret_name(release, entry.number),
            "namespace": namespace,
            "labels": {
                MANAGED_BY: FIELD_MANAGER,
                RELEASE_LABEL: release,
                REVISION_LABEL: str(entry.number),
                STATUS_LABEL: entry.status,
            },
            "annotations": {
                HASH_ANNOTATION: entry.hash,
                CREATED_ANNOTATION: entry.created,
                NOTE_ANNOTATION: entry.note,
                **({AFTER_ANNOTATION: str(entry.after)} if entry.number == ORIGIN else {}),
                **({STOOD_ANNOTATION: str(entry.stood)} if entry.stood is not None else {}),
            },
        },
        "data": {"objects": encoded},
    }


def number_of(secret: dict) -> int | None:
    """The number in a record's name, which nobody can change."""
    found = _NUMBERED.search(secret["metadata"]["name"])
    return int(found[1]) if found else None


def decode(secret: dict) -> Revision:
    """Raises ServingError when the Secret cannot be read as a revision."""
    name, number = secret["metadata"]["name"], number_of(secret)
    if number is None:
        raise ServingError(f"Secret/{name} does not say which revision it is: its name has no number")
    try:
        return _decoded(secret, number)
    except (AttributeError, LookupError, TypeError, ValueError, OSError, EOFError) as error:
        raise ServingError(f"Secret/{name} does not hold a revision any more: it was changed or damaged") from error


def _decoded(secret: dict, number: int) -> Revision:
    meta = secret["metadata"]
    labels, annotations = meta.get("labels") or {}, meta.get("annotations") or {}
    content = json.loads(gzip.decompress(base64.b64decode(secret["data"]["objects"])))
    if isinstance(content, list):  # as it was recorded by 0.1
        content = {"objects": content}
    lists = {name: content.get(name) or [] for name in ("adopted", "drifted")} | {"objects": content["objects"]}
    for obj in [obj for found in lists.values() for obj in found]:
        object_set.key(obj)  # raises for what is none
    stood = annotations.get(STOOD_ANNOTATION)
    return Revision(
        number=number,
        status=labels.get(STATUS_LABEL, ""),
        hash=annotations.get(HASH_ANNOTATION, ""),
        created=annotations.get(CREATED_ANNOTATION, ""),
        note=annotations.get(NOTE_ANNOTATION, ""),
        fingerprint=annotations.get(FINGERPRINT_ANNOTATION, ""),
        verify=dict(content.get("verify") or {}),
        after=int(annotations.get(AFTER_ANNOTATION) or 0),
        stood=int(stood) if stood else None,
        **lists,
    )


def standing(history: list[Revision]) -> Revision | None:
    """The revision that stands, or that stood before what is unfinished; the newest if a killed run left two."""
    return newest(history, STANDING)


def of_others(entry: Revision) -> list:
    """What stood before the first release. Of that, what a lost record had is the release's own."""
    return entry.objects if entry.number == ORIGIN else []


def origin_in_place(history: list[Revision]) -> Revision | None:
    """What stood before the first release, where that stands now, or was rolled back to, if only half-way: it is its
    owners'."""
    going_back = [entry for entry in history if entry.status == PENDING and entry.goal is not None]
    now = max([*going_back, *filter(None, [standing(history)])], key=lambda entry: entry.place, default=None)
    found = whose_set(now, history) if now is not None else None
    return found if found is not None and found.number == ORIGIN else None


def whose_set(entry: Revision, history: list[Revision]) -> Revision | None:
    """The revision whose set it is: of a rollback its goal, or the goal's; None where that was forgotten."""
    by_number = {one.number: one for one in history}
    found: Revision | None = entry
    while found is not None and found.goal is not None:
        found = by_number.get(found.goal)
    return found


def note_of_rollback(goal: Revision, history: list[Revision]) -> str:
    """Of a rollback to a rollback the set's own revision: the one in between may be forgotten before that."""
    if goal.status == PENDING:
        return goal.note
    return f"{ROLLBACK_NOTE}{(whose_set(goal, history) or goal).number}"


def unfinished(history: list[Revision]) -> list[Revision]:
    """Revisions that are in the cluster in part or in whole and were not taken back, newest first."""
    found = [entry for entry in history if entry.status in UNFINISHED]
    return sorted(found, key=lambda entry: -entry.number)


def is_lost(history: list[Revision]) -> bool:
    """Whether the record does not say what stands: it is empty, or somebody has removed or changed the part that said
    so. While a first release is under way, or was left half-way, nothing has stood."""
    left, superseded = unfinished(history), any(entry.status == SUPERSEDED for entry in history)
    missing = {entry.stood for entry in left} - {None, *(entry.number for entry in history if entry.status)}
    return standing(history) is None and (superseded or bool(missing) or not left)


def kept_last(history: list[Revision]) -> Revision | None:
    """The newest revision, where it failed and was kept over one that stands."""
    last = max(history, key=lambda entry: entry.number, default=None)
    return last if last is not None and last.status == KEPT and standing(history) is not None else None


def unfinished_since(history: list[Revision], serving: Revision) -> Revision | None:
    """What is in the cluster in part or in whole since a revision was last seen to serve, the newest."""
    left = [entry for entry in unfinished(history) if entry.number > serving.place]
    return left[0] if left else None


def unjudged(history: list[Revision]) -> Revision | None:
    """What may serve though nobody has judged it: the newest run's revision, where that run did not wait, or was killed
    before it knew. One that failed and was kept counts only where nothing else stands: somebody may have corrected it
    by hand."""
    left = [entry for entry in history if entry.status in OPEN]
    last = max(left, key=lambda entry: entry.number, default=None)
    if last is None or last.status == APPLIED:
        return last
    cut_off = last.status == PENDING and (not last.note or last.goal is not None)
    return last if cut_off or standing(history) is None else None


def newest(history: list[Revision], statuses: tuple[str, ...]) -> Revision | None:
    return max((entry for entry in history if entry.status in statuses), key=lambda entry: entry.place, default=None)


def next_number(history: list[Revision]) -> int:
    return max((entry.number for entry in history), default=ORIGIN) + 1


def previous(history: list[Revision]) -> Revision | None:
    """The revision that served before the one that stands now, with another set."""
    return _before(history, standing(history))


def _before(history: list[Revision], current: Revision | None) -> Revision | None:
    served = (SUPERSEDED, SERVING)
    before = [
        entry
        for entry in history
        if current is None
        or (entry.place < current.place and entry.hash != current.hash and not _loses_pods(entry, current))
    ]
    return newest(before, served)


def _loses_pods(entry: Revision, current: Revision) -> bool:
    """Whether it has served nobody, for it has no Deployment or asks for no pods, where the other one does."""
    return _loses_deployment(entry, current) or (_asks_for_none(entry) and not _asks_for_none(current))


def _asks_for_none(entry: Revision) -> bool:
    deployment = object_set.deployment_of(entry.objects)
    named = deployment is not None and deployment.get("spec", {}).get("replicas") == 0
    objects = entry.objects
    is_scaled = object_set.autoscaler_of(objects, deployment) or object_set.scaled_object_of(objects, deployment)
    return named and not is_scaled


def _loses_deployment(entry: Revision, current: Revision) -> bool:
    """Whether it holds only what was around, such as a Service that was kept when an earlier release was removed."""
    return object_set.deployment_of(entry.objects) is None and object_set.deployment_of(current.objects) is not None


def target(history: list[Revision], number: int | None) -> Revision:
    """The revision to roll back to: the one named, or else the last one that served. Raises ServingError.

    Where a newer revision failed and was kept, or was left half-way, that is the one that stood before it.
    """
    now, left = standing(history), unfinished(history)
    if number is not None:
        found = named(history, number)
        if now is not None and _loses_deployment(found, now):
            raise ServingError(
                f"r{number} has no Deployment, so it has never served: there is nothing to roll back to in it."
            )
        return found
    if left and left[0].status == PENDING and left[0].goal is not None:
        return left[0]  # a rollback that was interrupted goes on
    if now is not None and left and left[0].number > now.place:
        return now
    if not history:
        raise ServingError(
            "no release is recorded, so no earlier revision has served: there is nothing to roll back to. Correct "
            "model_serving_name or model_serving_namespace."
        )
    found = previous(history)
    if found is None and now is not None and any(_loses_deployment(entry, now) for entry in history):
        raise ServingError("the earlier revisions have no Deployment, so none has served: nothing to roll back to.")
    if found is None:
        raise ServingError("no earlier revision has served: there is nothing to roll back to.")
    return found


def only_earlier(history: list[Revision], wanted: list) -> dict[tuple[str, str], int]:
    """The kinds that revisions have and the set has not, by (apiVersion, kind), and the last revision with each."""
    present = {(obj["apiVersion"], obj["kind"]) for obj in wanted}
    return {
        (obj["apiVersion"], obj["kind"]): entry.number
        for entry in sorted(history, key=lambda entry: entry.number)
        for obj in entry.objects
        if (obj["apiVersion"], obj["kind"]) not in present
    }


def named(history: list[Revision], number: int) -> Revision:
    for entry in history:
        if entry.number == number:
            return entry
    known = ", ".join(f"r{entry.number}" for entry in sorted(history, key=lambda item: item.number)) or "none"
    raise ServingError(f"there is no revision r{number}. Recorded: {known}.")


def applied_next(history: list[Revision], objects: list) -> list[Revision]:
    """The history as it would be after these objects were applied without waiting, where what was applied before them
    is seen to serve."""
    then = {SERVING: SUPERSEDED, APPLIED: SERVING} if any(entry.status == APPLIED for entry in history) else {}
    then |= dict.fromkeys(UNFINISHED, FAILED)
    new = Revision(next_number(history), APPLIED, object_set.digest(objects), "", objects=objects)
    return [*(replace(entry, status=then.get(entry.status, entry.status)) for entry in history), new]


def outdated(history: list[Revision], limit: int) -> list[Revision]:
    """What to forget beyond the limit: first what failed, then what served longest ago.

    The revision that stands, the one that a rollback would go to, and what is unfinished always stay. So do those two
    as they were before a set that was applied without waiting: it may never serve. What stood before the first release
    is recorded nowhere else.
    """
    current = (standing(history), newest(history, (SERVING,)))
    needed = {entry.number for now in current for entry in (now, _before(history, now)) if entry is not None}
    needed.add(ORIGIN)
    spare = [entry for entry in history if entry.number not in needed and entry.status not in UNFINISHED]
    spare.sort(key=lambda entry: (entry.status != FAILED, entry.place))
    return spare[: max(len(history) - limit, 0)]

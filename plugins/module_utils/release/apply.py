# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the set of a release, for real or as the server's dry run."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import (
    KubeError,
    is_denied,
    is_invalid,
    misfits_schema,
)
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    diff,
    filled_in,
    ownership,
    reading,
    replicas,
    takeover,
)

TRIES = 6
# In the API server's words: no owner of the field can change it.
IMMUTABLE = "field is immutable"
# Seconds that an object which is being deleted may take to go.
GONE_PATIENCE, GONE_POLL = 60.0, 0.5
BUSY = (
    "{} changes faster than it can be applied: something else keeps writing it. "
    "kubectl get --show-managed-fields names the writer; stop it, then run this again."
)


class Refused(ServingError):
    """The API server refuses an object; the message says which, why and what to do."""


class Irremovable(Refused):
    """A finalizer would hold an object that has to go and come anew, now or on the way back. Seen before the change."""


class Busy(Refused):
    """Somebody else keeps writing the object."""


@dataclass
class Rehearsal:
    """What a dry run said. ``after``: the objects as they would be, by key. ``refused``: of those that the API server
    would not take, why. ``unknown``: of those that it cannot say so, why."""

    after: dict = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def apply_all(
    kube: Kube,
    namespace: str,
    objects: list,
    live: dict,
    dry_run: str | None,
    adopt: Callable[[dict], bool],
    check: Callable[[], None] = lambda: None,
    whole: list | None = None,
) -> tuple[list, dict]:
    """Applies the set in order. Returns what changed (diff.compare) and the current objects, by key.

    ``adopt(live object)`` says whether the fields of another owner may be taken. ``whole``: the set that the objects
    are of, where they are only a part of it.
    """
    changes, after = [], {}
    for obj in objects:
        check()
        before = live.get(object_set.key(obj))
        now = _apply_one(kube, namespace, obj, whole or objects, before, dry_run, adopt)
        after[object_set.key(obj)] = now
        change = diff.compare(before, now)
        if change:
            changes.append(change)
    return changes, after


def dry_run(
    kube: Kube, namespace: str, objects: list, live: dict, adopt: Callable[[dict], bool], tolerated: frozenset[str]
) -> Rehearsal:
    """Applies the set by the API server's dry run, each object whatever becomes of the others.

    What it cannot say so is not known, and shows when the set is applied: a webhook that has no dry run, or an object
    with fields of others that take_over() takes away first (a second port of the same name, say). That a field is
    immutable holds of those, too.
    """
    found = Rehearsal()
    for obj in objects:
        current = live.get(object_set.key(obj))
        try:
            found.after[object_set.key(obj)] = _apply_one(kube, namespace, obj, objects, current, "All", adopt)
        except Refused as error:
            takes_fields = current is not None and _fields_of_others(current, obj, adopt, tolerated) is not None
            known = _lasts(error) or (not takes_fields and _is_final(error))
            if known and current is not None and _is_about_content(error) and filled_in.fields(current, obj):
                known = _is_invalid_alone(kube, namespace, current, obj)
            (found.refused if known else found.unknown).append(str(error))
        except KubeError as error:
            if error.status == 0:
                raise
            found.unknown.append(f"{label(obj)}: {error}")
    return found


def _lasts(error: Refused) -> bool:
    """Whether the object would be refused whatever fields of others are taken away first."""
    cause = error.__cause__
    misfit = isinstance(cause, KubeError) and misfits_schema(cause)
    return misfit or IMMUTABLE in str(error) or isinstance(error, Irremovable)


def _is_final(error: Refused) -> bool:
    """Whether the object would be refused for real, too: it is invalid or forbidden, or another tool applies its
    fields."""
    cause = error.__cause__
    if isinstance(cause, KubeError):
        return (cause.status == 403 or is_invalid(cause)) and "dry run" not in str(cause)
    return not isinstance(error, Busy)


def _is_about_content(error: Refused) -> bool:
    """Whether the object is invalid by what it says, not by its schema, nor forbidden: beside other fields it may be
    valid."""
    cause = error.__cause__
    return isinstance(cause, KubeError) and is_invalid(cause) and not is_denied(cause) and not misfits_schema(cause)


def _is_invalid_alone(kube: Kube, namespace: str, current: dict, obj: dict) -> bool:
    """Whether the API server refuses the object as invalid without the fields that filled_in.fields() takes away, too:
    with the spec of the set alone. Raises KubeError where the server cannot be reached."""
    try:
        kube.replace({**current, "spec": obj["spec"]}, namespace, "All")
    except KubeError as error:
        if error.status == 0:
            raise
        return is_invalid(error) and not is_denied(error)
    return False


def _apply_one(kube, namespace, obj, objects, before, dry_run, adopt) -> dict:
    """Applies one object; handles replicas, conflicts and adoption. Raises Refused or KubeError."""
    force = "false"
    _refuse_irreversible(obj, before, adopt)
    for _attempt in range(TRIES):
        wanted = _scaled(kube, namespace, obj, objects, before) if obj["kind"] == "Deployment" else obj
        try:
            now = kube.apply(wanted, namespace, dry_run, force)
            if dry_run is None and now["metadata"].get("deletionTimestamp"):
                _wait_gone(kube, namespace, now)
                before, force = None, "false"
                continue
            return now
        except KubeError as error:
            if error.status == 422 and IMMUTABLE in str(error) and _is_frozen(before):
                _refuse_held(before)
                _refuse_uncreatable(kube, namespace, obj)
                if dry_run is not None:
                    return {**obj, "metadata": before["metadata"]}
                kube.delete(before, namespace)  # it can be changed in no other way
                before = None
                continue
            if error.status != 409:
                raise _explained(error, obj) from error
            conflicts = (error.details or {}).get("causes") or []
            if conflicts:
                # Made by somebody since we read: it is as foreign as one that stood before.
                before = before or kube.get(
                    kube.kind(obj["apiVersion"], obj["kind"]), namespace, obj["metadata"]["name"]
                )
                _may_take(obj, before, conflicts, adopt)
                force = "true"
                continue
            # The object changed between our reading and our writing, as an HPA does: read again.
            before = kube.get(kube.kind(obj["apiVersion"], obj["kind"]), namespace, obj["metadata"]["name"])
    raise Busy(BUSY.format(label(obj)))


def _refuse_irreversible(obj: dict, before: dict | None, adopt: Callable[[dict], bool]) -> None:
    """Raises Irremovable for what is adopted and would be frozen, where only its removal could undo that."""
    freezes = before is not None and obj.get("immutable") is True and before.get("immutable") is not True
    if not freezes or ownership.is_held(before) or not adopt(before):
        return
    owners = [f"{owner['kind']}/{owner['name']}" for owner in before["metadata"].get("ownerReferences") or []]
    if _finalizers(before) or owners:
        reason = _held_by(before) if _finalizers(before) else f"made anew it would not be {', '.join(owners)}'s"
        raise Irremovable(
            f"{label(before)} would become immutable, and could not be put back as it is: {reason}. Give the set's own "
            "another name, or leave immutable out."
        )


def _refuse_held(before: dict) -> None:
    """Raises Irremovable for what would have to be removed to be changed, and would not go."""
    if _finalizers(before):
        raise Irremovable(
            f"{label(before)} is immutable, so that it is changed by being made anew, and {_held_by(before)}. Give the "
            "set's own another name, such as one with a hash of its content, or see that its controller lets go."
        )


def _finalizers(live: dict) -> list[str]:
    return live["metadata"].get("finalizers") or []


def _held_by(live: dict) -> str:
    return f"the finalizer {', '.join(_finalizers(live))} would hold its removal"


def _refuse_uncreatable(kube: Kube, namespace: str, obj: dict) -> None:
    """Raises Refused for an object that would be deleted and could not be made again, by the dry run of a copy."""
    copied = {**obj, "metadata": {**obj["metadata"], "name": f"{obj['metadata']['name'][:200]}-dry-run"}}
    try:
        kube.create(copied, namespace, "All")
    except KubeError as error:
        # The object itself makes room for its successor.
        if error.reason == "AlreadyExists" or "exceeded quota" in str(error):
            return
        told = _explained(error, obj)
        if isinstance(told, Refused):
            told = Refused(str(told).replace(copied["metadata"]["name"], obj["metadata"]["name"]))
        raise told from error


def _scaled(kube: Kube, namespace: str, obj: dict, objects: list, before: dict | None) -> dict:
    """The Deployment with the replicas that it may be applied with."""
    standing: list | None = []
    if replicas.may_lower(obj, objects, before):
        standing = reading.autoscalers_of(kube, namespace, obj)
    return replicas.with_replicas(obj, objects, before, standing)


def apply_exactly(kube: Kube, namespace: str, obj: dict) -> dict:
    """Applies an object with every field that it names, whoever owns it."""
    return kube.apply(obj, namespace, None, "true")


def _wait_gone(kube: Kube, namespace: str, going: dict) -> None:
    """Waits for an object that is being deleted: what is applied to it would go with it. Raises Refused."""
    kind, name = kube.kind(going["apiVersion"], going["kind"]), going["metadata"]["name"]
    until = time.monotonic() + GONE_PATIENCE
    until = until if kube.deadline is None else min(until, kube.deadline)
    while time.monotonic() < until:
        current = kube.get(kind, namespace, name)
        if current is None or current["metadata"]["uid"] != going["metadata"]["uid"]:
            return
        going = current
        time.sleep(GONE_POLL)
    held = ", ".join(going["metadata"].get("finalizers") or []) or "its dependents"
    raise Refused(
        f"{label(going)} is being deleted since {going['metadata']['deletionTimestamp']} and is held by {held}: "
        "see why that controller does not let go, then run this again."
    )


def _may_take(obj: dict, live: dict | None, conflicts: list, adopt: Callable[[dict], bool]) -> None:
    """Raises Refused for fields that another tool applies. Values that somebody edited are drift and overwritten."""
    if live is None or adopt(live):
        return
    if not ownership.is_held(live):
        raise Refused(
            f"{ownership.managed_by(live)} was made by somebody else meanwhile and does not belong to this release. "
            "Set adopt to take it over, or remove it."
        )
    appliers = {
        entry["manager"]
        for entry in live["metadata"].get("managedFields") or []
        if entry.get("operation") == "Apply" and entry.get("manager") != FIELD_MANAGER
    }
    held = [
        f"{conflict.get('field')} ({conflict.get('message')})"
        for conflict in conflicts
        if any(f'"{manager}"' in (conflict.get("message") or "") for manager in appliers)
    ]
    if held:
        raise Refused(
            f"{label(obj)}: another tool applies {'; '.join(held)}. Leave them to it, or set adopt to take them."
        )


def _explained(error: KubeError, obj: dict) -> Exception:
    """The server's refusal with the object's name and, where known, what to do."""
    text = error.answer
    if error.status == 422 and IMMUTABLE in text:
        return Refused(
            f"{label(obj)}: {text}. This field cannot be changed in place: remove the object first, give it another "
            "name, or keep the field as it is."
        )
    if is_invalid(error) and not is_denied(error):
        return Refused(f"{label(obj)} is not valid: {text}")
    if error.status == 403 or is_denied(error):
        return Refused(f"{label(obj)}: {text}")
    return error


def take_over(
    kube: Kube, namespace: str, objects: list, live: dict, adopt: Callable[[dict], bool], tolerated: frozenset[str]
) -> None:
    """Makes us the owner of what others changed in place, and, where ``adopt(live object)``, of what other tools made.

    ``live`` is brought up to date. ``tolerated``: managers whose changes stay.
    """
    for obj in objects:
        current = live.get(object_set.key(obj))
        if current is None:
            continue

        def wanted(current: dict, obj: dict = obj) -> list | None:
            return fields_taken(current, obj, adopt, tolerated)

        live[object_set.key(obj)] = change_owners(kube, namespace, current, wanted)


def fields_taken(current: dict, obj: dict, adopt: Callable[[dict], bool], tolerated: frozenset[str]) -> list | None:
    """managedFields by which the object becomes ours; None where no field has to change its owner."""
    found = _fields_of_others(current, obj, adopt, tolerated)
    may = adopt(current) or ownership.is_held(current)
    return takeover.with_fields(found, current, filled_in.fields(current, obj) if may else {})


def _fields_of_others(
    current: dict, obj: dict, adopt: Callable[[dict], bool], tolerated: frozenset[str]
) -> list | None:
    if adopt(current) and not ownership.is_held(current):
        return takeover.adoption_taken(current, obj)
    return takeover.drift_taken(current, tolerated)


def change_owners(kube: Kube, namespace: str, current: dict, wanted: Callable[[dict], list | None]) -> dict:
    """The live object with the managedFields that ``wanted(live object)`` gives; read again where a controller wrote to
    it meanwhile. Raises Refused."""
    for _attempt in range(TRIES):
        fields = wanted(current)
        if fields is None:
            return current
        body = copy.deepcopy(current)
        body["metadata"]["managedFields"] = fields
        try:
            return kube.replace(body, namespace)
        except KubeError as error:
            if error.status != 409:
                raise
        kind = kube.kind(current["apiVersion"], current["kind"])
        again = kube.get(kind, namespace, current["metadata"]["name"])
        if again is None:
            return current  # removed meanwhile: the apply that follows creates it again
        current = again
    raise Busy(BUSY.format(label(current)))


def put_back(kube: Kube, namespace: str, recorded: dict, check: Callable[[dict | None], None]) -> dict:
    """Makes an object that was adopted stand as it was recorded. It is still ours after that: see hand_back().

    ``check``: raises Refused for what stands there now and must not be written over.
    """
    kind = kube.kind(recorded["apiVersion"], recorded["kind"])
    for _attempt in range(TRIES):
        at = kube.get(kind, namespace, recorded["metadata"]["name"])
        check(at)
        if at is not None and at["metadata"].get("deletionTimestamp"):
            _wait_gone(kube, namespace, at)  # what is written into it would go with it
            continue
        try:
            if at is None:
                return kube.apply(takeover.as_configuration(recorded), namespace, None, "true")
            if _was_frozen(at, recorded):
                _refuse_uncreatable(kube, namespace, takeover.as_configuration(recorded))
                kube.delete(at, namespace)  # nothing else undoes it; without it, it is made again
                continue
            return kube.replace(takeover.as_before(at, recorded, _is_autoscaled(kube, namespace, recorded)), namespace)
        except KubeError as error:
            if error.status != 409:
                raise _explained(error, recorded) from error
    raise Busy(BUSY.format(label(recorded)))


def _is_autoscaled(kube: Kube, namespace: str, recorded: dict) -> bool:
    """Whether an autoscaler stands for it, or nobody knows."""
    return recorded["kind"] == "Deployment" and reading.autoscalers_of(kube, namespace, recorded) != []


def _is_frozen(live: dict | None) -> bool:
    """Whether it is a ConfigMap or Secret of ours that is immutable: it can never be changed in place."""
    return live is not None and live.get("immutable") is True and ownership.is_held(live)


def _was_frozen(live: dict, recorded: dict) -> bool:
    """Whether a ConfigMap or Secret is immutable, and not as it was recorded."""
    parts = ("immutable", "data", "binaryData")
    return live.get("immutable") is True and any(live.get(part) != recorded.get(part) for part in parts)


def hand_back(kube: Kube, namespace: str, recorded: dict) -> None:
    """Gives an object that was adopted back to its recorded owners."""
    kind = kube.kind(recorded["apiVersion"], recorded["kind"])
    at = kube.get(kind, namespace, recorded["metadata"]["name"])
    if at is not None and ownership.is_held(at):
        change_owners(kube, namespace, at, lambda found: takeover.handed_back(found, recorded))

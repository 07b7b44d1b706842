# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the live objects of a release and applies its set, for real or as the server's dry run."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError, is_invalid
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import kinds, object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import (
    FIELD_MANAGER,
    INSTANCE,
    MANAGED_BY,
)
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import diff, ownership, replicas, takeover

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


def read_live(kube: Kube, namespace: str, name: str, objects: list) -> dict:
    """The live objects of this set, by object_set.key(): one list a kind, and a get for what it does not show.

    Raises KindMissing when the cluster does not serve a kind of the set.
    """
    live: dict = {}
    for mine in _by_kind(objects):
        live |= _read_kind(kube, namespace, name, mine)
    return live


def read_readable(kube: Kube, namespace: str, name: str, objects: list) -> tuple[dict, dict, dict]:
    """The same for who only looks. And by key the reason, for those of which no object can exist because the cluster
    does not serve their kind, and for those that could not be read."""
    live: dict = {}
    impossible: dict = {}
    unread: dict = {}
    for mine in _by_kind(objects):
        try:
            live |= _read_kind(kube, namespace, name, mine)
        except KindMissing as error:
            impossible |= {object_set.key(obj): str(error) for obj in mine}
        except KubeError as error:
            if error.status in (0, 401):  # nothing else can be read either
                raise
            unread |= {object_set.key(obj): str(error) for obj in mine}
    return live, impossible, unread


def _by_kind(objects: list) -> list[list]:
    found: dict = {}
    for obj in objects:
        found.setdefault((obj["apiVersion"], obj["kind"]), []).append(obj)
    return list(found.values())


def _read_kind(kube: Kube, namespace: str, name: str, mine: list) -> dict:
    """The live ones of these objects of one kind."""
    entry = kube.kind(mine[0]["apiVersion"], mine[0]["kind"])
    found = {}
    if entry.namespaced and len(mine) > 1:
        listed = kube.list(entry, namespace, f"{INSTANCE}={name}")
        found = {item["metadata"]["name"]: item for item in listed["items"]}
    live = {}
    for obj in mine:
        wanted = obj["metadata"]["name"]
        current = found.get(wanted) or kube.get(entry, namespace if entry.namespaced else None, wanted)
        if current is not None:
            live[object_set.key(obj)] = current
    return live


def read_held(kube: Kube, namespace: str, objects: list) -> tuple[list, list]:
    """The given objects as they exist, where this collection has made them, in the given order: one list a kind, by the
    label that all its releases have. And those of the given objects whose kind may not be listed."""
    live: dict = {}
    unread = []
    for api_version, kind in dict.fromkeys((obj["apiVersion"], obj["kind"]) for obj in objects):
        try:
            listed = kube.list(kube.kind(api_version, kind), namespace, f"{MANAGED_BY}={FIELD_MANAGER}")["items"]
        except KindMissing:
            continue  # its CRD is gone, and with it every such object
        except KubeError as error:
            if error.status != 403:
                raise
            unread += [obj for obj in objects if (obj["apiVersion"], obj["kind"]) == (api_version, kind)]
            continue
        live.update({object_set.key(item): item for item in listed})
    for obj in objects:  # somebody may have changed that label
        if object_set.key(obj) not in live and obj not in unread:
            current = _may_get(kube, namespace, obj)
            live |= {object_set.key(obj): current} if current else {}
    found = [live[object_set.key(obj)] for obj in objects if object_set.key(obj) in live]
    held = [item for item in found if ownership.is_held(item) and not item["metadata"].get("deletionTimestamp")]
    return held, unread


def _may_get(kube: Kube, namespace: str, obj: dict) -> dict | None:
    """The object as it exists; None where it does not, or may not be read."""
    try:
        entry = kube.kind(obj["apiVersion"], obj["kind"])
        return kube.get(entry, namespace if entry.namespaced else None, obj["metadata"]["name"])
    except KindMissing:
        return None
    except KubeError as error:
        if error.status != 403:
            raise
        return None


def read_all_ours(kube: Kube, namespace: str, name: str) -> list:
    """Every object of this release that can be found without a record: of the kinds that this collection knows."""
    found = []
    for entry in kinds.that_people_make():
        try:
            kind = kube.served_kind(entry.api_version, entry.kind)
            listed = kube.list(kind, namespace, f"{INSTANCE}={name}")["items"]
        except KindMissing:
            continue
        except KubeError as error:
            if error.status not in (403, 404):
                raise
            continue
        found += [item for item in listed if ownership.is_ours(item, name)]
    return found


def may_exist(kube: Kube, namespace: str, name: str, obj: dict) -> bool:
    """Whether a recorded object exists and is still of this release; True when it may not be read."""
    try:
        entry = kube.kind(obj["apiVersion"], obj["kind"])
        current = kube.get(entry, namespace if entry.namespaced else None, obj["metadata"]["name"])
    except KindMissing:
        return False  # its CRD is gone, and with it every such object
    except KubeError as error:
        if error.status != 403:
            raise
        return True
    # A Namespace has no instance label, so only the label of another release counts.
    labels = (current["metadata"].get("labels") or {}) if current else {}
    return current is not None and ownership.is_held(current) and labels.get(INSTANCE, name) == name


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


def invalid(
    kube: Kube, namespace: str, objects: list, live: dict, adopt: Callable[[dict], bool], tolerated: frozenset[str]
) -> list[str]:
    """What the API server says of the objects that it would refuse as invalid, by its dry run.

    What it cannot say by a dry run is not known, and shows when the set is applied: a webhook that has none, or an
    object with fields of others that take_over() takes away first (a second port of the same name, say). That a field
    is immutable holds of those, too.
    """
    found = []
    for obj in objects:
        current = live.get(object_set.key(obj))
        takes_fields = current is not None and _fields_taken(current, obj, adopt, tolerated) is not None
        try:
            _apply_one(kube, namespace, obj, objects, current, "All", adopt)
        except Refused as error:
            cause = error.__cause__
            final = isinstance(cause, KubeError) and is_invalid(cause) and "dry run" not in str(cause)
            if final and (not takes_fields or IMMUTABLE in str(cause)):
                found.append(str(error))
        except KubeError as error:
            if error.status == 0:
                raise
    return found


def _apply_one(kube, namespace, obj, objects, before, dry_run, adopt) -> dict:
    """Applies one object; handles replicas, conflicts and adoption. Raises Refused or KubeError."""
    force = "false"
    for _attempt in range(TRIES):
        wanted = replicas.with_replicas(obj, objects, before) if obj["kind"] == "Deployment" else obj
        try:
            now = kube.apply(wanted, namespace, dry_run, force)
            if dry_run is None and now["metadata"].get("deletionTimestamp"):
                _wait_gone(kube, namespace, now)
                before, force = None, "false"
                continue
            return now
        except KubeError as error:
            if error.status == 422 and IMMUTABLE in str(error) and _is_frozen(before):
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
    raise Refused(BUSY.format(label(obj)))


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
    text = str(error).partition(": ")[2]
    if error.status == 422 and IMMUTABLE in text:
        return Refused(
            f"{label(obj)}: {text}. This field cannot be changed in place: remove the object first, or "
            "keep the field as it is."
        )
    if is_invalid(error):
        return Refused(f"{label(obj)} is not valid: {text}")
    if error.status == 403:
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
            return _fields_taken(current, obj, adopt, tolerated)

        live[object_set.key(obj)] = change_owners(kube, namespace, current, wanted)


def _fields_taken(current: dict, obj: dict, adopt: Callable[[dict], bool], tolerated: frozenset[str]) -> list | None:
    """managedFields by which the object becomes ours; None where no field has to change its owner."""
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
    raise Refused(BUSY.format(label(current)))


def put_back(kube: Kube, namespace: str, recorded: dict) -> dict:
    """Makes an object that was adopted stand as it was recorded. It is still ours after that: see hand_back()."""
    kind = kube.kind(recorded["apiVersion"], recorded["kind"])
    for _attempt in range(TRIES):
        at = kube.get(kind, namespace, recorded["metadata"]["name"])
        try:
            if at is None:
                return kube.apply(takeover.as_configuration(recorded), namespace, None, "true")
            if _was_frozen(at, recorded):
                kube.delete(at, namespace)  # nothing else undoes it; without it, it is made again
                continue
            return kube.replace(takeover.as_before(at, recorded), namespace)
        except KubeError as error:
            if error.status != 409:
                raise _explained(error, recorded) from error
    raise Refused(BUSY.format(label(recorded)))


def _is_frozen(live: dict | None) -> bool:
    """Whether it is a ConfigMap or Secret of ours that is immutable: it can never be changed in place."""
    return live is not None and live.get("immutable") is True and ownership.is_held(live)


def _was_frozen(live: dict, recorded: dict) -> bool:
    """Whether a ConfigMap or Secret has been made immutable since."""
    return live.get("immutable") is True and recorded.get("immutable") is not True


def is_held(kube: Kube, namespace: str, recorded: dict) -> bool:
    """Whether an object that was adopted is still ours, and neither given back nor removed."""
    kind = kube.kind(recorded["apiVersion"], recorded["kind"])
    at = kube.get(kind, namespace, recorded["metadata"]["name"])
    return at is not None and ownership.is_held(at)


def hand_back(kube: Kube, namespace: str, recorded: dict) -> None:
    """Gives an object that was adopted back to its recorded owners."""
    kind = kube.kind(recorded["apiVersion"], recorded["kind"])
    at = kube.get(kind, namespace, recorded["metadata"]["name"])
    if at is not None and ownership.is_held(at):
        change_owners(kube, namespace, at, lambda found: takeover.handed_back(found, recorded))

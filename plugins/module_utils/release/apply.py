# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the set of a release, for real or as the server's dry run."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    anew,
    claims,
    diff,
    drift,
    ownership,
    reading,
    replicas,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.refusals import (
    BUSY,
    IMMUTABLE,
    Busy,
    Refused,
    explained,
)

TRIES = 6
MADE_MEANWHILE = (
    "{} was made by somebody else meanwhile and does not belong to this release. "
    "Run this again with adopt to take it over, or remove it."
)


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
        now = apply_one(kube, namespace, obj, whole or objects, before, dry_run, adopt)
        after[object_set.key(obj)] = now
        change = diff.compare(before, now)
        if change:
            changes.append(change)
    return changes, after


def apply_one(kube, namespace, obj, objects, before, dry_run, adopt) -> dict:
    """Applies one object; handles replicas, conflicts and adoption. Raises Refused or KubeError."""
    force = "false"
    anew.refuse_irreversible(obj, before, adopt)
    for _attempt in range(TRIES):
        wanted = _scaled(kube, namespace, obj, objects, before) if obj["kind"] in object_set.SCALED else obj
        wanted = claims.with_size(wanted, before)
        try:
            now = kube.apply(wanted, namespace, dry_run, force)
            if dry_run is None and now["metadata"].get("deletionTimestamp"):
                anew.wait_gone(kube, namespace, now)
                before, force = None, "false"
                continue
            if before is None:
                _refuse_made_meanwhile(kube, namespace, now, dry_run, adopt)
            return now
        except KubeError as error:
            if error.status == 422 and IMMUTABLE in str(error) and anew.is_frozen(before):
                anew.refuse_held(before)
                anew.refuse_uncreatable(kube, namespace, obj)
                if dry_run is not None:
                    return {**obj, "metadata": before["metadata"]}
                kube.delete(before, namespace)  # it can be changed in no other way
                before = None
                continue
            if error.status != 409:
                raise explained(error, obj, before) from error
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


def _refuse_made_meanwhile(kube, namespace, now: dict, dry_run: str | None, adopt: Callable[[dict], bool]) -> None:
    """Raises Refused for what was not there when this run has read, and is others': what was not in conflict with
    theirs has gone in between. It is taken out again."""
    others = drift.foreign_fields(now, frozenset())
    if not others or adopt(now):
        return
    if dry_run is None:
        bare = {name: now[name] for name in ("apiVersion", "kind")} | {"metadata": {"name": now["metadata"]["name"]}}
        kube.apply(bare, namespace, None, "false")
    raise Refused(MADE_MEANWHILE.format(f"{label(now)} (by {', '.join(sorted(others))})"))


def _scaled(kube: Kube, namespace: str, obj: dict, objects: list, before: dict | None) -> dict:
    """What has replicas with those that it may be applied with."""
    standing: list | None = []
    if replicas.may_lower(obj, objects, before):
        standing = reading.autoscalers_of(kube, namespace, obj)
    return replicas.with_replicas(obj, objects, before, standing)


def apply_exactly(kube: Kube, namespace: str, obj: dict) -> dict:
    """Applies an object with every field that it names, whoever owns it."""
    return kube.apply(obj, namespace, None, "true")


def _may_take(obj: dict, live: dict | None, conflicts: list, adopt: Callable[[dict], bool]) -> None:
    """Raises Refused for fields that another tool applies. Values that somebody edited are drift and overwritten."""
    if live is None or adopt(live):
        return
    if not ownership.is_held(live):
        raise Refused(MADE_MEANWHILE.format(ownership.managed_by(live)))
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

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner of an object in the cluster, by its managed fields. Pure."""

from __future__ import annotations

import hashlib
import json

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import (
    FIELD_MANAGER,
    INSTANCE,
    OF_NAMESPACE,
)
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import ends_by_itself, key
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release.managed_fields import owned

# What a tool writes that applies on its own side, by which it knows later what to take away.
MARKS_OF_APPLIERS = ("f:kubectl.kubernetes.io/last-applied-configuration", "f:meta.helm.sh/release-name")
# A live object without our manager carries this where it should say who made it.
UNKNOWN_MANAGER = "an unknown manager"


def release_of(live: dict) -> str | None:
    """The release that holds a live object; None for an object that no release of this collection has applied."""
    return instance_of(live) if is_held(live) else None


def instance_of(obj: dict) -> str | None:
    """The release that the object names by its label."""
    return (obj["metadata"].get("labels") or {}).get(INSTANCE)


def namespace_of(live: dict, own: str) -> str:
    """The namespace of the release that holds a live object. One of the whole cluster says it in an annotation."""
    meta = live["metadata"]
    return meta.get("namespace") or (meta.get("annotations") or {}).get(OF_NAMESPACE) or own


def held_by_others(objects: list, live: dict, name: str, namespace: str) -> list[dict]:
    """Live objects of the set that another release holds: two releases of one object would undo each other."""
    found = [live[key(obj)] for obj in objects if obj["kind"] != "Namespace" and key(obj) in live]
    own = (name, namespace)
    return [at for at in found if release_of(at) and (release_of(at), namespace_of(at, namespace)) != own]


def named_with_holder(at: dict, namespace: str) -> str:
    """An object that another release holds, for a message to one in ``namespace``."""
    elsewhere = namespace_of(at, namespace)
    place = f" in {elsewhere}" if elsewhere != namespace else ""
    return f"{label(at)} (release {release_of(at)}{place})"


def is_held(live: dict) -> bool:
    """Whether we are one of the managers of a live object."""
    return FIELD_MANAGER in managers(live)


def foreign(objects: list, live: dict) -> list[dict]:
    """The live objects of the set that were never applied by us."""
    return [
        live[key(obj)]
        for obj in objects
        if obj["kind"] != "Namespace" and key(obj) in live and not is_held(live[key(obj)])
    ]


def is_alike(live: dict, objects: list) -> bool:
    """Whether a live object of somebody else is a frozen configuration of this instance, and the set has the same: the
    chart's name it by its content, too, and leaves those of earlier upgrades."""
    same = next(obj for obj in objects if key(obj) == key(live))
    parts = ("immutable", "data", "binaryData")
    frozen = live.get("immutable") is True and all((live.get(part) or {}) == (same.get(part) or {}) for part in parts)
    return live["kind"] == "ConfigMap" and frozen and instance_of(live) == instance_of(same)


def overwritten(obj: dict, live: dict) -> list[str]:
    """The labels and annotations of a live object that are not ours, and that the set's object has otherwise."""
    found = []
    mine = owned(live).get("f:metadata") or {}
    for part in ("labels", "annotations"):
        theirs = live["metadata"].get(part) or {}
        for name, value in (obj["metadata"].get(part) or {}).items():
            if theirs.get(name, value) != value and f"f:{name}" not in (mine.get(f"f:{part}") or {}):
                found.append(f"{name}={theirs[name]}")
    return found


def managed_by(live: dict) -> str:
    """An object with its managers, for a message."""
    return f"{label(live)} (managed by {', '.join(managers(live)) or UNKNOWN_MANAGER})"


def is_ours(live: dict, name: str) -> bool:
    """Whether a live object belongs to this release: it has its instance label, and we are one of its managers."""
    labels = live["metadata"].get("labels") or {}
    return labels.get(INSTANCE) == name and is_held(live)


def is_relabelled(live: dict, name: str) -> bool:
    """Whether a live object of a namespace that we are a manager of carries another instance label, or none."""
    return is_held(live) and release_of(live) != name and bool(live["metadata"].get("namespace"))


def managers(live: dict) -> list[str]:
    """The owners of an object's fields, subresources such as status excepted."""
    return sorted(
        {
            entry.get("manager", "?")
            for entry in live["metadata"].get("managedFields") or []
            if not entry.get("subresource")
        }
    )


def other_appliers(live: dict) -> list[str]:
    """The other tools that apply a live object as a whole, such as Flux or Helm. What controllers and people change of
    it makes nobody one, nor does a label: render writes ours for every tool."""
    entries = live["metadata"].get("managedFields") or []
    theirs = [entry for entry in entries if entry.get("manager") != FIELD_MANAGER and not entry.get("subresource")]
    return sorted({entry.get("manager", "?") for entry in theirs if _applies(entry)})


def _applies(entry: dict) -> bool:
    annotations = ((entry.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:annotations") or {}
    return entry.get("operation") == "Apply" or any(mark in annotations for mark in MARKS_OF_APPLIERS)


def applied_by_others(live: dict) -> str:
    """An object with the other tools that apply it, for a message; "" where none does."""
    tools = other_appliers(live)
    return f"{label(live)} (applied by {', '.join(tools)})" if tools else ""


def fingerprint(objects: list, live: dict) -> str:
    """A hash of the live objects' uids, of the fields that we own of each, and of when we changed them last; "" when
    one is missing.

    Whoever changes a field takes its ownership from us. So, while this hash stays the same, nobody has changed
    anything that we applied, and we have applied nothing else since. What goes by itself does not count. ``live`` is by
    key().
    """
    parts = []
    for obj in sorted((obj for obj in objects if not ends_by_itself(obj)), key=key):
        current = live.get(key(obj))
        if current is None or current["metadata"].get("deletionTimestamp"):
            return ""
        owned = [
            [_without_empty_maps(entry.get("fieldsV1") or {}), entry.get("time")]
            for entry in current["metadata"].get("managedFields") or []
            if entry.get("manager") == FIELD_MANAGER and not entry.get("subresource")
        ]
        parts.append([key(obj), current["metadata"].get("uid"), owned])
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _without_empty_maps(fields: dict) -> dict:
    """An empty map of annotations or labels is owned until a controller adds to it, which changes nothing of ours."""
    meta = fields.get("f:metadata") or {}
    kept = {name: below for name, below in meta.items() if below or name not in ("f:annotations", "f:labels")}
    return {**fields, "f:metadata": kept}

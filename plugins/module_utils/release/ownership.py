# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner of an object in the cluster, by its managed fields. Pure."""

from __future__ import annotations

import hashlib
import json

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER, INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import key

EDITORS = {"kubectl-edit", "kubectl-patch", "kubectl-replace", "kubectl-set", "kubectl-client-side-apply"}


def is_ours(live: dict, name: str) -> bool:
    """Whether a live object belongs to this release: it has its instance label, and we are one of its managers."""
    labels = live["metadata"].get("labels") or {}
    return labels.get(INSTANCE) == name and FIELD_MANAGER in managers(live)


def managers(live: dict) -> list[str]:
    """The owners of an object's fields, subresources such as status excepted."""
    return sorted(
        {
            entry.get("manager", "?")
            for entry in live["metadata"].get("managedFields") or []
            if not entry.get("subresource")
        }
    )


def editors(live: dict) -> set[str]:
    """Manual edits of an object: the managers under which kubectl changes configuration in place."""
    return {entry.get("manager", "") for entry in live["metadata"].get("managedFields") or []} & EDITORS


def fingerprint(objects: list, live: dict) -> str:
    """A hash of the live objects' uids and of the fields that we own of each; "" when one is missing.

    Whoever changes a field takes its ownership from us. So, while this hash stays the same, nobody has changed
    anything that we applied. ``live`` is by key().
    """
    parts = []
    for obj in sorted(objects, key=key):
        current = live.get(key(obj))
        if current is None or current["metadata"].get("deletionTimestamp"):
            return ""
        owned = [
            entry.get("fieldsV1")
            for entry in current["metadata"].get("managedFields") or []
            if entry.get("manager") == FIELD_MANAGER and not entry.get("subresource")
        ]
        parts.append([key(obj), current["metadata"].get("uid"), owned])
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

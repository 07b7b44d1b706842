# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose an object of the cluster is, by its managed fields. Pure."""

from __future__ import annotations

import hashlib
import json

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER, INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import key

EDITORS = {"kubectl-edit", "kubectl-patch", "kubectl-replace", "kubectl-set", "kubectl-client-side-apply"}


def is_ours(live: dict, name: str) -> bool:
    """Whether a live object belongs to this release: its instance label says so and we are one of its managers."""
    labels = live["metadata"].get("labels") or {}
    return labels.get(INSTANCE) == name and FIELD_MANAGER in managers(live)


def managers(live: dict) -> list[str]:
    """Who owns fields of an object, other than by its status."""
    return sorted(
        {
            entry.get("manager", "?")
            for entry in live["metadata"].get("managedFields") or []
            if not entry.get("subresource")
        }
    )


def editors(live: dict) -> set[str]:
    """People's hands on an object: managers by which kubectl changes configuration in place."""
    return {entry.get("manager", "") for entry in live["metadata"].get("managedFields") or []} & EDITORS


def fingerprint(objects: list, live: dict) -> str:
    """A hash of who we are to the live objects: their uids and the fields that we own of each. "" when one is missing.

    Whoever changes the value of a field becomes its owner and we cease to be, so that, for as long as this stays the
    same, nobody has changed anything that we applied. ``live`` is by key().
    """
    parts = []
    for obj in sorted(objects, key=key):
        at = live.get(key(obj))
        if at is None or at["metadata"].get("deletionTimestamp"):
            return ""
        owned = [
            entry.get("fieldsV1")
            for entry in at["metadata"].get("managedFields") or []
            if entry.get("manager") == FIELD_MANAGER and not entry.get("subresource")
        ]
        parts.append([key(obj), at["metadata"].get("uid"), owned])
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

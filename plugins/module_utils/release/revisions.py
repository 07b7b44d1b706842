# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbered revisions of a release, each kept in the cluster as one Secret. Pure: to and from plain objects."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER, MANAGED_BY
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import digest

SECRET_TYPE = "modelops.serving/revision.v1"
RELEASE_LABEL = "modelops.serving/release"
REVISION_LABEL = "modelops.serving/revision"
STATUS_LABEL = "modelops.serving/status"
NOTE_ANNOTATION = "modelops.serving/note"
HASH_ANNOTATION = "modelops.serving/hash"
FINGERPRINT_ANNOTATION = "modelops.serving/fingerprint"
CREATED_ANNOTATION = "modelops.serving/created"
# The API server accepts Secrets of up to 1 MiB; 16 KiB are left for the rest of the object.
MAX_PAYLOAD = 1024 * 1024 - 16 * 1024

PENDING, SERVING, SUPERSEDED, FAILED = "pending", "serving", "superseded", "failed"


@dataclass
class Revision:
    """One recorded set. ``status``: pending (being rolled out), serving, superseded or failed.

    ``fingerprint``: ownership.fingerprint() of the live objects when it was last applied.
    """

    number: int
    status: str
    hash: str
    created: str
    note: str = ""
    fingerprint: str = ""
    objects: list = field(default_factory=list)

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


def encode(release: str, namespace: str, number: int, objects: list, created: str, note: str) -> dict:
    """The Secret of a new, pending revision. Raises ServingError when the set is too large for one."""
    payload = gzip.compress(json.dumps(objects, sort_keys=True, separators=(",", ":")).encode(), mtime=0)
    encoded = base64.b64encode(payload).decode()
    if len(encoded) > MAX_PAYLOAD:
        largest = max(objects, key=lambda obj: len(json.dumps(obj)))
        raise ServingError(
            f"the set is too large for one Secret: {len(encoded)} bytes compressed, at most {MAX_PAYLOAD}. The largest "
            f"object is {largest['kind']}/{largest['metadata']['name']}: move large data out of the release."
        )
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": SECRET_TYPE,
        "immutable": True,
        "metadata": {
            "name": secret_name(release, number),
            "namespace": namespace,
            "labels": {
                MANAGED_BY: FIELD_MANAGER,
                RELEASE_LABEL: release,
                REVISION_LABEL: str(number),
                STATUS_LABEL: PENDING,
            },
            "annotations": {
                HASH_ANNOTATION: digest(objects),
                CREATED_ANNOTATION: created,
                NOTE_ANNOTATION: note,
            },
        },
        "data": {"objects": encoded},
    }


def decode(secret: dict) -> Revision:
    """Raises ServingError when the Secret cannot be read as a revision."""
    meta = secret["metadata"]
    labels, annotations = meta.get("labels") or {}, meta.get("annotations") or {}
    try:
        objects = json.loads(gzip.decompress(base64.b64decode(secret["data"]["objects"])))
        number = int(labels[REVISION_LABEL])
    except (KeyError, ValueError, OSError, EOFError) as error:
        raise ServingError(f"Secret/{meta['name']} is not a readable revision ({error}); delete it.") from error
    return Revision(
        number=number,
        status=labels.get(STATUS_LABEL, ""),
        hash=annotations.get(HASH_ANNOTATION, ""),
        created=annotations.get(CREATED_ANNOTATION, ""),
        note=annotations.get(NOTE_ANNOTATION, ""),
        fingerprint=annotations.get(FINGERPRINT_ANNOTATION, ""),
        objects=objects,
    )


def serving(history: list[Revision]) -> Revision | None:
    """The revision that serves; the newest, when a killed run left two marked so."""
    return max((entry for entry in history if entry.status == SERVING), key=lambda entry: entry.number, default=None)


def next_number(history: list[Revision]) -> int:
    return max((entry.number for entry in history), default=0) + 1


def target(history: list[Revision], number: int | None) -> Revision:
    """The revision to roll back to: the given one, or else the one that served before. Raises ServingError."""
    current = serving(history)
    if number is not None:
        for entry in history:
            if entry.number == number:
                return entry
        known = ", ".join(f"r{entry.number}" for entry in sorted(history, key=lambda item: item.number)) or "none"
        raise ServingError(f"there is no revision r{number}. Recorded: {known}.")
    before = [
        entry
        for entry in history
        if entry.status == SUPERSEDED
        and (current is None or (entry.number < current.number and entry.hash != current.hash))
    ]
    if not before:
        raise ServingError("no earlier revision has served: nothing to roll back to.")
    return max(before, key=lambda entry: entry.number)


def outdated(history: list[Revision], limit: int) -> list[Revision]:
    """The oldest revisions beyond the limit; never the one that serves or is being rolled out."""
    ordered = sorted(history, key=lambda entry: entry.number, reverse=True)
    return [entry for entry in ordered[limit:] if entry.status not in (SERVING, PENDING)]

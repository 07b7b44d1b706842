# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded revisions of one release, read from and written to the cluster."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision

SECRET = find("Secret")


class History:
    """Newest last. Every change is written at once, so that the record is right after a killed run too."""

    def __init__(self, kube: Kube, namespace: str, name: str):
        self.kube, self.namespace, self.name = kube, namespace, name
        self.entries: list[Revision] = []

    def read(self) -> History:
        of_type = f"type={revisions.SECRET_TYPE}"
        found = self.kube.list(SECRET, self.namespace, revisions.selector(self.name), of_type)["items"]
        self.entries = sorted((revisions.decode(item) for item in found), key=lambda entry: entry.number)
        return self

    @property
    def serving(self) -> Revision | None:
        return revisions.serving(self.entries)

    @property
    def pending(self) -> Revision | None:
        """A revision whose rollout a killed run left unfinished."""
        return next((entry for entry in reversed(self.entries) if entry.status == revisions.PENDING), None)

    @property
    def objects(self) -> list:
        """Every object of every revision."""
        return [obj for entry in self.entries for obj in entry.objects]

    def begin(self, objects: list, note: str) -> Revision:
        number = revisions.next_number(self.entries)
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        secret = revisions.encode(self.name, self.namespace, number, objects, created, note)
        self.kube.create(secret, self.namespace)
        entry = revisions.decode(secret)
        self.entries.append(entry)
        return entry

    def mark(self, entry: Revision, status: str, **fields: str) -> None:
        """Writes the status and ``fields`` (note, fingerprint), unless all of them are recorded already."""
        if entry.status == status and all(getattr(entry, name) == value for name, value in fields.items()):
            return
        annotations = {f"modelops.serving/{name}": value for name, value in fields.items()}
        change = {"labels": {revisions.STATUS_LABEL: status}, "annotations": annotations}
        self.kube.patch(self._reference(entry), self.namespace, {"metadata": change})
        entry.status = status
        for name, value in fields.items():
            setattr(entry, name, value)

    def promote(self, entry: Revision, fingerprint: str) -> None:
        """Marks this revision as serving, then the one before as superseded. In this order one always serves."""
        before = [other for other in self.entries if other is not entry and other.status == revisions.SERVING]
        self.mark(entry, revisions.SERVING, fingerprint=fingerprint)
        for other in before:
            self.mark(other, revisions.SUPERSEDED)

    def trim(self, limit: int) -> None:
        for entry in revisions.outdated(self.entries, limit):
            self.kube.delete(self._reference(entry), self.namespace)
            self.entries.remove(entry)

    def forget(self) -> None:
        for entry in self.entries:
            self.kube.delete(self._reference(entry), self.namespace)
        self.entries = []

    def _reference(self, entry: Revision) -> dict:
        name = revisions.secret_name(self.name, entry.number)
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": self.namespace}}

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects, their versions, and what changed since which version. What is kept is never changed in place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from adversary import managed
from adversary.managed import Shares
from adversary.schema import Resource

Where = tuple[str | None, str]


@dataclass(frozen=True, eq=False)
class Stored:
    """One version of one object. ``obj`` is without managedFields, which are ``shares``."""

    resource: Resource
    obj: dict
    shares: Shares

    @property
    def where(self) -> Where:
        meta = self.obj["metadata"]
        return (meta.get("namespace"), meta["name"])

    @cached_property
    def document(self) -> dict:
        """As the API shows it. To be read only."""
        shown = {**self.obj, "metadata": dict(self.obj["metadata"])}
        fields = managed.encode(self.shares)
        if fields:
            shown["metadata"]["managedFields"] = fields
        return shown

    @cached_property
    def text(self) -> str:
        return json.dumps(self.document)

    @cached_property
    def labels(self) -> dict:
        return self.obj["metadata"].get("labels") or {}


@dataclass(frozen=True)
class Change:
    """``after`` is None for a removal, ``before`` for a creation."""

    version: int
    resource: Resource
    before: Stored | None
    after: Stored | None


class Store:
    """``listeners`` are called after each change. Watches may start at any version from ``oldest`` on."""

    def __init__(self):
        self.version = 100
        self.oldest = 0
        self.changes: list[Change] = []
        self.listeners: list[Callable[[Change], None]] = []
        self._objects: dict[Resource, dict[Where, Stored]] = {}

    def get(self, resource: Resource, namespace: str | None, name: str) -> Stored | None:
        return self._objects.get(resource, {}).get((namespace, name))

    def all(self, resource: Resource) -> Iterator[Stored]:
        """In order of namespace and name."""
        held = self._objects.get(resource, {})
        return (held[where] for where in sorted(held, key=lambda where: (where[0] or "", where[1])))

    def resources(self) -> list[Resource]:
        return list(self._objects)

    def put(self, resource: Resource, obj: dict, shares: Shares) -> Stored:
        self.version += 1
        obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.version)}}
        after = Stored(resource, obj, shares)
        before = self._objects.get(resource, {}).get(after.where)
        self._objects.setdefault(resource, {})[after.where] = after
        self._note(Change(self.version, resource, before, after))
        return after

    def remove(self, stored: Stored) -> None:
        self.version += 1
        del self._objects[stored.resource][stored.where]
        self._note(Change(self.version, stored.resource, stored, None))

    def since(self, version: int) -> Iterator[Change]:
        """The changes after that version, oldest first."""
        later = []
        for change in reversed(self.changes):
            if change.version <= version:
                break
            later.append(change)
        return reversed(later)

    def compact(self) -> None:
        """Forgets what was: a watch that asks for it is told so."""
        self.oldest = self.version
        self.changes.clear()

    def _note(self, change: Change) -> None:
        self.changes.append(change)
        for listener in list(self.listeners):
            listener(change)

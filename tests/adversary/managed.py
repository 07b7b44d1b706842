# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who owns which fields of an object, and how that changes with every write: server-side apply and all the others."""

from __future__ import annotations

from dataclasses import dataclass

from adversary import fields, merge
from adversary.fields import Path
from adversary.schema import Type

# What the server keeps of an object for itself belongs to nobody.
NOBODYS = {("f:apiVersion",), ("f:kind",), ("f:metadata",)} | {
    ("f:metadata", f"f:{name}")
    for name in (
        "name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion",
    )
}  # fmt: skip
APPLY, UPDATE = "Apply", "Update"


@dataclass(frozen=True)
class Manager:
    """Who writes. Of those that apply the version makes no difference to who they are."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""

    @property
    def identity(self) -> tuple:
        version = "" if self.operation == APPLY else self.api_version
        return (self.name, self.operation, version, self.subresource)

    def __str__(self) -> str:
        below = f' with subresource "{self.subresource}"' if self.subresource else ""
        version = "" if self.operation == APPLY else f" using {self.api_version}"
        return f'"{self.name}"{below}{version}'


@dataclass(frozen=True)
class Share:
    """The fields of one manager, and when it last changed them."""

    manager: Manager
    paths: frozenset[Path]
    time: str


Shares = dict[tuple, Share]


class Conflict(Exception):
    """Fields that others own. ``held`` is a list of (manager, path)."""

    def __init__(self, held: list[tuple[Manager, Path]]):
        super().__init__(message(held))
        self.held = held


def message(held: list[tuple[Manager, Path]]) -> str:
    if len(held) == 1:
        manager, path = held[0]
        return f"Apply failed with 1 conflict: conflict with {manager}: {fields.text(path)}"
    parts, last = [], None
    for manager, path in held:
        if manager != last:
            parts.append(f"conflicts with {manager}:")
        parts.append(f"- {fields.text(path)}")
        last = manager
    return f"Apply failed with {len(held)} conflicts: " + "\n".join(parts)


def decode(entries: list | None) -> Shares:
    """From metadata.managedFields."""
    shares = (
        Share(
            Manager(
                entry.get("manager", ""),
                entry.get("operation", ""),
                entry.get("apiVersion", ""),
                entry.get("subresource", ""),
            ),
            fields.decode(entry.get("fieldsV1") or {}),
            entry.get("time", ""),
        )
        for entry in entries or []
    )
    return {share.manager.identity: share for share in shares}


def encode(shares: Shares) -> list:
    """To metadata.managedFields, in the server's order."""

    def order(share: Share) -> tuple:
        manager = share.manager
        return (manager.operation, share.time, manager.name, manager.api_version, manager.subresource)

    return [_entry(share) for share in sorted(shares.values(), key=order)]


def _entry(share: Share) -> dict:
    entry = {
        "manager": share.manager.name,
        "operation": share.manager.operation,
        "apiVersion": share.manager.api_version,
        "time": share.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields.encode(share.paths),
    }
    if not share.time:
        del entry["time"]
    if share.manager.subresource:
        entry["subresource"] = share.manager.subresource
    return entry


def applied(
    live: dict, wanted: dict, shares: Shares, manager: Manager, forced: bool, found: Type, ignored: set[Path], now: str
) -> tuple[dict, Shares]:
    """What stands after the manager applied this on top of it. Raises Conflict.

    ``ignored`` are fields that this endpoint does not write, such as the status.
    """
    if live and not shares:
        # What stood before anyone's fields were tracked is another's.
        another = Manager("before-first-apply", UPDATE, manager.api_version)
        shares = updated({}, live, {}, another, found, ignored, now)
    mine = shares.get(manager.identity)
    wanted = _stripped(wanted, ignored)
    named = frozenset(fields.named_in(wanted, found))
    after: Shares = {**shares, manager.identity: Share(manager, named, mine.time if mine else "")}
    merged = _pruned(merge.merge(live, wanted, found), after, mine, found)
    after = _settled(live, merged, after, manager, forced, found)
    kept = frozenset(_kept(named, ignored))
    after[manager.identity] = Share(manager, kept, mine.time if mine else "")
    if not kept:
        del after[manager.identity]
    return merged, after


def _pruned(merged: dict, shares: Shares, before: Share | None, found: Type) -> dict:
    """Takes away what the manager named last time and nobody names now."""
    if before is None or not before.paths:
        return merged
    last = fields.with_parents(before.paths, found)
    owned = fields.with_parents(set().union(*(share.paths for share in shares.values())), found)
    everything = fields.with_parents(fields.named_in(merged, found), found)
    left = fields.with_parents(fields.named_in(merge.without(merged, last, found) or {}, found), found)
    unowned = merge.without(merged, everything - left - owned, found) or {}
    left = fields.with_parents(fields.named_in(unowned, found), found)
    return merge.without(merged, (everything - left) & last, found) or {}


def updated(
    live: dict, new: dict, shares: Shares, manager: Manager, found: Type, ignored: set[Path], now: str
) -> Shares:
    """Who owns what after the manager wrote the whole object: whoever changes a field owns it alone from then on."""
    difference = merge.compare(live, new, found)
    after = _settled(live, new, shares, manager, True, found)
    mine = after.get(manager.identity)
    paths = set(mine.paths) if mine else set()
    paths = (paths - difference.removed) | difference.modified | difference.added
    paths = _kept(paths, ignored)
    if paths:
        changed = _kept(difference.modified | difference.added, ignored)
        time = now if changed or not mine else mine.time
        after[manager.identity] = Share(manager, frozenset(paths), time)
    else:
        after.pop(manager.identity, None)
    return after


def _settled(live: dict, new: dict, shares: Shares, manager: Manager, forced: bool, found: Type) -> Shares:
    """The shares of the others after this change. Raises Conflict unless ``forced``."""
    difference = merge.compare(live, new, found)
    changed = difference.modified | difference.added
    others = {identity: share for identity, share in shares.items() if identity != manager.identity}
    if not forced:
        by_name = sorted(others.values(), key=lambda share: str(share.manager))
        held = [(share.manager, path) for share in by_name for path in fields.ordered(share.paths & changed)]
        if held:
            raise Conflict(held)
    result = dict(shares)
    for identity, share in others.items():
        rest = share.paths - changed - difference.removed
        if not rest:
            del result[identity]
        elif rest != share.paths:
            result[identity] = Share(share.manager, rest, share.time)
    return result


def stamped(after: Shares, manager: Manager, now: str) -> Shares:
    """The manager's share with the time of this change; the others' keep theirs."""
    share = after.get(manager.identity)
    if share is None:
        return after
    return {**after, manager.identity: Share(manager, share.paths, now)}


def _kept(paths: set[Path], ignored: set[Path]) -> set[Path]:
    return {path for path in paths if path not in NOBODYS and not any(path[: len(below)] == below for below in ignored)}


def _stripped(wanted: dict, ignored: set[Path]) -> dict:
    tops = {path[0][2:] for path in ignored if len(path) == 1}
    return {name: value for name, value in wanted.items() if name not in tops}

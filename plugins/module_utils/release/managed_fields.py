# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic on managedFields: who owns which fields of a live object. Pure.

A set of fields is a nested dict as in ``fieldsV1``: ``f:name`` is a field, ``k:{...}`` a list item by its keys,
``v:...`` a list item by its value, ``.`` the item itself; ``{}`` ends a path.
"""

from __future__ import annotations

import json

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER

# An object's metadata carries the notes of controllers (revision counters, load balancers, certificates) beside ours.
NOT_CONFIGURATION = ("f:metadata", "f:status", "f:apiVersion", "f:kind")


def entries(live: dict) -> list[dict]:
    """Without those of subresources (status, scale): these are not configuration."""
    found = live["metadata"].get("managedFields") or []
    return [entry for entry in found if not entry.get("subresource")]


def fields_of(entry: dict) -> dict:
    return entry.get("fieldsV1") or {}


def owned(live: dict, manager: str = FIELD_MANAGER) -> dict:
    """All fields that a manager owns."""
    fields: dict = {}
    for entry in entries(live):
        if entry.get("manager") == manager:
            fields = union(fields, fields_of(entry))
    return fields


def union(one: dict, other: dict) -> dict:
    joined = dict(one)
    for name, below in other.items():
        joined[name] = union(joined[name], below) if name in joined else below
    return joined


def difference(fields: dict, without: dict) -> dict:
    """The fields that are not in ``without``."""
    left = {}
    for name, below in fields.items():
        if name not in without:
            left[name] = below
        elif below:
            rest = difference(below, without[name])
            if rest:
                left[name] = rest
    return left


def configuration(fields: dict) -> dict:
    """The part that says how an object is to be, without its metadata and status."""
    return {name: below for name, below in fields.items() if name not in NOT_CONFIGURATION}


def removed(value, fields: dict):
    """A copy of an object, or of a part of it, without these fields."""
    if isinstance(value, dict):
        left = {}
        for name, below in value.items():
            gone = fields.get(f"f:{name}")
            if gone is None:
                left[name] = below
            elif gone:
                rest = removed(below, gone)
                if rest not in ({}, []):
                    left[name] = rest
        return left
    if isinstance(value, list):
        return [item for item in (_item_left(item, fields) for item in value) if item is not None]
    return value


def _item_left(item, fields: dict):
    """What stays of a list's item; None when it goes as a whole."""
    for name, below in fields.items():
        sort, _colon, rest = name.partition(":")
        if sort == "v" and json.loads(rest) == item:
            return None
        if sort == "k" and all(item.get(key) == value for key, value in json.loads(rest).items()):
            return None if not below or "." in below else removed(item, below)
    return item


def paths(fields: dict, above: str = "") -> list[str]:
    """Each path as a person writes it: ``spec.template.spec.containers[name=api].env[name=DEBUG]``."""
    found: list[str] = []
    for name, below in fields.items():
        if name == ".":
            continue
        here = above + _step(name, above)
        deeper = paths(below, here)
        # A list's item that is owned as a whole is one thing, whatever it is made of.
        whole = name.startswith("k:") and "." in below
        found += [here] if whole or not deeper else deeper
    return found


def _step(name: str, above: str) -> str:
    sort, _colon, rest = name.partition(":")
    if sort == "k":
        keys = ",".join(f"{key}={value}" for key, value in sorted(json.loads(rest).items()))
        return f"[{keys}]"
    if sort == "v":
        return f"[{json.loads(rest)}]"
    if sort == "i":
        return f"[{rest}]"
    return f".{rest}" if above else rest

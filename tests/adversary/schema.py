# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of the API as server-side apply sees them: what is a list with keys, what is atomic, what may be named."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("schema.json")
SCALAR, STRUCT, MAP, LIST, ANY = "scalar", "struct", "map", "list", "any"


@dataclass(eq=False)
class Type:
    """One type.

    ``form`` is one of the five above; ANY takes the form of the value at hand, its maps granular and its lists atomic.
    ``fields`` are a struct's; ``always`` are those of them (structs and lists)
    that the server's own types cannot leave out. ``element``
    is what a map or a list holds. ``keys`` make the elements of a list known to each other, ``defaults`` are theirs.
    """

    form: str
    name: str = ""
    fields: dict[str, Type] = field(default_factory=dict)
    always: dict[str, Type] = field(default_factory=dict)
    element: Type | None = None
    keys: tuple[str, ...] = ()
    defaults: dict = field(default_factory=dict)
    is_set: bool = False
    atomic: bool = False

    def below(self, name: str) -> Type | None:
        """The type of a member of a struct or map; None for a field that does not exist."""
        return self.fields.get(name) if self.form == STRUCT else self.element

    def of(self, value) -> Type:
        """This type, or for ANY what it is with this value."""
        if self.form != ANY:
            return self
        if isinstance(value, dict):
            return ANY_MAP
        return ANY_LIST if isinstance(value, list) else ANY_SCALAR


ANYTHING = Type(ANY)
ANY_MAP = Type(MAP, element=ANYTHING)
ANY_LIST = Type(LIST, element=ANYTHING, atomic=True)
ANY_SCALAR = Type(SCALAR, name="any")


@dataclass(frozen=True)
class Resource:
    """A kind of object and where it lives. ``type`` names its type, "" is a custom one that takes any field."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    type: str = ""

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def full(self) -> str:
        """``deployments.apps``, as messages have it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


@cache
def document() -> dict:
    return json.loads(FILE.read_text(encoding="utf-8"))


@cache
def resources() -> tuple[Resource, ...]:
    return tuple(
        Resource(entry["apiVersion"], entry["kind"], entry["plural"], entry["namespaced"], entry["type"])
        for entry in document()["kinds"]
    )


@cache
def named(name: str) -> Type:
    """The type of that name; "" is a custom resource's."""
    if not name:
        return _custom()
    found = document()["types"][name]
    if "scalar" in found:
        return Type(SCALAR, name=found["scalar"])
    struct = Type(STRUCT, name=name, atomic=found.get("atomic", False))
    for entry, node in found["fields"].items():
        struct.fields[entry] = _node(node)
        if node.get("always"):
            struct.always[entry] = struct.fields[entry]
    return struct


def _custom() -> Type:
    meta = named("meta.v1.ObjectMeta")
    fields = {"apiVersion": ANY_SCALAR, "kind": ANY_SCALAR, "metadata": meta}
    return Type(
        STRUCT, name="custom", fields={**fields, "spec": ANYTHING, "status": ANYTHING}, always={"metadata": meta}
    )


def _node(node: dict) -> Type:
    if "type" in node:
        found = named(node["type"])
        if not node.get("atomic"):
            return found
        return Type(found.form, found.name, found.fields, found.always, found.element, atomic=True)
    if "list" in node:
        element = _node(node["list"])
        keys = tuple(node.get("keys", ()))
        found = document()["types"].get(node["list"].get("type", ""), {}).get("fields", {})
        defaults = {key: found[key]["default"] for key in keys if "default" in found.get(key, {})}
        is_set = node.get("set", False)
        return Type(LIST, element=element, keys=keys, defaults=defaults, is_set=is_set, atomic=not keys and not is_set)
    if "map" in node:
        return Type(MAP, element=_node(node["map"]), atomic=node.get("atomic", False))
    return Type(SCALAR, name=node["scalar"])

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of fields: paths such as ("f:spec", "f:containers", 'k:{"name":"api"}', "f:image"), and what they mean.

A path that is in a set is owned, whether or not what lies below it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from adversary.schema import LIST, MAP, SCALAR, STRUCT, Type

Path = tuple[str, ...]


def decode(tree: dict) -> frozenset[Path]:
    """From fieldsV1."""
    found: set[Path] = set()

    def walk(node: dict, path: Path) -> None:
        if path and (not node or "." in node):
            found.add(path)
        for name, below in node.items():
            if name != ".":
                walk(below, (*path, name))

    walk(tree, ())
    return frozenset(found)


def encode(paths: Iterable[Path]) -> dict:
    """To fieldsV1."""
    return _encoded(branches(paths))


def ordered(paths: Iterable[Path]) -> list[Path]:
    """As the server lists them: what is owned at a level before what lies deeper."""

    def place(path: Path) -> list:
        return [(number + 1 < len(path), element) for number, element in enumerate(path)]

    return sorted(paths, key=place)


def branches(paths: Iterable[Path]) -> dict:
    """A tree of the paths: ``{element: [is a member, branches below]}``."""
    root: dict = {}
    for path in paths:
        node = root
        for element in path[:-1]:
            node = node.setdefault(element, [False, {}])[1]
        node.setdefault(path[-1], [False, {}])[0] = True
    return root


def _encoded(tree: dict) -> dict:
    return {
        name: {".": {}, **_encoded(below)} if member and below else _encoded(below)
        for name, (member, below) in sorted(tree.items())
    }


def key_of(found: Type, item) -> str:
    """The path element of a list's item."""
    if found.is_set:
        return f"v:{json.dumps(item)}"
    chosen = {key: item.get(key, found.defaults.get(key)) for key in found.keys}
    return f"k:{json.dumps({key: value for key, value in chosen.items() if value is not None}, separators=(',', ':'))}"


def named_in(value, found: Type) -> set[Path]:
    """Every field that a configuration names."""
    out: set[Path] = set()
    _name(value, found, (), out)
    return out


def _name(value, found: Type, path: Path, out: set[Path]) -> None:
    found = found.of(value)
    if found.form == SCALAR or (found.atomic and value is not None):
        out.add(path)
    elif found.form == LIST:
        for item in value or []:
            below = (*path, key_of(found, item))
            _name(item, found.element, below, out)
            out.add(below)
    elif value is not None:
        for name, item in value.items():
            below = (*path, f"f:{name}")
            _name(item, found.below(name), below, out)
            if item is None or item == {} or found.form == MAP:
                out.add(below)


def with_parents(paths: Iterable[Path], found: Type) -> set[Path]:
    """The paths, and above them the fields of structs, which are not owned as such; keys of maps and lists stay out."""
    result = set(paths)
    _add_parents(branches(result), found, (), result)
    return result


def _add_parents(tree: dict, found: Type | None, path: Path, result: set[Path]) -> None:
    for element, (_member, below) in tree.items():
        if not below:
            continue
        here, inner = (*path, element), None
        if found is not None:
            if element.startswith("f:"):
                inner = found.below(element[2:]) if found.form in (STRUCT, MAP) else None
                if found.form == STRUCT and inner is not None:
                    result.add(here)
            else:
                inner = found.element
        _add_parents(below, inner, here, result)


def text(path: Path) -> str:
    """As conflicts have it: .spec.template.spec.containers[name="api"].image"""
    return "".join(_element_text(element) for element in path)


def _element_text(element: str) -> str:
    if element.startswith("f:"):
        return f".{element[2:]}"
    if element.startswith("v:"):
        return f"[={element[2:]}]"
    keys = json.loads(element[2:])
    return "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in keys.items()) + "]"

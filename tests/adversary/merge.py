# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values with a type: how two are merged, how they differ, and what is left when fields are taken away."""

from __future__ import annotations

from dataclasses import dataclass, field

from adversary.fields import Path, branches, key_of
from adversary.schema import LIST, SCALAR, STRUCT, Type


def merge(live, wanted, found: Type):
    """What the API server makes of a configuration on top of what stands; neither is changed."""
    if wanted is None:
        return live
    found = found.of(wanted)
    if live is None or found.form == SCALAR or found.atomic or type(live) is not type(wanted):
        return wanted
    if found.form == LIST:
        return _merged_list(live, wanted, found)
    result = dict(live)
    for name, value in wanted.items():
        result[name] = merge(live.get(name), value, found.below(name))
    return result


def _merged_list(live: list, wanted: list, found: Type) -> list:
    """Both sides' items, each side's in its order; what only stands comes before what is only asked for."""
    standing = {key_of(found, item): item for item in live}
    asked = {key_of(found, item): item for item in wanted}
    left, right = list(standing), list(asked)
    shared = [key for key in right if key in standing]
    taken: dict = {}
    while left or right:
        if left and right and left[0] != right[0] and left[0] in shared[1:]:
            left.pop(0)  # the configuration has it further down
        elif left and left[0] not in asked:
            key = left.pop(0)
            taken[key] = standing[key]
        elif left and left[0] in taken:
            left.pop(0)
        else:
            key = right.pop(0)
            if left and left[0] == key:
                left.pop(0)
            if shared and shared[0] == key:
                shared.pop(0)
            taken[key] = merge(standing.get(key), asked[key], found.element)
    return list(taken.values())


def strategic(live, patch, found: Type):
    """What a strategic merge patch without directives makes of it: new items of a list come first."""
    if live is None or found.form == SCALAR or type(live) is not type(patch) or (found.form == LIST and found.atomic):
        return patch
    if found.form == LIST:
        standing = {key_of(found, item): item for item in live}
        asked = {key_of(found, item): item for item in patch}
        new = [item for key, item in asked.items() if key not in standing]
        return new + [
            strategic(item, asked[key], found.element) if key in asked else item for key, item in standing.items()
        ]
    merged = {name: strategic(live.get(name), item, found.below(name)) for name, item in patch.items()}
    return {name: item for name, item in {**live, **merged}.items() if item is not None}


@dataclass
class Difference:
    """Paths that are new, gone, and those of leaves that changed."""

    added: set[Path] = field(default_factory=set)
    removed: set[Path] = field(default_factory=set)
    modified: set[Path] = field(default_factory=set)


def compare(before, after, found: Type) -> Difference:
    """Two states of one object as the server keeps it: structs that it cannot leave out are there in both."""
    result = Difference()
    _compare(before, after, found, (), result)
    return result


def _compare(before, after, found: Type, path: Path, result: Difference) -> None:
    if before is after:
        return
    found = found.of(after if after is not None else before)
    empty = found.form != SCALAR and not before and not after
    if found.form == SCALAR or found.atomic or empty:
        if before is None and after is not None:
            result.added.add(path)
        elif after is None and before is not None:
            result.removed.add(path)
        elif before != after:
            result.modified.add(path)
        return
    paired = _paired_items if found.form == LIST else _paired_members
    for element, old, new, below in paired(before, after, found):
        _compare(old, new, below, (*path, element), result)
    if path and before is None:
        result.added.add(path)
    elif path and after is None:
        result.removed.add(path)


def _paired_items(before: list | None, after: list | None, found: Type):
    old = {key_of(found, item): item for item in before or []}
    new = {key_of(found, item): item for item in after or []}
    for key in dict.fromkeys([*old, *new]):
        yield key, old.get(key), new.get(key), found.element


def _paired_members(before: dict | None, after: dict | None, found: Type):
    for name in dict.fromkeys([*(before or {}), *(after or {})]):
        yield f"f:{name}", _member(before, name, found), _member(after, name, found), found.below(name)


def _member(value: dict | None, name: str, found: Type):
    """A member; one that the server's types cannot leave out is there, empty, where its parent is."""
    if value is None:
        return None
    held = value.get(name)
    if held is None and found.form == STRUCT and name in found.always:
        return [] if found.always[name].form == LIST else {}
    return held


def without(value, paths: set[Path], found: Type):
    """The value without those fields; what is empty then is gone, and None when nothing is left."""
    return _without(value, branches(paths), found)


def _without(value, tree: dict, found: Type):
    if not value:
        return None
    found = found.of(value)
    if found.atomic:
        return None
    if found.form == LIST:
        kept_items = [_rest(item, tree.get(key_of(found, item)), found.element) for item in value]
        return [item for item in kept_items if item is not GONE] or None
    kept = {name: _rest(item, tree.get(f"f:{name}"), found.below(name)) for name, item in value.items()}
    return {name: item for name, item in kept.items() if item is not GONE and item is not None} or None


GONE = object()


def _rest(item, branch, found: Type):
    if branch is None:
        return item
    member, below = branch
    if member:
        return GONE
    return _without(item, below, found)

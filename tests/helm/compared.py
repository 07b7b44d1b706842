# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether two sets of objects are the same, whatever their order."""

from __future__ import annotations

import json

Objects = dict[str, dict]


def by_name(objects: list[dict]) -> Objects:
    """By kind and name. No two objects may have the same."""
    found: Objects = {}
    for obj in objects:
        key = f"{obj['kind']}/{obj['metadata']['name']}"
        assert key not in found, f"{key} is there twice"
        found[key] = obj
    return found


def differences(one: Objects, other: Objects) -> list[str]:
    """A line for each thing that differs, with its path."""
    found = [f"{key}: only on one side" for key in sorted(one.keys() ^ other.keys())]
    for key in sorted(one.keys() & other.keys()):
        found += _differences(one[key], other[key], key)
    return found


def _differences(one, other, path: str) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            line
            for key in sorted(one.keys() | other.keys())
            for line in _differences(one.get(key, ()), other.get(key, ()), f"{path}.{key}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            line
            for at, pair in enumerate(zip(one, other, strict=True))
            for line in _differences(*pair, f"{path}[{at}]")
        ]
    # By their JSON, in which 1 is not true and "1" is not 1.
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    return [] if same else [f"{path}: {one!r} and {other!r}"]

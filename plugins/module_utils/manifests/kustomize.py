# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of objects as a kustomize base with an overlay for each target. Pure.

What every target has stands in the base as the first target has it. An overlay has its namespace, the objects that not
every target has, and a JSON patch for each object that is another there. A patch names what it changes by its place, so
that what kustomize builds is exactly the target's set.
"""

from __future__ import annotations

API_VERSION = "kustomize.config.k8s.io/v1beta1"

Key = tuple[str, str, str]


def files(sets: dict[str, list[dict]]) -> dict[str, list]:
    """The documents of each file, by its path. ``sets``: by the target's name its objects, all in one namespace."""
    named = {target: {_key(obj): _without_namespace(obj) for obj in objects} for target, objects in sets.items()}
    first, *others = named.values()
    base = {key: obj for key, obj in first.items() if all(key in other for other in others)}
    found = {}
    if base:
        found["base/kustomization.yaml"] = [_kustomization({"resources": ["objects.yaml"]})]
        found["base/objects.yaml"] = list(base.values())
    for target, objects in named.items():
        namespaces = {obj["metadata"].get("namespace", "") for obj in sets[target]}
        found |= _overlay(f"overlays/{target}", max(namespaces), base, objects)
    return found


def _overlay(folder: str, namespace: str, base: dict[Key, dict], objects: dict[Key, dict]) -> dict[str, list]:
    own = [obj for key, obj in objects.items() if key not in base]
    changes = {key: operations for key, obj in base.items() if (operations := patch(obj, objects[key]))}
    wanted = {
        "namespace": namespace,
        "resources": (["../../base"] if base else []) + (["objects.yaml"] if own else []),
        "patches": [{"path": _patch_file(key), "target": _target(key)} for key in changes],
    }
    found = {f"{folder}/kustomization.yaml": [_kustomization({name: value for name, value in wanted.items() if value})]}
    if own:
        found[f"{folder}/objects.yaml"] = own
    return found | {f"{folder}/{_patch_file(key)}": [operations] for key, operations in changes.items()}


def _key(obj: dict) -> Key:
    return obj["apiVersion"], obj["kind"], obj["metadata"]["name"]


def _without_namespace(obj: dict) -> dict:
    metadata = {name: value for name, value in obj["metadata"].items() if name != "namespace"}
    return {**obj, "metadata": metadata}


def _kustomization(fields: dict) -> dict:
    return {"apiVersion": API_VERSION, "kind": "Kustomization", **fields}


def _patch_file(key: Key) -> str:
    return f"{key[1].lower()}-{key[2]}.patch.yaml"


def _target(key: Key) -> dict:
    group, _slash, version = key[0].rpartition("/")
    target = {"group": group, "version": version, "kind": key[1], "name": key[2]}
    return {name: value for name, value in target.items() if value}


def patch(old, new, path: str = "") -> list[dict]:
    """The operations of a JSON patch (RFC 6902) that make the new value out of the old one."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [operation for name in {**old, **new} for operation in _entry(old, new, name, path)]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [operation for at, pair in pairs for operation in patch(*pair, f"{path}/{at}")]
    return [] if same(old, new) else [{"op": "replace", "path": path, "value": new}]


def _entry(old: dict, new: dict, name: str, path: str) -> list[dict]:
    at = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
    if name not in new:
        return [{"op": "remove", "path": at}]
    return patch(old[name], new[name], at) if name in old else [{"op": "add", "path": at, "value": new[name]}]


def same(one, other) -> bool:
    """Whether two values are the same in JSON, in which true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)

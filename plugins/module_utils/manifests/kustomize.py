# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of objects as a kustomize base with an overlay for each target. Pure.

What every target has stands in the base as the first target has it. An overlay has its namespace, the objects that not
every target has, and a JSON patch for each object that is another there. A patch names what it changes by its place, so
that what kustomize builds is exactly the target's set.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label

API_VERSION = "kustomize.config.k8s.io/v1beta1"

# A target's fields are regular expressions of Go, which kustomize anchors itself; an empty one fits everything.
SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
CORE_GROUP = "^$"
# Characters that it does not carry, however they are written: it reads an object's JSON as YAML.
LOST = re.compile(r"[\x7f-\x9f\ufffe\uffff]")
# It writes annotations anew without quotes, so that these names are no texts any more.
NO_TEXT = re.compile(
    r"|~|<<|null|true|false|\d{4}-\d{1,2}-\d{1,2}"
    r"|[-+]?(?:0x[\da-f_]+|0o[0-7_]+|0b[01_]+|\.?\d[\d_]*\.?[\d_]*(?:e[-+]?\d+)?|\.inf|\.nan)",
    re.IGNORECASE,
)
# Prefixes of annotations by which it is told what to do, or that it drops.
RESERVED = ("config.kubernetes.io", "internal.config.kubernetes.io", "alpha.config.kubernetes.io", "config.k8s.io")
# From here on it may read a whole number as another one: it makes floats of them.
TOO_LARGE = 2**53
OTHERWISE = "change it, or render with model_serving_render_format=manifests"
# A file's name has 255 bytes at most.
LONGEST = 200

Key = tuple[str, str, str]


def files(sets: dict[str, list[dict]]) -> dict[str, list]:
    """The documents of each file, by its path. ``sets``: by the target's name its objects, all in one namespace.

    Raises ServingError for what kustomize would lose or fail at.
    """
    namespaces = {target: max(obj["metadata"].get("namespace", "") for obj in sets[target]) for target in sets}
    for target, objects in sets.items():
        for obj in objects:
            _refuse_what_is_lost(obj)
            _refuse_moved(obj, namespaces[target])
    named = {target: {_key(obj): _without_namespace(obj) for obj in objects} for target, objects in sets.items()}
    first, *others = named.values()
    base = {key: obj for key, obj in first.items() if all(key in other for other in others)}
    found = {}
    if base:
        found["base/kustomization.yaml"] = [_kustomization({"resources": ["objects.yaml"]})]
        found["base/objects.yaml"] = list(base.values())
    for target, objects in named.items():
        found |= _overlay(f"overlays/{target}", namespaces[target], base, objects)
    return found


def _refuse_what_is_lost(obj: dict) -> None:
    for path, value in _values(obj, ""):
        if isinstance(value, str) and (lost := LOST.search(value)):
            code = f"U+{ord(lost[0]):04X}"
            raise ServingError(f"{label(obj)}: {path} has the character {code}, which kustomize loses: {OTHERWISE}.")
        if isinstance(value, int) and abs(value) >= TOO_LARGE:
            raise ServingError(f"{label(obj)}: {path} is a number that kustomize may read as another one: {OTHERWISE}.")
    for name, value in (obj["metadata"].get("annotations") or {}).items():
        if name.partition("/")[0] in RESERVED and "/" in name:
            raise ServingError(f"{label(obj)}: kustomize takes the annotation {name} for its own: {OTHERWISE}.")
        if NO_TEXT.fullmatch(name):
            raise ServingError(f"{label(obj)}: kustomize takes the annotation {name!r} for no text: {OTHERWISE}.")
        if isinstance(value, str) and value.startswith("\t") and "\n" in value:
            raise ServingError(
                f"{label(obj)}: kustomize fails at several lines that begin with a tab, as the annotation {name} has: "
                f"{OTHERWISE}."
            )


def _refuse_moved(obj: dict, namespace: str) -> None:
    """What the namespace of an overlay changes beside the objects' own, where that is another one."""
    for path, value in _namespaces_in(obj):
        if value not in (None, namespace):
            raise ServingError(
                f"{label(obj)}: {path} is {value!r}, and kustomize makes it {namespace!r}, the target's namespace: "
                f"{OTHERWISE}."
            )


def _namespaces_in(obj: dict) -> list[tuple[str, str | None]]:
    """The names of namespaces in an object that kustomize changes, with their places."""
    kind, spec = obj["kind"], obj.get("spec") or {}
    if kind == "Namespace":
        return [("metadata.name", obj["metadata"]["name"])]
    if kind in ("RoleBinding", "ClusterRoleBinding"):
        subjects = enumerate(obj.get("subjects") or [])
        return [(f"subjects[{at}].namespace", one.get("namespace")) for at, one in subjects if _is_moved(one)]
    if kind == "APIService":
        return [("spec.service.namespace", (spec.get("service") or {}).get("namespace"))]
    if kind == "CustomResourceDefinition":
        webhook = (spec.get("conversion") or {}).get("webhook") or {}
        service = (webhook.get("clientConfig") or {}).get("service") or {}
        return [("spec.conversion.webhook.clientConfig.service.namespace", service.get("namespace"))]
    return []


def _is_moved(subject: dict) -> bool:
    return (subject.get("kind"), subject.get("name")) == ("ServiceAccount", "default")


def _values(value, path: str) -> Iterator[tuple[str, object]]:
    """Every name, and every value that has no others in it, with its place."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield f"a name in {path or 'it'}", name
            yield from _values(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _values(item, f"{path}[{number}]")
    else:
        yield path, value


def _overlay(folder: str, namespace: str, base: dict[Key, dict], objects: dict[Key, dict]) -> dict[str, list]:
    own = [obj for key, obj in objects.items() if key not in base]
    changes = {key: operations for key, obj in base.items() if (operations := patch(obj, objects[key]))}
    named = _patch_files(list(base))
    wanted = {
        "namespace": namespace,
        "resources": (["../../base"] if base else []) + (["objects.yaml"] if own else []),
        "patches": [{"path": named[key], "target": _target(key)} for key in changes],
    }
    found = {f"{folder}/kustomization.yaml": [_kustomization({name: value for name, value in wanted.items() if value})]}
    if own:
        found[f"{folder}/objects.yaml"] = own
    return found | {f"{folder}/{named[key]}": [operations] for key, operations in changes.items()}


def _key(obj: dict) -> Key:
    return obj["apiVersion"], obj["kind"], obj["metadata"]["name"]


def _without_namespace(obj: dict) -> dict:
    metadata = {name: value for name, value in obj["metadata"].items() if name != "namespace"}
    return {**obj, "metadata": metadata}


def _kustomization(fields: dict) -> dict:
    return {"apiVersion": API_VERSION, "kind": "Kustomization", **fields}


def _patch_files(keys: list[Key]) -> dict[Key, str]:
    """The name of each object's file: kind and name, and a hash where two would share it. Some disks take A for a."""
    short = {key: f"{key[1].lower()}-{key[2]}" for key in keys}
    shared = Counter(name.lower() for name in short.values())
    return {
        key: f"{name if shared[name.lower()] == 1 and len(name) <= LONGEST else _unique(key, name)}.patch.yaml"
        for key, name in short.items()
    }


def _unique(key: Key, name: str) -> str:
    return f"{name[:LONGEST]}-{hashlib.sha256('/'.join(key).encode()).hexdigest()[:10]}"


def _target(key: Key) -> dict:
    group, _slash, version = key[0].rpartition("/")
    exact = {"version": version, "kind": key[1], "name": key[2]}
    return {
        "group": _literal(group) or CORE_GROUP,
        **{field: _literal(value) for field, value in exact.items()},
    }


def _literal(text: str) -> str:
    """A regular expression that fits this text alone. A name's dashes stay as they are, unlike with re.escape."""
    return SPECIAL.sub(r"\\\g<0>", text)


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

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server has filled in for one set, and what would stay beside another. Pure.

Nobody owns such a field, so that server-side apply leaves it where the set no longer fits it. As its owner we take it
away, and the server fills it in anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.release.managed_fields import (
    difference,
    entries,
    fields_of,
    owned,
    union,
)

STRATEGIES = {"Deployment": "strategy", "StatefulSet": "updateStrategy", "DaemonSet": "updateStrategy"}
ROLLING = "RollingUpdate"
# All that the server fills in of these follows from what they name. Of others it chooses something that is to stay,
# such as an address.
DERIVED = {*STRATEGIES, "NetworkPolicy", "PodDisruptionBudget", "HorizontalPodAutoscaler"}


# By the name of a pod's list, the fields that tell its items apart, as server-side apply does.
KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "volumeMounts": ("mountPath",),
    "ports": ("containerPort", "protocol"),
    "imagePullSecrets": ("name",),
}
DEFAULTS = {"protocol": "TCP"}


def fields(live: dict, obj: dict) -> dict:
    """Of a live object, what ``obj`` has to be free of: {} for most."""
    if obj["kind"] not in DERIVED:
        return {}
    everybodys: dict = {}
    for entry in entries(live):
        everybodys = union(everybodys, fields_of(entry))
    found: dict = {}
    # Replicas may be an autoscaler's, and are named or not whatever the set says.
    ours = {name: below for name, below in (owned(live).get("f:spec") or {}).items() if name != "f:replicas"}
    if _names_others({name: value for name, value in (obj.get("spec") or {}).items() if name != "replicas"}, ours):
        spec = _unowned(live.get("spec") or {}, everybodys.get("f:spec") or {})
        found = {"f:spec": spec} if spec else {}
    for one in (*_of_strategy(live, obj), *_of_requests(live, obj), *_of_nobody(live, obj, everybodys)):
        found = union(found, one)
    return difference(found, everybodys)


def _names_others(value, ours: dict) -> bool:
    """Whether a part of a set names other fields than we own: some that it had are gone, or some are new."""
    if not ours:  # a value, or one that is owned as a whole
        return False
    if isinstance(value, dict):
        names = {f"f:{name}" for name in value}
        return names != set(ours) - {"."} or any(
            _names_others(below, ours[f"f:{name}"]) for name, below in value.items()
        )
    if isinstance(value, list):
        names_of_items = [name for name in ours if name != "."]
        pairs = [(_item(value, name), ours[name]) for name in names_of_items if name.startswith("k:")]
        return len(names_of_items) != len(value) or any(at is None or _names_others(at, below) for at, below in pairs)
    return True


def _unowned(value, everybodys: dict) -> dict:
    """The fields of a part of a live object that nobody owns. An item of a list that is not anybody's stays."""
    found = {}
    if isinstance(value, dict):
        for name, below in value.items():
            field = f"f:{name}"
            if field not in everybodys:
                found[field] = _unowned(below, {}) if isinstance(below, dict) else {}
            elif everybodys[field] and (deeper := _unowned(below, everybodys[field])):
                found[field] = deeper
    elif isinstance(value, list):
        for name, below in everybodys.items():
            item = _item(value, name) if name.startswith("k:") else None
            if item is not None and (deeper := _unowned(item, below)):
                found[name] = deeper
    return found


def _of_nobody(live: dict, obj: dict, everybodys: dict) -> Iterator[dict]:
    """Items of the pods' lists that nobody owns. An admission policy has added them, and does it again where it still
    stands; the server itself adds none."""
    template = ((everybodys.get("f:spec") or {}).get("f:template") or {}).get("f:spec")
    if obj["kind"] in STRATEGIES and template:
        found = _items_of_nobody(live["spec"]["template"]["spec"], template)
        if found:
            yield {"f:spec": {"f:template": {"f:spec": found}}}


def _items_of_nobody(value: dict, everybodys: dict) -> dict:
    found = {}
    for name, below in value.items():
        owned_below, keys = everybodys.get(f"f:{name}") or {}, KEYS.get(name)
        if isinstance(below, dict):
            deeper = _items_of_nobody(below, owned_below)
        elif isinstance(below, list) and keys:
            deeper = {}
            for item in below:
                key = "k:" + json.dumps(
                    {part: item.get(part, DEFAULTS.get(part)) for part in keys}, separators=(",", ":")
                )
                if key not in owned_below:
                    deeper[key] = {".": {}, **_unowned(item, {})}
                elif inner := _items_of_nobody(item, owned_below[key]):
                    deeper[key] = inner
        else:
            continue
        if deeper:
            found[f"f:{name}"] = deeper
    return found


def _item(items: list, key: str) -> dict | None:
    """The item of a list that has the keys of a ``k:{...}``. A set leaves out those that have a default."""
    wanted = json.loads(key.removeprefix("k:"))
    matches = (each for each in items if isinstance(each, dict) and all(each.get(k, v) == v for k, v in wanted.items()))
    return next(matches, None)


def _of_strategy(live: dict, obj: dict) -> Iterator[dict]:
    """The numbers of a rolling update, which no other strategy may have."""
    name = STRATEGIES.get(obj["kind"])
    if name is None:
        return
    wanted, stands = obj["spec"].get(name) or {}, live["spec"].get(name) or {}
    numbers = stands.get("rollingUpdate") or {}
    if wanted.get("type", ROLLING) != ROLLING and numbers and "rollingUpdate" not in wanted:
        yield {"f:spec": {f"f:{name}": {"f:rollingUpdate": {f"f:{number}": {} for number in numbers}}}}


def _of_requests(live: dict, obj: dict) -> Iterator[dict]:
    """Requests of containers that name only a limit: they are the limit of before."""
    if obj["kind"] not in STRATEGIES:
        return
    for place in ("containers", "initContainers"):
        stands = {each["name"]: each for each in live["spec"]["template"]["spec"].get(place) or []}
        for container in obj["spec"]["template"]["spec"].get(place) or []:
            old = _outdated(stands.get(container["name"]) or {}, container)
            if old:
                key = "k:" + json.dumps({"name": container["name"]}, separators=(",", ":"))
                below = {f"f:{place}": {key: {"f:resources": {"f:requests": {f"f:{name}": {} for name in old}}}}}
                yield {"f:spec": {"f:template": {"f:spec": below}}}


def _outdated(stands: dict, container: dict) -> list[str]:
    resources, before = container.get("resources") or {}, (stands.get("resources") or {}).get("requests") or {}
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    return [name for name, value in before.items() if name in limits and name not in requests and value != limits[name]]

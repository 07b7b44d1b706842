# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a namespace's quotas admit the number of objects that a release adds. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common import kinds
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import name_of, quantity

# What a quota may count without the prefix "count/".
PLAIN = ("configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets", "services")
RECORD = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "the revision's record"}}


def counted(quotas: list, objects: list) -> list[tuple[str, str]]:
    """The kinds of the set, as (apiVersion, kind), whose number a quota limits."""
    names = {name for quota in quotas for name in _entries(quota)}
    found = dict.fromkeys((obj["apiVersion"], obj["kind"]) for obj in objects if _names(obj) & names)
    return list(found)


def lacking(quotas: list, objects: list, existing: dict[tuple[str, str], set[str] | None]) -> Iterator[str]:
    """A sentence for each entry of a quota that does not admit what of the set does not exist yet.

    ``existing``: the names of the objects that there are, by (apiVersion, kind); None where they cannot be read, and
    then it is not known.
    """
    for quota in quotas:
        used = (quota.get("status") or {}).get("used") or {}
        for name, hard in _entries(quota).items():
            new = [obj for obj in objects if name in _names(obj) and _is_new(obj, existing)]
            left = max(int(quantity(hard) - quantity(used.get(name))), 0)
            if len(new) > left:
                needed = ", ".join(f"{obj['kind']}/{obj['metadata']['name']}" for obj in new)
                yield f"{name_of(quota)} allows {name}={hard}, {left} are left, and the release adds {needed}"


def _is_new(obj: dict, existing: dict) -> bool:
    names = existing.get((obj["apiVersion"], obj["kind"]), set())
    return names is not None and obj["metadata"]["name"] not in names


def _entries(quota: dict) -> dict:
    return (quota.get("status") or {}).get("hard") or (quota.get("spec") or {}).get("hard") or {}


def _names(obj: dict) -> set[str]:
    """The entries of a quota that count such an object. A kind whose plural is not known is counted by none."""
    kind = kinds.find(obj["kind"], obj["apiVersion"])
    if kind is None or not kind.namespaced:
        return set()
    found = {f"count/{kind.plural}.{kind.group}" if kind.group else f"count/{kind.plural}"}
    if not kind.group and kind.plural in PLAIN:
        found.add(kind.plural)
    if obj["kind"] == "Service" and (obj.get("spec") or {}).get("type") == "LoadBalancer":
        found |= {"services.loadbalancers"}
    return found

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose the fields of an object are: taken over, and given back with what they held."""

from __future__ import annotations

import copy
from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError, is_denied
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import (
    anew,
    filled_in,
    ownership,
    reading,
    takeover,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.refusals import BUSY, Busy, explained

TRIES = 6


def take_over(
    kube: Kube, namespace: str, objects: list, live: dict, adopt: Callable[[dict], bool], tolerated: frozenset[str]
) -> list[tuple[dict, KubeError]]:
    """Makes us the owner of what others changed in place, and, where ``adopt(live object)``, of what other tools made.

    ``live`` is brought up to date. ``tolerated``: managers whose changes stay. Returns the objects that a policy does
    not let be written as they stand, with its words.
    """
    denied = []
    for obj in objects:
        current = live.get(object_set.key(obj))
        if current is None:
            continue

        def wanted(current: dict, obj: dict = obj) -> list | None:
            return fields_taken(current, obj, adopt, tolerated)

        try:
            live[object_set.key(obj)] = change_owners(kube, namespace, current, wanted)
        except KubeError as error:
            if not is_denied(error):
                raise
            denied.append((obj, error))
    return denied


def fields_taken(current: dict, obj: dict, adopt: Callable[[dict], bool], tolerated: frozenset[str]) -> list | None:
    """managedFields by which the object becomes ours; None where no field has to change its owner."""
    found = fields_of_others(current, obj, adopt, tolerated)
    may = adopt(current) or ownership.is_held(current)
    return takeover.with_fields(found, current, filled_in.fields(current, obj) if may else {})


def fields_of_others(current: dict, obj: dict, adopt: Callable[[dict], bool], tolerated: frozenset[str]) -> list | None:
    if adopt(current) and not ownership.is_held(current):
        return takeover.adoption_taken(current, obj)
    return takeover.drift_taken(current, tolerated)


def change_owners(kube: Kube, namespace: str, current: dict, wanted: Callable[[dict], list | None]) -> dict:
    """The live object with the managedFields that ``wanted(live object)`` gives; read again where a controller wrote to
    it meanwhile. Raises Refused."""
    for _attempt in range(TRIES):
        fields = wanted(current)
        if fields is None:
            return current
        body = copy.deepcopy(current)
        body["metadata"]["managedFields"] = fields
        try:
            return kube.replace(body, namespace)
        except KubeError as error:
            if error.status != 409:
                raise
        kind = kube.kind(current["apiVersion"], current["kind"])
        again = kube.get(kind, namespace, current["metadata"]["name"])
        if again is None:
            return current  # removed meanwhile: the apply that follows creates it again
        current = again
    raise Busy(BUSY.format(label(current)))


def put_back(kube: Kube, namespace: str, recorded: dict, check: Callable[[dict | None], None]) -> dict:
    """Makes an object that was adopted stand as it was recorded. It is still ours after that: see hand_back().

    ``check``: raises Refused for what stands there now and must not be written over.
    """
    kind = kube.kind(recorded["apiVersion"], recorded["kind"])
    for _attempt in range(TRIES):
        at = kube.get(kind, namespace, recorded["metadata"]["name"])
        check(at)
        if at is not None and at["metadata"].get("deletionTimestamp"):
            anew.wait_gone(kube, namespace, at)  # what is written into it would go with it
            continue
        try:
            if at is None:
                return kube.apply(takeover.as_configuration(recorded), namespace, None, "true")
            if anew.was_frozen(at, recorded):
                anew.refuse_uncreatable(kube, namespace, takeover.as_configuration(recorded))
                kube.delete(at, namespace)  # nothing else undoes it; without it, it is made again
                continue
            return kube.replace(takeover.as_before(at, recorded, _is_autoscaled(kube, namespace, recorded)), namespace)
        except KubeError as error:
            if error.status != 409:
                raise explained(error, recorded) from error
    raise Busy(BUSY.format(label(recorded)))


def _is_autoscaled(kube: Kube, namespace: str, recorded: dict) -> bool:
    """Whether an autoscaler stands for it, or nobody knows."""
    return recorded["kind"] in object_set.SCALED and reading.autoscalers_of(kube, namespace, recorded) != []


def hand_back(kube: Kube, namespace: str, recorded: dict) -> None:
    """Gives an object that was adopted back to its recorded owners."""
    kind = kube.kind(recorded["apiVersion"], recorded["kind"])
    at = kube.get(kind, namespace, recorded["metadata"]["name"])
    if at is not None and ownership.is_held(at):
        change_owners(kube, namespace, at, lambda found: takeover.handed_back(found, recorded))

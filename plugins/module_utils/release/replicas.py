# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many replicas a workload may be applied with. Pure."""

from __future__ import annotations

import copy

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import (
    SCALED,
    autoscaler_of,
    key,
    scaled,
    scaled_object_of,
)

CONTROLLER = "kube-controller-manager"
AUTOSCALERS = ("HorizontalPodAutoscaler", "ScaledObject")


def with_replicas(obj: dict, objects: list, live: dict | None, standing: list | None) -> dict:
    """The workload as it may be applied, so that replicas that an autoscaler raised are never lowered.

    Server-side apply removes a field when its only owner stops naming it, and an absent ``replicas`` becomes 1. So,
    under an autoscaler, ``replicas`` is set to the running number while nobody but us owns it; this covers the day the
    autoscaler is added. Once it has scaled, it owns the field and we leave it out. The same holds for a set that names
    no number and leaves that to somebody else.

    ``standing``: autoscalers that scale the workload and are not of the set, such as the one that the set no longer
    has; None where they could not be read, see may_lower(). Until that is removed, its number stays; the release then
    applies the set's own.

    A workload that was scaled to 0 by hand comes back with the least that the set asks for: an autoscaler does not
    start from 0. One that KEDA keeps at 0 starts with what the set names, so that it can be judged.

    Where the number depends on what runs, the live ``resourceVersion`` goes with it: if somebody scales in between, the
    server refuses and the caller reads again.
    """
    wanted = obj.get("spec", {}).get("replicas")
    lowest = minimum(obj, objects)
    if live is not None and not _running(live) and lowest:
        return _replicas(obj, lowest, live)
    hpa = autoscaler_of(objects, obj)
    if live is None:
        return _replicas(obj, hpa["spec"].get("minReplicas", 1) if hpa else wanted)
    others = replica_owners(live) - {FIELD_MANAGER}
    stands = CONTROLLER in others if standing is None else bool(standing)
    scaled = stands or scaled_object_of(objects, obj) is not None
    if hpa is not None or wanted is None or (scaled and _lowers(wanted, live)):
        return _replicas(obj, None) if others else _replicas(obj, _running(live), live)
    return obj


def as_they_were(obj: dict, objects: list, stood: dict | None) -> dict:
    """A workload that names no number and has no autoscaler in its set, with the number that it stood with: on the way
    back the failed set's runs."""
    if stood is None or obj["kind"] not in SCALED or "replicas" in obj["spec"] or is_scaled(objects, obj):
        return obj
    if replica_owners(stood) & {CONTROLLER} or not _running(stood):
        return obj
    found = copy.deepcopy(obj)
    found["spec"]["replicas"] = _running(stood)
    return found


def may_lower(obj: dict, objects: list, live: dict | None) -> bool:
    """Whether applying the set may lower what runs, unless an autoscaler stands that the set does not have."""
    wanted = obj.get("spec", {}).get("replicas")
    if live is None or wanted is None or is_scaled(objects, obj):
        return False
    return _lowers(wanted, live)


def is_scaled(objects: list, workload: dict) -> bool:
    """Whether the set has an autoscaler for its workload."""
    return bool(autoscaler_of(objects, workload) or scaled_object_of(objects, workload))


def scaled_by_hand(objects: list, live: dict) -> list[dict]:
    """The live workloads of a set that it has no autoscaler for, and of which somebody runs another number."""
    found = [(obj, live[key(obj)]) for obj in scaled(objects) if key(obj) in live and not is_scaled(objects, obj)]
    return [at for obj, at in found if _is_scaled_by_hand(obj, at)]


def _is_scaled_by_hand(obj: dict, at: dict) -> bool:
    running = _running(at)
    changed = running not in (0, obj["spec"].get("replicas", running))
    # Ours is the number only while it is the set's. Once it was put back, it may be nobody's.
    return changed and FIELD_MANAGER not in replica_owners(at)


def minimum(deployment: dict, objects: list) -> int:
    """The least replicas that a set asks for; 0 where it names 0, or lets KEDA take it to none."""
    hpa = autoscaler_of(objects, deployment)
    if hpa is not None:
        return hpa["spec"].get("minReplicas", 1)
    scaled_object = scaled_object_of(objects, deployment)
    if scaled_object is not None:
        spec = scaled_object["spec"]
        least = spec.get("minReplicaCount", 0)
        return min(least, spec.get("idleReplicaCount", least))
    named = deployment.get("spec", {}).get("replicas")
    return 1 if named is None else named  # Kubernetes' own number where a set names none


def replica_owners(live: dict) -> set[str]:
    """The managers that own spec.replicas."""
    return {
        entry.get("manager", "?")
        for entry in live["metadata"].get("managedFields") or []
        if "f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})
    }


def _lowers(wanted: int, live: dict) -> bool:
    """False for what is no number: the API server says so."""
    return isinstance(wanted, int) and wanted < _running(live)


def _running(live: dict) -> int:
    return live.get("spec", {}).get("replicas", 1)


def _replicas(obj: dict, replicas: int | None, live: dict | None = None) -> dict:
    changed = copy.deepcopy(obj)
    changed["spec"].pop("replicas", None)
    if replicas is not None:
        changed["spec"]["replicas"] = replicas
    if live is not None:
        changed["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"]
    return changed

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether traffic reaches the pods: Services, their selectors and ports, their EndpointSlices."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label, selector_text
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import Detection
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot


def slices_of(snapshot: Snapshot, service: dict) -> list:
    name = service["metadata"]["name"]
    return [
        entry
        for entry in snapshot.endpointslices
        if (entry["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == name
    ]


def endpoints(snapshot: Snapshot, service: dict) -> list:
    """Those of its slices, without pods that it does not select: their controller may not have seen yet that the
    Service was changed."""
    return _points(snapshot, service, slices_of(snapshot, service))


def _points(snapshot: Snapshot, service: dict, slices: list) -> list:
    left = {
        pod["metadata"]["uid"]
        for pod in snapshot.pods
        if not object_set.selects(service, pod["metadata"].get("labels") or {})
    }
    points = [point for entry in slices for point in entry.get("endpoints") or []]
    return [point for point in points if (point.get("targetRef") or {}).get("uid") not in left]


def _leads_as_meant(entry: dict, meant: dict[str, int]) -> bool:
    """Whether a slice has the Service's ports: until its controller has seen a change, it has those of before."""
    has = {port.get("name") or "": port.get("port") for port in entry.get("ports") or []}
    return all(name in has and has[name] in (None, number) for name, number in meant.items())


def _meant_ports(snapshot: Snapshot, service: dict) -> dict[str, int]:
    """Where the Service's ports lead to in the new pods, by their names. One that no container names is unknown."""
    spec = (snapshot.deployment or {}).get("spec", {}).get("template", {}).get("spec", {})
    containers = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    named = {port.get("name"): port.get("containerPort") for entry in containers for port in entry.get("ports") or []}
    targets = {
        port.get("name") or "": port.get("targetPort", port.get("port")) for port in service["spec"].get("ports") or []
    }
    numbers = {name: target if isinstance(target, int) else named.get(target) for name, target in targets.items()}
    return {name: number for name, number in numbers.items() if number is not None}


def pod_labels(snapshot: Snapshot) -> dict:
    return object_set.pod_labels(snapshot.deployment or {})


def scheme(port: dict) -> str:
    """The scheme of a Service's port: https by its appProtocol or, without one, by its name; else http."""
    protocol = (port.get("appProtocol") or port.get("name") or "").lower()
    return "https" if protocol.partition("-")[0] == "https" else "http"


def selects_nothing(snapshot: Snapshot) -> Iterator[Detection]:
    """Services of the release whose selector matches neither its pods nor any other."""
    if not snapshot.new_pods or "endpointslices" in snapshot.unread:
        return
    labels = pod_labels(snapshot)
    for service in snapshot.services:
        selector = (service.get("spec") or {}).get("selector")
        if selector and not object_set.selects(service, labels) and not endpoints(snapshot, service):
            differing = {key: labels.get(key, "(none)") for key in selector if labels.get(key) != selector[key]}
            wanted = {key: selector[key] for key in differing}
            text = f"selects {selector_text(wanted)}, the pods have {selector_text(differing)}"
            yield Detection(label(service), text)


def port_unknown(snapshot: Snapshot) -> Iterator[Detection]:
    """Services with a targetPort that no container of the pods has."""
    spec = (snapshot.deployment or {}).get("spec", {}).get("template", {}).get("spec", {})
    containers = (spec.get("containers") or []) + (spec.get("initContainers") or [])
    names = {port.get("name") for entry in containers for port in entry.get("ports") or []}
    for service in snapshot.services:
        if not object_set.selects(service, pod_labels(snapshot)):
            continue
        for port in service["spec"].get("ports") or []:
            target = port.get("targetPort")
            if isinstance(target, str) and not target.isdigit() and target not in names:
                known = ", ".join(sorted(name for name in names if name)) or "none"
                yield Detection(
                    label(service), f"no container has a port named {target} (targetPort); named ports: {known}"
                )


def paused(snapshot: Snapshot) -> Iterator[Detection]:
    if (snapshot.deployment or {}).get("spec", {}).get("paused"):
        yield Detection(label(snapshot.deployment), "the Deployment is paused: its rollout does not continue")


def unserved(snapshot: Snapshot) -> list:
    """Services of the release that select its pods and have no ready endpoint among the new ones yet.

    None where endpoints may not be read: then nobody knows.
    """
    if "endpointslices" in snapshot.unread or not snapshot.new_replicaset:
        return []
    new = {pod["metadata"]["uid"] for pod in snapshot.new_pods}
    found = []
    for service in snapshot.services:
        if not (service.get("spec") or {}).get("selector"):
            continue
        ours = object_set.selects(service, pod_labels(snapshot))
        meant = _meant_ports(snapshot, service) if ours else {}
        slices = [entry for entry in slices_of(snapshot, service) if _leads_as_meant(entry, meant)]
        ready = [
            point
            for point in _points(snapshot, service, slices)
            if (point.get("conditions") or {}).get("ready") is not False
            and (not ours or (point.get("targetRef") or {}).get("uid") in new)
        ]
        if not ready:
            found.append(service)
    return found

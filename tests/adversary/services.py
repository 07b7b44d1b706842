# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controllers of EndpointSlices and of HorizontalPodAutoscalers, and the garbage collector."""

from __future__ import annotations

from adversary.direct import Direct, tolerant
from adversary.workloads import MANAGER, is_ready, owner

SERVICE_NAME = "kubernetes.io/service-name"
OWNED = ("ReplicaSet", "Pod", "EndpointSlice")


class Endpoints:
    def __init__(self, api: Direct):
        self.api = api

    def step(self) -> None:
        pods, slices = self.api.all("Pod"), self.api.all("EndpointSlice")
        for service in self.api.all("Service"):
            with tolerant():
                self._sync(service, pods, slices)

    def _sync(self, service: dict, pods: list, slices: list) -> None:
        meta, selector = service["metadata"], service["spec"].get("selector")
        if not selector:
            return
        chosen = [pod for pod in pods if pod["metadata"]["namespace"] == meta["namespace"] and selects(selector, pod)]
        points = [_endpoint(pod) for pod in chosen if (pod.get("status") or {}).get("podIP")]
        ports = [port for port in (_port(entry, chosen) for entry in service["spec"].get("ports") or []) if port]
        held = [entry for entry in slices if (entry["metadata"].get("labels") or {}).get(SERVICE_NAME) == meta["name"]]
        wanted = {"addressType": "IPv4", "endpoints": points, "ports": ports if points else []}
        if not held:
            self._make(service, wanted)
        elif [held[0].get("endpoints") or [], held[0].get("ports") or []] != [wanted["endpoints"], wanted["ports"]]:
            self.api.replace({**held[0], **wanted}, MANAGER)

    def _make(self, service: dict, wanted: dict) -> None:
        meta = {
            "name": f"{service['metadata']['name']}-slice",
            "namespace": service["metadata"]["namespace"],
            "labels": {SERVICE_NAME: service["metadata"]["name"]},
            "ownerReferences": [owner(service)],
        }
        self.api.create(self.api.resource("EndpointSlice"), {"metadata": meta, **wanted}, MANAGER)


def selects(selector: dict, pod: dict) -> bool:
    labels = pod["metadata"].get("labels") or {}
    return all(labels.get(name) == value for name, value in selector.items())


def _endpoint(pod: dict) -> dict:
    ready, leaving = is_ready(pod), bool(pod["metadata"].get("deletionTimestamp"))
    meta = pod["metadata"]
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready, "serving": ready, "terminating": leaving},
        "targetRef": {"kind": "Pod", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]},
    }


def _port(port: dict, pods: list) -> dict | None:
    """Where the port leads to in the pods; None for a name that none of their containers has."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, str):
        named = [
            entry["containerPort"]
            for pod in pods
            for container in pod["spec"]["containers"]
            for entry in container.get("ports") or []
            if entry.get("name") == target
        ]
        if not named:
            return None
        target = named[0]
    return {"name": port.get("name", ""), "port": target, "protocol": port.get("protocol", "TCP")}


class Autoscalers:
    """Keeps the bounds; ``wanted`` are the replicas that load asks for, by the target's name."""

    def __init__(self, api: Direct):
        self.api = api
        self.wanted: dict[str, int] = {}

    def step(self) -> None:
        for autoscaler in self.api.all("HorizontalPodAutoscaler"):
            spec = autoscaler["spec"]
            name = spec["scaleTargetRef"]["name"]
            target = self.api.get("Deployment", autoscaler["metadata"]["namespace"], name)
            if target is None or target["spec"]["replicas"] == 0:
                continue
            asked = self.wanted.get(name, target["spec"]["replicas"])
            replicas = min(max(asked, spec["minReplicas"]), spec["maxReplicas"])
            if replicas != target["spec"]["replicas"]:
                with tolerant():
                    self.api.scale(target, replicas, MANAGER)


class Garbage:
    def __init__(self, api: Direct):
        self.api = api

    def step(self) -> None:
        """Removes what an owner has left behind that is gone."""
        alive = {
            obj["metadata"]["uid"] for kind in ("Deployment", "ReplicaSet", "Service") for obj in self.api.all(kind)
        }
        for kind in OWNED:
            for obj in self.api.all(kind):
                owners = obj["metadata"].get("ownerReferences") or []
                if not owners or obj["metadata"].get("deletionTimestamp"):
                    continue
                if not any(entry["uid"] in alive for entry in owners):
                    with tolerant():
                        self.api.delete(obj)

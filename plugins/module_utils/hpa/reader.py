# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an autoscaler and all that it depends on. The only part of hpa_verify that sends requests to the API server."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.listing import items
from ansible_collections.modelops.serving.plugins.module_utils.client.node_autoscaler import node_autoscaler
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import API_OF
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import Kind, find
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot, targeted

HPA = find("HorizontalPodAutoscaler")
SCALED_OBJECT = Kind("ScaledObject", "keda.sh/v1alpha1", "scaledobjects", 12)
APIS = {
    "metrics.k8s.io": "/apis/metrics.k8s.io/v1beta1",
    "custom.metrics.k8s.io": "/apis/custom.metrics.k8s.io/v1beta1",
    "external.metrics.k8s.io": "/apis/external.metrics.k8s.io/v1beta1",
}
OTHER_AUTOSCALERS = 20


class AutoscalerMissing(ServingError):
    """The autoscaler does not exist, or was deleted during the check."""


class NotScaled(AutoscalerMissing):
    """Nor does any other scale the Deployment of that name."""


class Reader:
    """Reads one autoscaler, by its name or by the name of the KEDA ScaledObject that created it."""

    def __init__(self, kube: Kube, namespace: str, name: str):
        self.kube, self.namespace, self.name = kube, namespace, name
        self.unreadable: dict[str, str] = {}
        # Without retries: an aggregated API that is down is reported, not waited for.
        self.fail_fast = kube.another()

    @property
    def requests(self) -> int:
        return self.kube.requests + self.fail_fast.requests

    def read(self) -> ScalingSnapshot:
        """All of it. Raises AutoscalerMissing, or KubeError when the API server fails."""
        scaled_objects = self._optional("ScaledObjects", SCALED_OBJECT, self.namespace)
        hpas = self.kube.list(HPA, self.namespace)["items"]
        scaled = next((entry for entry in scaled_objects or [] if entry["metadata"]["name"] == self.name), None)
        hpa = _named(hpas, hpa_name(scaled) if scaled else self.name)
        if hpa is None:
            scales = any(targeted(entry["spec"]["scaleTargetRef"], "Deployment", self.name) for entry in hpas)
            error = AutoscalerMissing if scaled or scales else NotScaled
            raise error(self._missing(hpas, scaled))
        if scaled is None:
            scaled = _creator(hpa, scaled_objects or [])
        snapshot = ScalingSnapshot(hpa, hpas, scaled, scaled_objects)
        stable = _together(
            {
                "scales": partial(self._scales, snapshot),
                "vpas": partial(self._optional, "VPAs", find("VerticalPodAutoscaler"), self.namespace),
                "quotas": partial(self._optional, "quotas", find("ResourceQuota"), self.namespace),
                "nodes": partial(self._optional, "nodes", find("Node"), None),
                "node_autoscaler": partial(node_autoscaler, self.kube),
            }
        )
        return self.refresh(replace(snapshot, **stable))

    def refresh(self, snapshot: ScalingSnapshot) -> ScalingSnapshot:
        """The snapshot with status, pods, metrics, events and target read again."""
        found = _together(
            {
                **self._changing(snapshot),
                "target": partial(self._target, snapshot.reference),
                "apis": partial(self._apis, snapshot),
            }
        )
        target, scale = found.pop("target")
        apis, names = found.pop("apis")
        return replace(
            snapshot,
            target=target,
            scale=scale,
            apis=apis,
            metric_names=names,
            unreadable=dict(self.unreadable),
            now=time.time(),
            **found,
        )

    def read_changing(self, snapshot: ScalingSnapshot) -> ScalingSnapshot:
        """The snapshot with only those fields read again that change every few seconds."""
        return replace(snapshot, now=time.time(), **_together(self._changing(snapshot)))

    def _changing(self, snapshot: ScalingSnapshot) -> dict[str, Callable]:
        """The snapshot's fields that change every few seconds, and how each is read."""
        return {
            "hpa": partial(self._hpa, snapshot.hpa["metadata"]["name"]),
            "replicasets": partial(self._items, "ReplicaSet"),
            "pods": partial(self._items, "Pod"),
            "pod_metrics": partial(self._pod_metrics, snapshot),
            "events": partial(self._events, snapshot.hpa),
        }

    def _hpa(self, name: str) -> dict:
        hpa = self.kube.get(HPA, self.namespace, name)
        if hpa is None:
            raise AutoscalerMissing(
                f"HorizontalPodAutoscaler/{name} in namespace {self.namespace} was deleted during the check: "
                "find out what deletes it."
            )
        return hpa

    def _missing(self, hpas: list, scaled: dict | None) -> str:
        if scaled is not None:
            return (
                f"ScaledObject/{self.name} in namespace {self.namespace} has not created HorizontalPodAutoscaler "
                f"{hpa_name(scaled)}: see its conditions and the log of keda-operator."
            )
        existing = ", ".join(sorted(entry["metadata"]["name"] for entry in hpas)) or "none"
        return (
            f"HorizontalPodAutoscaler/{self.name} does not exist in namespace {self.namespace}: fix the name or the "
            f"namespace, or give the release one (model_serving_autoscaling_enabled). Existing autoscalers: {existing}."
        )

    def _items(self, kind: str) -> list:
        return self.kube.list(find(kind), self.namespace)["items"]

    def _optional(self, what: str, kind: Kind, namespace: str | None) -> list | None:
        """As listing.items; what may not be read is noted in ``unreadable``."""
        return items(self.kube, kind, namespace, lambda error: self.unreadable.update({what: str(error)}))

    def _target(self, reference: dict) -> tuple[dict | None, dict | None]:
        """The workload and its scale subresource; None for what does not exist."""
        try:
            kind = self.kube.kind(reference.get("apiVersion", "apps/v1"), reference["kind"])
        except KindMissing:
            return None, None
        target = self.kube.get(kind, self.namespace, reference["name"])
        return target, self._scale(kind, reference["name"]) if target else None

    def _scale(self, kind: Kind, name: str) -> dict | None:
        try:
            return self.kube.request("GET", kind.path(self.namespace, name) + "/scale")
        except KubeError as error:
            if error.status == 404:
                return None
            if error.status in (401, 403):
                self.unreadable["scale"] = str(error)
                return None
            raise

    def _scales(self, snapshot: ScalingSnapshot) -> dict:
        """The selectors of the other autoscalers' targets: two autoscalers that count the same pods both stop."""
        selectors = {}
        for entry in snapshot.hpas[:OTHER_AUTOSCALERS]:
            if entry["metadata"]["uid"] != snapshot.hpa["metadata"]["uid"]:
                _target, scale = self._target(entry["spec"]["scaleTargetRef"])
                selectors[entry["metadata"]["name"]] = ((scale or {}).get("status") or {}).get("selector") or ""
        return selectors

    def _pod_metrics(self, snapshot: ScalingSnapshot) -> list | None:
        if "metrics.k8s.io" not in apis_of(snapshot):
            return []
        self.fail_fast.deadline = time.monotonic()
        try:
            return self.fail_fast.request("GET", find("PodMetrics").path(self.namespace)).get("items") or []
        except KubeError as error:
            if error.status in (401, 403):
                self.unreadable["pod metrics"] = str(error)
            return None

    def _events(self, hpa: dict) -> list:
        fields = f"involvedObject.kind=HorizontalPodAutoscaler,involvedObject.name={hpa['metadata']['name']}"
        try:
            return self.kube.list(find("Event"), self.namespace, fields=fields)["items"]
        except KubeError as error:
            if error.status not in (401, 403):
                raise
            return []

    def _apis(self, snapshot: ScalingSnapshot) -> tuple[dict, list | None]:
        states, names = {}, None
        self.fail_fast.deadline = time.monotonic()
        for name in sorted(apis_of(snapshot)):
            try:
                listed = self.fail_fast.request("GET", APIS[name]).get("resources") or []
            except KubeError as error:
                states[name] = "absent" if error.status == 404 else str(error)
                continue
            states[name] = "available"
            if name == "custom.metrics.k8s.io":
                names = sorted({entry["name"].rpartition("/")[2] for entry in listed})
        return states, names


def apis_of(snapshot: ScalingSnapshot) -> set[str]:
    return {API_OF[entry["type"]] for entry in snapshot.hpa["spec"].get("metrics") or []}


def hpa_name(scaled: dict) -> str:
    """The name of the autoscaler that KEDA creates for a ScaledObject."""
    reported = (scaled.get("status") or {}).get("hpaName")
    advanced = (scaled.get("spec") or {}).get("advanced") or {}
    configured = (advanced.get("horizontalPodAutoscalerConfig") or {}).get("name")
    return reported or configured or f"keda-hpa-{scaled['metadata']['name']}"


def _together(reads: dict[str, Callable]) -> dict:
    """The results of all ``reads``, by name. They run in parallel."""
    with ThreadPoolExecutor(max_workers=len(reads)) as pool:
        jobs = {name: pool.submit(read) for name, read in reads.items()}
        return {name: job.result() for name, job in jobs.items()}


def _named(hpas: list, name: str) -> dict | None:
    return next((entry for entry in hpas if entry["metadata"]["name"] == name), None)


def _creator(hpa: dict, scaled_objects: list) -> dict | None:
    owners = {owner.get("uid") for owner in hpa["metadata"].get("ownerReferences") or []}
    return next((entry for entry in scaled_objects if entry["metadata"]["uid"] in owners), None)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a Deployment that no autoscaler scales, in the form in which those are watched that one scales."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import selector_parameter
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot


class FixedReader:
    """Stands where hpa's Reader stands. ``name``: the Deployment's."""

    def __init__(self, kube: Kube, namespace: str, name: str):
        self.kube, self.namespace, self.name = kube, namespace, name

    def read(self) -> ScalingSnapshot | None:
        """None where there is no such Deployment."""
        deployment = self.kube.get(find("Deployment"), self.namespace, self.name)
        return None if deployment is None else self._of(deployment)

    def read_changing(self, _before: ScalingSnapshot) -> ScalingSnapshot:
        """Raises ServingError when the Deployment is gone."""
        snapshot = self.read()
        if snapshot is None:
            raise ServingError(
                f"Deployment/{self.name} in namespace {self.namespace} was deleted during the load: find out what "
                "deletes it."
            )
        return snapshot

    def _of(self, deployment: dict) -> ScalingSnapshot:
        replicas = deployment["spec"].get("replicas", 1)
        reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": self.name}
        return ScalingSnapshot(
            {"metadata": deployment["metadata"], "spec": {"scaleTargetRef": reference, "maxReplicas": replicas}},
            target=deployment,
            scale={
                "spec": {"replicas": replicas},
                "status": {"selector": selector_parameter(deployment["spec"]["selector"])},
            },
            replicasets=self._items("ReplicaSet"),
            pods=self._items("Pod"),
            now=time.time(),
        )

    def _items(self, kind: str) -> list:
        return self.kube.list(find(kind), self.namespace)["items"]


def refuse_what_needs_scaling(target: str, replicas: int, rows: int, fall: float) -> None:
    """Raises ServingError for what only an autoscaler could do. ``target``: what has none. The others: the options of
    load_test."""
    instead = ["load_test_replicas=0"] if replicas else []
    instead += [] if rows else ["load_test_rows=1"]
    instead += ["load_test_fall_timeout=0"] if fall else []
    if instead:
        raise ServingError(
            f"{target} has no autoscaler, so that its replicas do not follow the load: set {', '.join(instead)}, or "
            "give the release one with model_serving_autoscaling_enabled=true. load_test_profile=spike asks for "
            "replicas unless that is set; smoke, steady and soak do not."
        )

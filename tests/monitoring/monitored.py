# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The monitoring stack and one release in namespaces of their own, and what Prometheus knows of them."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import adapter
import stack
from cluster import Cluster, command, playbook

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import KindMissing
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.load.senders import ControllerLoad

MONITORING, WATCHED, NAME = "t-monitoring", "t-monitored", "model-api"
HOST = "monitored.test"
INGRESS = "http://10.213.0.11/predict"
ROW = [5.1, 3.5, 1.4, 0.2]
SOON = "20s"
# One client at a time never has more than this in flight on each of two pods.
IN_FLIGHT = 0.5
VARIABLES = {
    "model_serving_namespace": WATCHED,
    "model_serving_monitoring": "auto",
    "model_serving_monitoring_interval": 5,
    "model_serving_network_policy_monitoring_namespace": MONITORING,
    "model_serving_ingress_host": HOST,
    "model_serving_ingress_requests_per_second": 0,
    "model_serving_autoscaling_min_replicas": 2,
    "model_serving_autoscaling_max_replicas": 3,
    # Of the two by which load is seen this one alone: what it does is not to be mistaken for the other's doing.
    "model_serving_autoscaling_in_flight": IN_FLIGHT,
    "model_serving_autoscaling_cpu_percent": 0,
    "model_serving_pdb_min_available": "1",
    "model_serving_vpa_enabled": True,
    # A queue that overload fills.
    "model_serving_settings": {"SERVER_QUEUE_LIMIT": 1},
    "model_serving_alert_for": {
        "ModelServerMetricsMissing": SOON,
        "ModelServerRolloutStuck": SOON,
        "ModelServerRejects": SOON,
        "ModelServerAutoscalerAtMax": SOON,
    },
}


class Monitored:
    """``image`` holds the programs of the stack."""

    def __init__(self, image: str):
        self.image = image
        self.stack, self.watched = Cluster(MONITORING), Cluster(WATCHED)
        self.kube = self.stack.kube
        self.made: list[dict] = []

    def install(self) -> None:
        for where in (self.stack, self.watched):
            where.make_namespace()
        self.make(stack.definitions())
        self.stack.wait_for(self.served, 30)
        self.make(stack.operator(MONITORING, self.image, WATCHED))
        self.make(stack.recommender(MONITORING, self.image))
        # Into Prometheus' first configuration: the kubelet may take two minutes to hand it another one.
        self.make(stack.state_metrics(MONITORING, self.image, WATCHED))
        self.make(stack.prometheus(MONITORING, self.image))
        self.make(adapter.adapter(MONITORING, self.image))
        self.deploy()
        self.stack.wait_for(lambda: self.ask("kube_deployment_spec_replicas"), 120)

    def make(self, objects: list[dict]) -> None:
        for obj in objects:
            self.kube.apply(obj, MONITORING, None, "true")
            self.made.append(obj)

    def served(self) -> bool:
        """Whether the API server knows the new kinds."""
        try:
            for version, kind in (
                ("monitoring.coreos.com/v1", "Prometheus"),
                ("monitoring.coreos.com/v1alpha1", "ScrapeConfig"),
                ("autoscaling.k8s.io/v1", "VerticalPodAutoscaler"),
            ):
                self.kube.list(self.kube.kind(version, kind), MONITORING)
        except KindMissing:
            return False
        return True

    def deploy(self) -> None:
        status, output = command(*playbook("deploy", **VARIABLES))
        assert status == 0, output

    def remove(self) -> None:
        """Namespaces before what is outside of them, while the operator still clears up after itself.

        But first the API that a pod here serves: while it does not answer, no namespace of the cluster is removed.
        """
        outside = [obj for obj in self.made if obj["metadata"].get("namespace") not in (WATCHED, MONITORING)]
        for obj in outside:
            if obj["kind"] == "APIService":
                self.kube.delete(obj, None)
        for where in (self.watched, self.stack):
            where.remove_namespace()
        for namespace in (WATCHED, MONITORING):
            self.stack.wait_for(lambda name=namespace: self.kube.get(find("Namespace"), None, name) is None, 120)
        for obj in reversed(outside):
            self.kube.delete(obj, None)

    # What Prometheus knows

    def prometheus(self, path: str) -> dict | list:
        self.kube.deadline = time.monotonic() + 20
        answer = self.kube.proxy(MONITORING, "prometheus-operated", "web", "GET", f"/api/v1/{path}", {}, None)
        self.kube.deadline = None
        assert answer["status"] == 200, answer
        return json.loads(answer["content"])["data"]

    def ask(self, query: str) -> list[dict]:
        """The samples that the query gives now; none while Prometheus does not answer."""
        if not self.stack.list("EndpointSlice", "kubernetes.io/service-name=prometheus-operated"):
            return []
        return self.prometheus(f"query?query={quote(query)}")["result"]

    def targets(self) -> list[dict]:
        """Those of the release's own ServiceMonitor."""
        active = self.prometheus("targets?state=active")["activeTargets"]
        return [entry for entry in active if entry["scrapePool"].startswith(f"serviceMonitor/{WATCHED}/{NAME}/")]

    def alerts(self) -> dict[str, str]:
        """The state of each alert of the role: inactive, pending or firing."""
        order = ["inactive", "pending", "firing"]
        states: dict[str, str] = {}
        for group in self.prometheus("rules?type=alert")["groups"]:
            for rule in group["rules"]:
                known = states.get(rule["name"], "inactive")
                states[rule["name"]] = max(known, rule["state"], key=order.index)
        return states

    def pods(self) -> list[dict]:
        return self.watched.list("Pod", f"app={NAME}")


def load(seconds: int, concurrency: int, rows: int) -> ControllerLoad:
    """Requests through the ingress, from this machine; it ends by itself."""
    plan = {"url": INGRESS, "host": HOST, "seconds": seconds, "concurrency": concurrency, "requests_per_second": 0}
    source = ControllerLoad({**plan, "body": {"instances": [ROW] * rows}})
    source.start()
    return source

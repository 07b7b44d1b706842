# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The monitoring stack and one release, each in its own namespace, and queries to Prometheus."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import adapter
import stack
from cluster import Cluster, command, playbook

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.load.senders import ControllerLoad

MONITORING, WATCHED, NAME = "t-monitoring", "t-monitored", "model-api"
HOST = "monitored.test"
INGRESS = "http://10.213.0.11/predict"
ROW = [5.1, 3.5, 1.4, 0.2]
SOON = "20s"
# With a single client no pod has more requests in flight than this on average: there are two pods.
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
    # No scaling by CPU, so that a rise can only come from the requests in flight.
    "model_serving_autoscaling_in_flight": IN_FLIGHT,
    "model_serving_autoscaling_cpu_percent": 0,
    "model_serving_pdb_min_available": "1",
    "model_serving_vpa_enabled": True,
    # Short enough for overload to fill it.
    "model_serving_settings": {"SERVER_QUEUE_LIMIT": 1},
    "model_serving_alert_for": {
        "ModelServerMetricsMissing": SOON,
        "ModelServerRolloutStuck": SOON,
        "ModelServerRejects": SOON,
        "ModelServerAutoscalerAtMax": SOON,
    },
}


class Monitored:
    """``image``: contains the programs of the stack."""

    def __init__(self, image: str):
        self.image = image
        self.stack, self.watched = Cluster(MONITORING), Cluster(WATCHED)
        self.kube = self.stack.kube
        self.made: list[dict] = []

    def install(self) -> None:
        for cluster in (self.stack, self.watched):
            cluster.make_namespace()
        self.make(stack.definitions())
        self.stack.wait_for(self.served, 30)
        self.make(stack.operator(MONITORING, self.image, WATCHED))
        self.make(stack.recommender(MONITORING, self.image))
        # Before Prometheus, so that its first configuration has them: the kubelet takes up to two minutes for a change.
        self.make(stack.state_metrics(MONITORING, self.image, WATCHED))
        self.make(stack.prometheus(MONITORING, self.image))
        self.make(adapter.adapter(MONITORING, self.image))
        self.deploy()
        self.stack.wait_for(lambda: self.query("kube_deployment_spec_replicas"), 120)

    def make(self, objects: list[dict]) -> None:
        for obj in objects:
            self.kube.apply(obj, MONITORING, None, "true")
            self.made.append(obj)

    def served(self) -> bool:
        """Whether the API server serves the new kinds."""
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
        """Removes the APIService, the namespaces, then all other objects.

        The APIService first: while its pod does not answer, no namespace of the cluster is removed. The namespaces
        before the operator's roles and definitions, because the operator still cleans up in them.
        """
        clusterwide = [obj for obj in self.made if obj["metadata"].get("namespace") not in (WATCHED, MONITORING)]
        for obj in clusterwide:
            if obj["kind"] == "APIService":
                self.kube.delete(obj, None)
        for cluster in (self.watched, self.stack):
            cluster.remove_namespace()
        for namespace in (WATCHED, MONITORING):
            self.stack.wait_for(lambda name=namespace: self.kube.get(find("Namespace"), None, name) is None, 120)
        for obj in reversed(clusterwide):
            self.kube.delete(obj, None)

    # Queries to Prometheus

    def prometheus(self, path: str) -> dict | list:
        self.kube.deadline = time.monotonic() + 20
        answer = self.kube.proxy(MONITORING, "prometheus-operated", "web", "GET", f"/api/v1/{path}", {}, None)
        self.kube.deadline = None
        assert answer["status"] == 200, answer
        return json.loads(answer["content"])["data"]

    def query(self, query: str) -> list[dict]:
        """The samples of the query now; none while Prometheus has no ready pod."""
        if not self.stack.list("EndpointSlice", "kubernetes.io/service-name=prometheus-operated"):
            return []
        return self.prometheus(f"query?query={quote(query)}")["result"]

    def targets(self) -> list[dict]:
        """The scrape targets of the release's ServiceMonitor."""
        active = self.prometheus("targets?state=active")["activeTargets"]
        return [entry for entry in active if entry["scrapePool"].startswith(f"serviceMonitor/{WATCHED}/{NAME}/")]

    def alerts(self) -> dict[str, str]:
        """The state of each of the role's alerts: inactive, pending or firing."""
        order = ["unknown", "inactive", "pending", "firing"]  # unknown: a rule that is new
        states: dict[str, str] = {}
        for group in self.prometheus("rules?type=alert")["groups"]:
            for rule in group["rules"]:
                known = states.get(rule["name"], "unknown")
                states[rule["name"]] = max(known, rule["state"], key=order.index)
        return states

    def pods(self) -> list[dict]:
        return self.watched.list("Pod", f"app={NAME}")


def load(seconds: int, concurrency: int, rows: int) -> ControllerLoad:
    """A running load of requests through the ingress, from this machine. It ends by itself."""
    plan = {"url": INGRESS, "host": HOST, "seconds": seconds, "concurrency": concurrency, "requests_per_second": 0}
    source = ControllerLoad({**plan, "body": {"instances": [ROW] * rows}})
    source.start()
    return source

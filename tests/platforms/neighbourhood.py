# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release, and pods around it: who of them reaches what.

python tests/platforms/neighbourhood.py      prints the table of docs/targets.md, two minutes
"""

from __future__ import annotations

import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "collections"), *(str(HERE.parent / name) for name in ("faults", "collection", "platforms"))]

import image
from cluster import KUBECONFIG, Cluster, serving_image
from playbook_runs import command
from policy_engine import policies, put_back
from reach import arrives
from small import ONE_SMALL_POD

from ansible_collections.modelops.serving.plugins.module_utils.client import pod_counters
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError

NAMESPACE, MONITORING, OTHERS = "t-netpol", "t-netpol-monitoring", "t-netpol-others"
API, METRICS, STORE, NOT_STORE = 5000, 8000, 9000, 9001
LISTENS = f"httpd -p {STORE}; exec httpd -f -p {NOT_STORE}"


@dataclass(frozen=True)
class Attempt:
    """A line of the table. ``admitted``: whether the release's policy is to let it through."""

    source: str
    target: str
    admitted: bool


def bystander() -> dict:
    container = {"name": "main", "image": image.REFERENCE, "imagePullPolicy": "Never", "command": ["sh", "-c", LISTENS]}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bystander"}, "spec": spec}


class Neighbourhood:
    """A release with a policy, a pod beside it, one where its monitoring is, and one elsewhere: the model store."""

    def __init__(self):
        image.load()
        self.own, self.watching, self.elsewhere = (Cluster(name) for name in (NAMESPACE, MONITORING, OTHERS))
        self.ingress = Cluster("ingress-nginx")
        self.all = (self.own, self.watching, self.elsewhere)

    def make(self) -> None:
        for cluster in self.all:
            cluster.make_namespace()
            cluster.create(bystander())
        self.neighbour, self.monitoring, self.outsider = (self._running(cluster) for cluster in self.all)
        self.deploy()
        self.server = self.own.list("Pod", "app=model-api")[0]
        controllers = self.ingress.list("Pod", "app.kubernetes.io/component=controller")
        self.controller = next(pod for pod in controllers if pod["status"]["phase"] == "Running")

    def deploy(self) -> None:
        entrance = self.ingress.get("Service", "ingress-nginx-controller")["status"]["loadBalancer"]["ingress"][0]["ip"]
        variables = {
            "model_serving_kubernetes": {"kubeconfig": str(KUBECONFIG)},
            "model_serving_namespace": NAMESPACE,
            "model_serving_image": serving_image(),
            "model_serving_verify_url": f"http://{entrance}",
            **ONE_SMALL_POD,
            "model_serving_network_policy_monitoring_namespace": MONITORING,
            "model_serving_network_policy_model_store_cidrs": [f"{self.outsider['status']['podIP']}/32"],
            "model_serving_network_policy_model_store_port": STORE,
        }
        given = ["playbooks/deploy.yml", "-i", "inventories/local", "-e", json.dumps(variables)]
        run = command("ansible-playbook", *given)
        assert run.status == 0, run.output

    def remove(self) -> None:
        for cluster in self.all:
            cluster.remove_namespace()

    def _running(self, cluster: Cluster) -> dict:
        def running() -> dict | None:
            pod = cluster.get("Pod", "bystander")
            return pod if pod["status"]["phase"] == "Running" and pod["status"].get("podIP") else None

        return cluster.wait_for(running, 60)

    def attempts(self) -> dict[Attempt, bool]:
        """Which of them arrive."""
        api, metrics = (("tcp", self.server["status"]["podIP"], port) for port in (API, METRICS))
        outsider, neighbour = (pod["status"]["podIP"] for pod in (self.outsider, self.neighbour))
        dns, api_server = _address("kube-dns", "kube-system"), _address("kubernetes", "default")
        ways = {
            Attempt("the ingress controller", "the API", True): (self.controller, *api),
            Attempt("the ingress controller", "the metrics", False): (self.controller, *metrics),
            Attempt("a pod where the monitoring is", "the metrics", True): (self.monitoring, *metrics),
            Attempt("a pod where the monitoring is", "the API", False): (self.monitoring, *api),
            Attempt("a pod of the same namespace", "the API", False): (self.neighbour, *api),
            Attempt("a pod of the same namespace", "the metrics", False): (self.neighbour, *metrics),
            Attempt("a pod of any other namespace", "the API", False): (self.outsider, *api),
            Attempt("a pod of any other namespace", "the metrics", False): (self.outsider, *metrics),
            Attempt("the model server", "DNS by UDP", True): (self.server, "udp", dns, 53),
            Attempt("the model server", "DNS by TCP", True): (self.server, "tcp", dns, 53),
            Attempt("the model server", "the model store", True): (self.server, "tcp", outsider, STORE),
            Attempt("the model server", "another port of the store", False): (self.server, "tcp", outsider, NOT_STORE),
            Attempt("the model server", "a pod of the same namespace", False): (self.server, "tcp", neighbour, STORE),
            Attempt("the model server", "the API server", False): (self.server, "tcp", api_server, 443),
        }
        with ThreadPoolExecutor(len(ways)) as pool:
            found = dict(zip(ways, pool.map(lambda way: arrives(*way), ways.values()), strict=True))
        proxy = "the API server, on the pod's node"
        found[Attempt(proxy, "the API", True)] = self._proxied(API, "/health")
        found[Attempt(proxy, "the metrics", True)] = self._proxied(METRICS, "/metrics")
        return found

    def _proxied(self, port: int, path: str) -> bool:
        try:
            return bool(pod_counters.get(self.own.kube, self.server, port, path))
        except KubeError:
            return False


def _address(service: str, namespace: str) -> str:
    return Cluster(namespace).get("Service", service)["spec"]["clusterIP"]


def main() -> None:
    around = Neighbourhood()
    with tempfile.TemporaryDirectory() as name, put_back(Path(name)):
        try:
            policies("ignored", Path(name))
            around.make()
            before = around.attempts()
            policies("enforced", Path(name))
            after = around.attempts()
        finally:
            around.remove()
    print("| from | to | policies ignored | policies enforced |\n| --- | --- | --- | --- |")
    for attempt, arrived in before.items():
        print(f"| {attempt.source} | {attempt.target} | {_word(arrived)} | {_word(after[attempt])} |")


def _word(arrived: bool) -> str:
    return "reached" if arrived else "no answer"


if __name__ == "__main__":
    main()

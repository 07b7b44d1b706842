# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large a load must be for an autoscaler to want so many replicas, by what a few requests cost its pods.

No figure fits every machine: what takes one processor half of a pod's request takes another a tenth.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from ansible_collections.modelops.serving.plugins.module_utils.client import pod_counters
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import requests
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import Metric, ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.load.source import read
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.routing import scheme

TRIAL_REQUESTS = 60
TRIAL_SECONDS = 20.0
PATIENCE = 30.0
# Requests a second, before the rows are as many as the server takes.
RATE = 80
# Replicas' worth of load beyond what is wanted. A processor is not always as quick as in the trial, and the first value
# that the autoscaler sees also averages over seconds before full load: with one less it grew in two steps, 30 s apart.
MARGIN = 2.0
ADMITTED_PERCENT = 95
GIVE_ROWS = "give rows (load_test_rows) yourself"


@dataclass(frozen=True)
class Bounds:
    """``rate``: requests a second that one client may send, 0 for any number. ``rows``: that the server takes in one
    request."""

    rate: int
    rows: int


def below(admitted: int) -> int:
    """Somewhat less than the ingress admits; 0 stays any number."""
    return admitted * ADMITTED_PERCENT // 100


@dataclass(frozen=True)
class Load:
    """``rate``: requests a second. ``rows``: instances in each. ``replicas``: that they are expected to need."""

    rate: int
    rows: int
    replicas: float

    @property
    def text(self) -> str:
        return f"{self.rate} requests of {self.rows} rows a second are expected to need {self.replicas:.1f} replicas"


def cpu_metric(snapshot: ScalingSnapshot) -> Metric:
    """The autoscaler's metric that load is found by. Raises ServingError when it has none."""
    for metric in snapshot.metrics:
        if metric.name == "cpu" and metric.unit == "%":
            return metric
    raise ServingError(
        f"The autoscaler does not go by a percentage of CPU, which load could be found for: {GIVE_ROWS}."
    )


def replica_cores(snapshot: ScalingSnapshot) -> float:
    """CPU that one replica has to use for the autoscaler to be content. Raises ServingError when pods request none."""
    metric = cpu_metric(snapshot)
    containers = [
        entry for entry in snapshot.template.get("containers") or [] if metric.container in (None, entry["name"])
    ]
    requested = requests({"containers": containers}, "cpu")
    if not requested:
        raise ServingError(f"The pods of {snapshot.target_label} request no CPU: set a request, or {GIVE_ROWS}.")
    return requested * metric.target / 100


def size(row_seconds: float, replica: float, wanted: int, bounds: Bounds) -> Load:
    """More rows before more requests. Raises ServingError when the most that may be sent would not do.

    ``row_seconds``: CPU time of one row. ``replica``: see ``replica_cores``. ``wanted``: replicas.
    """
    needed = (wanted + MARGIN) * replica / row_seconds
    rows = min(max(round(needed / min(RATE, bounds.rate or RATE)), 1), bounds.rows)
    rate = max(round(needed / rows), 1)
    if bounds.rate:
        rate = min(rate, bounds.rate)
    load = Load(rate, rows, rate * rows * row_seconds / replica)
    if load.replicas <= wanted - 1:
        raise ServingError(
            f"{load.text}, and {wanted} are asked for. More is not admitted from one client: raise "
            "model_serving_ingress_requests_per_second, or send from inside the cluster with load_test_source=cluster."
        )
    return load


def row_seconds(
    kube: Kube, snapshot: ScalingSnapshot, name: str, url: str, body: dict, rows: int, headers: dict[str, str]
) -> float:
    """CPU time that one row costs the pods in requests of ``rows``, found by a few of them through the API server.

    Raises ServingError when the pods do not tell, or do not answer.
    """
    client = kube.another()
    namespace = snapshot.hpa["metadata"]["namespace"]
    port = read(kube, namespace, name)["spec"]["ports"][0]
    content = json.dumps({**body, "instances": body["instances"][:1] * rows})
    where = (namespace, name, str(port["port"]), "POST", urlsplit(url).path or "/predict")
    before = cpu_seconds(kube, snapshot)
    began, sent = time.monotonic(), 0
    while sent < TRIAL_REQUESTS and time.monotonic() < began + TRIAL_SECONDS:
        client.deadline = time.monotonic() + PATIENCE
        answer = client.proxy(*where, {"Content-Type": "application/json", **headers}, content, scheme(port))
        if answer["status"] != 200:
            raise ServingError(
                f"A trial of {rows} rows was answered {answer['status']}: {answer['content'][:200]}; {GIVE_ROWS}."
            )
        sent += 1
    return max(cpu_seconds(kube, snapshot) - before, 1e-6) / (sent * rows)


def cpu_seconds(kube: Kube, snapshot: ScalingSnapshot) -> float:
    """Of all ready pods' servers since their start. Raises ServingError when one does not say."""
    seconds = [pod_counters.cpu_seconds(kube, pod) for pod in snapshot.ready_pods]
    if not seconds or None in seconds:
        raise ServingError(f"The pods of {snapshot.target_label} do not say what CPU time they used: {GIVE_ROWS}.")
    return sum(seconds)

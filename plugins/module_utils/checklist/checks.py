# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the checklist that disturb nothing. Each takes its measurements and passes them to verdicts.py."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.checklist import predictions, verdicts
from ansible_collections.modelops.serving.plugins.module_utils.checklist.verdicts import Line
from ansible_collections.modelops.serving.plugins.module_utils.client import prometheus
from ansible_collections.modelops.serving.plugins.module_utils.client.entrances import named
from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing, KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.client.pod_counters import (
    METRICS_PORT,
    answered,
    get,
    port_of,
)
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import selects
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    container_statuses,
    is_ready,
    name_of,
    selector_parameter,
)
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import merged_logs
from ansible_collections.modelops.serving.plugins.module_utils.load.source import example, read
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.observer import Observer

START_PATIENCE = 30.0
LOG_PATIENCE = 10.0
REQUESTS_A_POD = 20
INGRESS_REQUESTS = 5
# Attempts to find all requests through the ingress in the pods' counters, and seconds between two.
TRIES, PAUSE = 3, 2.0
PROBES = {"readiness": "readinessProbe", "liveness": "livenessProbe"}


@dataclass
class Target:
    """The service to check. ``url``: its root address for clients, "" for the Ingress's address. ``host``: the Host
    header, "" for the Ingress's host. ``body``: of a request, None for the example of the server's model.
    ``prometheus``: {namespace, service, port}, or {} to search for one. ``ca_cert``: file of the CA of the url's
    certificate, None for those of the system. ``headers``: of every request for a prediction, such as an API key."""

    kube: Kube
    namespace: str
    name: str
    url: str = ""
    host: str = ""
    path: str = "/predict"
    body: dict | None = None
    headers: dict[str, str] = field(default_factory=dict)
    prometheus: dict = field(default_factory=dict)
    ca_cert: str | None = None
    validate_certs: bool = True
    progress: Progress = field(default_factory=Progress)
    api_port: dict | None = None

    def __post_init__(self):
        # Without retries: what does not answer is reported, not waited for.
        self.fail_fast = self.kube.another()

    def deployment(self) -> dict:
        return self.kube.need(find("Deployment"), self.namespace, self.name, "deploy it first")

    def pods(self, deployment: dict) -> list:
        selector = selector_parameter(deployment["spec"]["selector"])
        return self.kube.list(find("Pod"), self.namespace, selector)["items"]

    def ready_pods(self) -> list:
        return [pod for pod in self.pods(self.deployment()) if is_ready(pod)]

    def request_body(self) -> dict:
        if not self.body:
            self.body = example(self.kube, self.namespace, self.name, self.headers)
        return self.body

    def port(self) -> dict:
        """The Service's port of the API."""
        if self.api_port is None:
            self.api_port = read(self.kube, self.namespace, self.name)["spec"]["ports"][0]
        return self.api_port


def pods_start(target: Target) -> Line:
    deployment = target.deployment()
    labels = deployment["spec"]["template"]["metadata"].get("labels") or {}
    services = [obj for obj in target.kube.list(find("Service"), target.namespace)["items"] if selects(obj, labels)]
    observer = Observer.of(target.kube, deployment, services)
    try:
        verdict, snapshot = observer.follow(START_PATIENCE, lambda verdict, _now: target.progress.say(verdict.line))
    finally:
        observer.stop()
    if verdict.state != rollout_verdict.DONE:
        return verdicts.failed_by("pods_start", verdict.findings)
    restarts = sum(status.get("restartCount", 0) for pod in snapshot.new_pods for status in container_statuses(pod))
    counts = verdict.progress
    return verdicts.passed("pods_start", f"{counts['ready']} of {counts['desired']} ready, {restarts} restarts")


def health_checks(target: Target) -> Line:
    deployment = target.deployment()
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    probes = {kind: _address(container, container.get(key)) for kind, key in PROBES.items()}
    answers = {
        name_of(pod): {kind: _probe_error(target, pod, address) for kind, address in probes.items()}
        for pod in target.ready_pods()
    }
    return verdicts.health(probes, answers)


def _address(container: dict, probe: dict | None) -> str:
    """ ":5000/health" for an HTTP probe, "https:5000/health" with TLS, the kind of another probe, "" for none."""
    if not probe:
        return ""
    if "httpGet" not in probe:
        return next(kind for kind in ("exec", "tcpSocket", "grpc") if kind in probe)
    port = probe["httpGet"]["port"]
    if isinstance(port, str):
        port = port_of({"spec": {"containers": [container]}}, port)
    scheme = "https" if probe["httpGet"].get("scheme") == "HTTPS" else ""
    return f"{scheme}:{port}{probe['httpGet'].get('path', '/')}"


def _probe_error(target: Target, pod: dict, address: str) -> str:
    """What is wrong with the answer at the probe's address; "" if nothing. Only HTTP probes are requested here: for the
    others the pod's readiness counts."""
    scheme, _colon, rest = address.partition(":")
    if not rest:
        return ""
    port, _slash, path = rest.partition("/")
    try:
        get(target.fail_fast, pod, int(port), f"/{path}", scheme or "http")
    except KubeError as error:
        return str(error)
    return ""


def load_balancing(target: Target) -> Line:
    pods = target.ready_pods()
    before = {name_of(pod): answered(target.fail_fast, pod) for pod in pods}
    sent = REQUESTS_A_POD * max(len(pods), 1)
    failures = []
    for _number in range(sent):
        reply = predictions.predict_at_service(target, target.request_body(), {})
        failures += [reply.problem] if reply.problem else []
    after = {name_of(pod): answered(target.fail_fast, pod) for pod in pods}
    return verdicts.spread(sent, failures, before, after)


def ingress(target: Target) -> Line:
    address = predictions.address(target)
    if not address:
        found = [name_of(obj) for obj in named(target.kube, target.namespace, target.name)]
        return verdicts.no_address(target.name, target.namespace, _recorded_kinds(target), found)
    return reaches_pods(target, address)


def _recorded_kinds(target: Target) -> set[str] | None:
    """The kinds of the release's objects; None where nothing is recorded, or where the record may not be read."""
    try:
        standing = History(target.kube, target.namespace, target.name).read().standing
    except KubeError as error:
        if error.status != 403:
            raise
        return None
    return {obj["kind"] for obj in standing.objects} if standing else None


def reaches_pods(target: Target, address: str) -> Line:
    """Whether requests to the address are answered, and by this service's own pods."""
    for _again in range(TRIES - 1):
        line = _reaches_pods_once(target, address)
        if line.reason != "RoutedElsewhere":
            return line
        # A pod that terminated meanwhile may have answered a request, and its count is gone with it.
        time.sleep(PAUSE)
    return _reaches_pods_once(target, address)


def _reaches_pods_once(target: Target, address: str) -> Line:
    pods, body = target.ready_pods(), target.request_body()
    before = [answered(target.fail_fast, pod) for pod in pods]
    replies = [predictions.predict_at(address, target, body) for _number in range(INGRESS_REQUESTS)]
    after = [answered(target.fail_fast, pod) for pod in pods]
    counted = None if None in before + after else sum(after) - sum(before)
    found = named(target.kube, target.namespace, target.name)
    return verdicts.routed(f"{address}{target.path}", replies, counted, found)


def monitoring(target: Target) -> Line:
    series: dict[str, int] = {}
    routed = _behind_metrics_service(target)
    for pod in target.ready_pods():
        text = ""
        if name_of(pod) in routed:
            try:
                text = get(target.fail_fast, pod, port_of(pod, METRICS_PORT) or 0, "/metrics")
            except KubeError as error:
                target.progress.say(str(error))
        series[name_of(pod)] = sum(1 for line in text.splitlines() if line.startswith("model_server_"))
    return verdicts.scraped(series, _collected(target), bool(_monitors(target)))


def _behind_metrics_service(target: Target) -> set[str]:
    """Names of the pods behind a Service port named metrics: a ServiceMonitor finds only these."""
    found = set()
    for entry in target.kube.list(find("EndpointSlice"), target.namespace)["items"]:
        if any(port.get("name") == METRICS_PORT for port in entry.get("ports") or []):
            found |= {(point.get("targetRef") or {}).get("name") for point in entry.get("endpoints") or []}
    return found


def _monitors(target: Target) -> list:
    try:
        items = target.kube.list(find("ServiceMonitor"), target.namespace)["items"]
    except KindMissing:
        return []
    return [obj for obj in items if name_of(obj).startswith(target.name)]


def _collected(target: Target) -> dict | None:
    """By pod, whether Prometheus shows it as up; None when no Prometheus is found."""
    where = target.prometheus or prometheus.search(target.kube)
    if not where:
        return None
    query = f'max by (pod) (up{{namespace="{target.namespace}",pod=~"{target.name}-.*"}})'
    found = prometheus.series(target.fail_fast, where, query, START_PATIENCE)
    return {entry["metric"].get("pod", ""): entry["value"][1] == "1" for entry in found}


def logs(target: Target) -> Line:
    request_id = f"verify-{uuid.uuid4().hex[:12]}"
    reply = predictions.predict_at_service(target, target.request_body(), {"X-Request-Id": request_id})
    if reply.problem:
        return verdicts.failed(
            "logs", "RequestFails", reply.problem, "The service does not answer: see the other lines of the checklist."
        )
    pods = target.ready_pods()
    ends = time.monotonic() + LOG_PATIENCE
    while True:
        texts, problems = merged_logs.read(target.kube, pods, None, 60, 0)
        lines = [line.text for line in merged_logs.merge(texts, "", request_id)]
        if lines or problems or time.monotonic() > ends:
            return verdicts.found_in_logs(request_id, lines, len(pods), problems)
        time.sleep(0.5)


CHECKS = {
    "pods_start": pods_start,
    "health_checks": health_checks,
    "load_balancing": load_balancing,
    "ingress": ingress,
    "monitoring": monitoring,
    "logs": logs,
}

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist of a service that runs: its lines, and how each is judged from what was seen. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
# In the order in which they are read. The disturbing ones change or load the service, so they are done on request.
TITLES = {
    "pods_start": "Pods start",
    "health_checks": "Health checks pass",
    "load_balancing": "Load balances across pods",
    "hpa_up": "HPA scales up",
    "hpa_down": "HPA scales down",
    "rolling_update": "Rolling update loses no request",
    "rollback": "Rollback restores the release",
    "ingress": "Ingress routes",
    "monitoring": "Monitoring collects",
    "logs": "Logs are accessible",
}
DISTURBING = ("hpa_up", "hpa_down", "rolling_update", "rollback")


@dataclass
class Line:
    """One line. ``evidence``: what was seen. ``reason`` and ``remedy``: of a failure."""

    name: str
    state: str
    evidence: list[str] = field(default_factory=list)
    reason: str = ""
    remedy: str = ""
    seconds: float = 0.0

    @property
    def title(self) -> str:
        return TITLES[self.name]

    def as_dict(self) -> dict:
        data = dict(asdict(self), title=self.title)
        data["evidence"] = [redact(line) for line in self.evidence]
        return data


def passed(name: str, *evidence: str) -> Line:
    return Line(name, PASSED, list(evidence))


def failed(name: str, reason: str, message: str, remedy: str, *evidence: str) -> Line:
    return Line(name, FAILED, [message, *evidence], reason, remedy)


def failed_by(name: str, findings: list[Finding]) -> Line:
    first = findings[0]
    more = [f"{entry.reason}: {entry.message}" for entry in findings[1:3]]
    where = f"{first.object}: " if first.object else ""
    return Line(name, FAILED, [f"{where}{first.message}", *first.evidence, *more], first.reason, first.remedy)


def health(probes: dict[str, str], answers: dict[str, dict[str, str]]) -> Line:
    """``probes``: where each probe of the pods asks, "" for one that is missing. ``answers``: by pod, by probe: "" when
    it answered well, else what it said."""
    missing = [kind for kind, where in probes.items() if not where]
    if missing:
        return failed(
            "health_checks",
            "ProbeMissing",
            f"the pods have no {' and no '.join(missing)} probe",
            "Give every container both: readiness decides on traffic, liveness on a restart.",
        )
    bad = [f"{pod}, {kind}: {said}" for pod, told in answers.items() for kind, said in told.items() if said]
    if bad or not answers:
        return failed(
            "health_checks",
            "HealthFails" if bad else "NoReadyPod",
            bad[0] if bad else "no pod is ready",
            "See the pod's log: what it waits for, or what it lost.",
            *bad[1:4],
        )
    asked = ", ".join(f"{kind} {where}" for kind, where in probes.items())
    return passed("health_checks", f"{len(answers)} of {len(answers)} ready pods answer {asked}")


def spread(sent: int, failures: list[str], before: dict, after: dict) -> Line:
    """``before`` and ``after``: what each ready pod has answered by its own count, None where it does not tell."""
    if failures:
        return failed(
            "load_balancing",
            "RequestFails",
            f"{len(failures)} of {sent} requests failed: {failures[0]}",
            "See the Service's endpoints and the pods' logs.",
        )
    silent = [pod for pod, count in after.items() if count is None or before.get(pod) is None]
    if silent or not after:
        return failed(
            "load_balancing",
            "CounterMissing",
            f"{', '.join(silent) or 'no pod'} tells how much it answered: this is unknown",
            "See that the pods serve model_server_requests_total on their port named metrics.",
        )
    shares = {pod: after[pod] - before[pod] for pod in after}
    text = ", ".join(f"{pod} {count:.0f}" for pod, count in sorted(shares.items()))
    idle = [pod for pod, count in shares.items() if count <= 0]
    if idle:
        return failed(
            "load_balancing",
            "PodWithoutTraffic",
            f"{len(idle)} of {len(shares)} ready pods answered none of {sent} requests: {', '.join(idle)}",
            "See that the Service's selector matches every pod and that it has no session affinity.",
            text,
        )
    return passed("load_balancing", f"{sent} requests to the Service: {text}")


def routed(where: str, said: list, arrived: float | None) -> Line:
    """``said``: answers from outside, as outside.Said. ``arrived``: how many requests more the pods have counted
    meanwhile, None when they do not tell."""
    bad = [one.problem for one in said if one.problem]
    if bad:
        return failed(
            "ingress",
            "IngressFails",
            f"{where}: {bad[0]}",
            "404: see the Ingress' class, host and paths. 502, 503: see the Service and its endpoints. No connection: "
            "see the controller and what lies before it.",
        )
    if arrived is None or arrived < len(said):
        return failed(
            "ingress",
            "RoutedElsewhere" if arrived is not None else "CounterMissing",
            f"{where} answers {said[0].text}, and the pods have counted {arrived or 0:.0f} of {len(said)} requests",
            "Another Ingress may answer for this host: see its class, host and paths, and those of the others.",
        )
    slowest = max(one.milliseconds for one in said)
    text = f"{where} answers {said[0].text} in {slowest:.0f} ms at most"
    return passed("ingress", text, f"{len(said)} requests from outside, and the pods have counted them")


def scraped(series: dict[str, int], collected: dict | None, expected: bool) -> Line:
    """``series``: how many series of the server each ready pod serves. ``collected``: for each pod whether Prometheus
    says it is up, None when no Prometheus was found. ``expected``: whether the release asks an operator to collect."""
    empty = [pod for pod, count in series.items() if not count]
    if empty or not series:
        return failed(
            "monitoring",
            "MetricsMissing",
            f"no metric of the server comes from {', '.join(empty) or 'any ready pod'}",
            "See that the port named metrics answers /metrics, and that the metrics Service selects the pods.",
        )
    served = f"{len(series)} pods serve {min(series.values())} series each through the metrics Service's endpoints"
    if collected is None and expected:
        return failed(
            "monitoring",
            "PrometheusNotFound",
            "the release has a ServiceMonitor, and no Prometheus was found to ask whether it collects",
            "Name it: model_verify_prometheus with namespace, service and port.",
            served,
        )
    if collected is None:
        return passed("monitoring", served, "the pods are annotated for scraping; no Prometheus runs here to be asked")
    missing = [pod for pod in series if not collected.get(pod)]
    if missing:
        return failed(
            "monitoring",
            "NotScraped",
            f"Prometheus does not collect from {', '.join(missing)}",
            "See Prometheus' page of targets: the ServiceMonitor's labels, namespaces, NetworkPolicy.",
            served,
        )
    return passed("monitoring", f"Prometheus collects from all {len(series)} pods", served)


def found_in_logs(request_id: str, found: list[str], pods: int, problems: dict) -> Line:
    if problems:
        name, problem = next(iter(problems.items()))
        return failed("logs", "LogUnreadable", f"{name}: {problem}", "Grant get on pods/log.")
    if not found:
        return failed(
            "logs",
            "RequestNotLogged",
            f"a request with id {request_id} was answered and stands in the log of none of {pods} pods",
            "Set SERVER_ACCESS_LOG to true and LOG_LEVEL to INFO or lower.",
        )
    return passed("logs", f"the logs of {pods} pods, and one request in them by its id", found[0])


def undisturbed(name: str, load: dict, *evidence: str) -> Line:
    """A change that was made under traffic: it must not have cost a request."""
    requests, lost = load.get("requests", 0), load.get("failed", 0)
    told = f"{requests} requests meanwhile, {lost} failed"
    if lost or not requests:
        return failed(
            name,
            "RequestsLost" if lost else "TrafficUnknown",
            f"{told}: {load.get('words') or 'no request was answered'}",
            "See preStop, the drain, maxUnavailable and the readiness probe; and that the service can be reached.",
            *evidence,
        )
    return passed(name, *evidence, told)

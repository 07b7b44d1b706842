# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the checklist, and how each is judged from what was measured. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common import entrances, reencryption
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import redact

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
# In the order of the report. The disturbing ones load or change the service, so they run only on request.
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
    """One line. ``evidence``: what was measured; of a failure first what is wrong. ``reason`` and ``remedy``: of a
    failure. ``seconds``: how long the check took."""

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


def in_order(lines: list[dict]) -> list[dict]:
    """Lines as ``as_dict`` gives them, in the order in which they are read; they may have been checked in another."""
    names = list(TITLES)
    return sorted(lines, key=lambda line: names.index(line["name"]))


def passed(name: str, *evidence: str) -> Line:
    return Line(name, PASSED, list(evidence))


def skipped(name: str, why: str) -> Line:
    return Line(name, SKIPPED, [why])


def failed(name: str, reason: str, message: str, remedy: str, *evidence: str) -> Line:
    return Line(name, FAILED, [message, *evidence], reason, remedy)


def failed_by(name: str, findings: list[Finding]) -> Line:
    first = findings[0]
    more = [f"{entry.reason}: {entry.message}" for entry in findings[1:3]]
    where = f"{first.object}: " if first.object else ""
    return Line(name, FAILED, [f"{where}{first.message}", *first.evidence, *more], first.reason, first.remedy)


def health(probes: dict[str, str], answers: dict[str, dict[str, str]]) -> Line:
    """``probes``: address of each kind of probe, "" for a missing one. ``answers``: by pod, then by kind, the error or
    ""."""
    missing = [kind for kind, where in probes.items() if not where]
    if missing:
        return failed(
            "health_checks",
            "ProbeMissing",
            f"the pods have no {' and no '.join(missing)} probe",
            "Give the container both. Readiness decides whether it gets requests, liveness whether it is restarted.",
        )
    bad = [f"{pod}, {kind}: {error}" for pod, errors in answers.items() for kind, error in errors.items() if error]
    if bad or not answers:
        return failed(
            "health_checks",
            "HealthFails" if bad else "NoReadyPod",
            bad[0] if bad else "no pod is ready",
            "See the pod's log: it says what the pod waits for or what failed.",
            *bad[1:4],
        )
    probed = ", ".join(f"{kind} {address}" for kind, address in probes.items())
    return passed("health_checks", f"{len(answers)} of {len(answers)} ready pods answer {probed}")


def spread(sent: int, failures: list[str], before: dict, after: dict) -> Line:
    """``before`` and ``after``: each ready pod's own counter of answered requests, None without a counter."""
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
            f"no request counter can be read from {', '.join(silent) or 'any ready pod'}",
            "Check that the pods serve model_server_requests_total on their port named metrics.",
        )
    shares = {pod: after[pod] - before[pod] for pod in after}
    text = ", ".join(f"{pod} {count:.0f}" for pod, count in sorted(shares.items()))
    idle = [pod for pod, count in shares.items() if count <= 0]
    if idle:
        return failed(
            "load_balancing",
            "PodWithoutTraffic",
            f"{len(idle)} of {len(shares)} ready pods answered none of {sent} requests: {', '.join(idle)}",
            "Check that the Service's selector matches every pod and that the Service has no session affinity.",
            text,
        )
    return passed("load_balancing", f"{sent} requests to the Service: {text}")


def no_address(name: str, namespace: str, recorded: set[str] | None, found: list[str]) -> Line:
    """``recorded``: the kinds of the release's objects, None where that is unknown. ``found``: the live entrances, none
    of which has an address."""
    if recorded is not None and not recorded & set(entrances.KINDS) and not found:
        return skipped("ingress", "no ingress in this release; set model_serving_verify_url to check another address")
    return failed(
        "ingress",
        "NoAddress",
        f"no Ingress, Route or HTTPRoute {name} in namespace {namespace} has an address",
        "Check that its controller, router or gateway runs (playbooks/diagnose.yml), or set model_serving_verify_url.",
    )


def routed(url: str, replies: list, counted: float | None, found: list[dict]) -> Line:
    """``replies``: predictions.Reply to each request to ``url``. ``counted``: requests that the pods' own counters rose
    by meanwhile, None without a counter. ``found``: the live entrances."""
    bad = [reply for reply in replies if reply.problem]
    if bad:
        return failed(
            "ingress",
            "IngressFails",
            f"{url}: {bad[0].problem}",
            reencryption.remedy(bad[0].status, found)
            or "404: see the class, host and paths of the Ingress, or the route's Gateway. 422, or an answer of "
            "another model: another release answered, for the Ingress was changed or another one has its host and "
            "path; diagnose names it. 502, 503: see the Service and its endpoints. No connection: see the controller "
            "and any load balancer or firewall in front of it.",
        )
    if counted is None:
        return failed(
            "ingress",
            "CounterMissing",
            f"{url} answers, but no request counter can be read from the pods: who answered is unknown",
            "Check that the pods serve model_server_requests_total on their port named metrics.",
        )
    if counted < len(replies):
        return failed(
            "ingress",
            "RoutedElsewhere",
            f"{url} answers {replies[0].text}, but the pods counted only {counted:.0f} of {len(replies)} requests",
            "Another Ingress or route may answer for this host: compare its class, host and paths with this one's.",
        )
    slowest = max(reply.milliseconds for reply in replies)
    text = f"{url} answers {replies[0].text} in {slowest:.0f} ms at most"
    return passed("ingress", text, f"{len(replies)} requests through the ingress; the pods counted all of them")


def scraped(series: dict[str, int], collected: dict | None, expected: bool) -> Line:
    """``series``: number of the server's series that each ready pod serves. ``collected``: by pod, whether Prometheus
    shows it as up; None when no Prometheus was found. ``expected``: whether the release has a ServiceMonitor."""
    empty = [pod for pod, count in series.items() if not count]
    if empty or not series:
        return failed(
            "monitoring",
            "MetricsMissing",
            f"no metrics of the server can be read from {', '.join(empty) or 'any ready pod'}",
            "Check that the port named metrics answers /metrics, and that the metrics Service selects the pods.",
        )
    served = f"{len(series)} pods serve {min(series.values())} series each through the metrics Service's endpoints"
    if collected is None and expected:
        return failed(
            "monitoring",
            "PrometheusNotFound",
            "the release has a ServiceMonitor, but no Prometheus was found, so whether it collects is unknown",
            "Set model_verify_prometheus with namespace, service and port.",
            served,
        )
    if collected is None:
        return passed("monitoring", served, "the pods are annotated for scraping; no Prometheus was found")
    missing = [pod for pod in series if not collected.get(pod)]
    if missing:
        return failed(
            "monitoring",
            "NotScraped",
            f"Prometheus does not collect from {', '.join(missing)}",
            "See the targets page of Prometheus, the ServiceMonitor's labels and namespaces, and the NetworkPolicy.",
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
            f"a request with id {request_id} was answered, but none of the {pods} pods logged it",
            "Set SERVER_ACCESS_LOG to true and LOG_LEVEL to INFO or lower.",
        )
    return passed("logs", f"the logs of {pods} pods are readable; a request was found in them by its id", found[0])


def undisturbed(name: str, load: dict, *evidence: str) -> Line:
    """A change under traffic: no request may fail. ``load``: the traffic's figures, as in load.loop.Tally.line."""
    requests, lost = load.get("requests", 0), load.get("failed", 0)
    figures = f"{requests} requests meanwhile, {lost} failed"
    if lost or not requests:
        return failed(
            name,
            "RequestsLost" if lost else "TrafficUnknown",
            f"{figures}: {load.get('last_error') or 'no request was answered'}",
            "Check preStop, the drain, maxUnavailable and the readiness probe, and that the service can be reached.",
            *evidence,
        )
    return passed(name, *evidence, figures)

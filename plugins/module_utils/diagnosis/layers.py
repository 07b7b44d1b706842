# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a running service layer by layer, in the order in which a request depends on them. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import address
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import container_statuses, label
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import ingress
from ansible_collections.modelops.serving.plugins.module_utils.hpa import rules as hpa_rules
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors import routing
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.pods import last_end
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

OK, FAILED, ABSENT = "ok", "failed", "absent"
# A finding that may still heal counts as one when a service is examined: it stands right now.
LONG_AGO = 3600.0


@dataclass
class Answer:
    """One HTTP request: ``status`` 0 when there was no answer, with why in ``error``.

    ``behind``: what the Service itself answers for the same path, asked only when the ingress said 404.
    """

    target: str
    status: int = 0
    error: str = ""
    elapsed: float = 0.0
    behind: int = 0


@dataclass
class ServiceFacts:
    """Everything that was looked at. None: it is not there (or, for requests, was not made)."""

    name: str
    snapshot: Snapshot
    history: list[Revision] = field(default_factory=list)
    ingresses: list = field(default_factory=list)
    ingress_classes: list | None = None
    secrets: dict = field(default_factory=dict)
    policies: list = field(default_factory=list)
    scaling: ScalingSnapshot | None = None
    through_service: list[Answer] = field(default_factory=list)
    through_ingress: list[Answer] = field(default_factory=list)


@dataclass
class Layer:
    """One layer: its state (ok, failed, absent), what was seen, and the findings that make it fail."""

    layer: str
    state: str
    detail: str
    findings: list = field(default_factory=list)

    def as_dict(self) -> dict:
        return dict(asdict(self), findings=[entry.as_dict() for entry in self.findings])


def diagnose(seen: ServiceFacts, now: float) -> list[Layer]:
    """All layers, from the release down to a request from outside. ``now``: epoch seconds."""
    layers = [release(seen), deployment(seen), pods(seen), services(seen), requests(seen)]
    layers += [routes(seen), outside(seen), scaling(seen, now)]
    return layers


def _layer(name: str, detail: str, findings: list[Finding]) -> Layer:
    return Layer(name, FAILED if findings else OK, detail, findings)


def release(seen: ServiceFacts) -> Layer:
    if not seen.history:
        return Layer("release", ABSENT, "not made by this collection: no revision is recorded")
    serving, last = revisions.serving(seen.history), seen.history[-1]
    serves = f"r{serving.number} serves" if serving else "no revision serves"
    if last.status == revisions.PENDING:
        remedy = "Run the deploy again: it goes on where that run stopped."
        return _layer(
            "release", serves, [Finding("Unfinished", seen.name, f"r{last.number} was never finished", remedy)]
        )
    note = f", r{last.number} failed ({last.note})" if last.status == revisions.FAILED else ""
    return _layer("release", serves + note, [])


def deployment(seen: ServiceFacts) -> Layer:
    taken = seen.snapshot
    if taken.deployment is None:
        remedy = "Deploy it, or correct name and namespace."
        return _layer(
            "deployment", "missing", [Finding("DeploymentMissing", f"Deployment/{seen.name}", "missing", remedy)]
        )
    found = [entry for entry in now_standing(taken) if not entry.pods and not entry.object.startswith("Service/")]
    if taken.desired == 0:
        remedy = "Scale it up, or let the autoscaler: with 0 replicas it is switched off."
        found.append(Finding("ScaledToZero", label(taken.deployment), "replicas is 0", remedy))
    return _layer("deployment", rollout_verdict.summary(rollout_verdict.counts(taken)), found)


def now_standing(taken: Snapshot) -> list[Finding]:
    """What the rules find at this moment, whatever its grace."""
    first = rollout_verdict.judge(taken, 0)
    return rollout_verdict.judge(taken, LONG_AGO, first.seen).findings


def pods(seen: ServiceFacts) -> Layer:
    taken = seen.snapshot
    found = [entry for entry in now_standing(taken) if entry.pods] if taken.deployment else []
    restarts = sum(status.get("restartCount", 0) for pod in taken.new_pods for status in container_statuses(pod))
    detail = f"{taken.ready_new} of {len(taken.new_pods)} ready, {restarts} restarts"
    last = last_restart(taken)
    return _layer("pods", f"{detail}{f' (last: {last})' if last else ''}", found)


def last_restart(taken: Snapshot) -> str:
    """How the container that restarted last had ended."""
    ended = [
        (last_end(status).get("finishedAt", ""), pod["metadata"]["name"], last_end(status))
        for pod in taken.new_pods
        for status in container_statuses(pod)
        if status.get("restartCount") and last_end(status)
    ]
    if not ended:
        return ""
    when, name, how = max(ended, key=lambda entry: entry[:2])
    return f"{name} at {when}, exit {how.get('exitCode')} {how.get('reason', '')}".rstrip()


def services(seen: ServiceFacts) -> Layer:
    taken = seen.snapshot
    if not taken.services:
        remedy = "Release a Service whose selector matches the pods' labels."
        return _layer("service", "none", [Finding("ServiceMissing", seen.name, "no Service selects its pods", remedy)])
    found = [entry for entry in now_standing(taken) if entry.object.startswith("Service/")] if taken.deployment else []
    told, parts = {entry.object for entry in found}, []
    for service in taken.services:
        points = [
            point
            for point in routing.endpoints(taken, service)
            if not (point.get("conditions") or {}).get("terminating")
        ]
        ready = [point for point in points if (point.get("conditions") or {}).get("ready") is not False]
        parts.append(f"{service['metadata']['name']} {len(ready)} of {len(points)} endpoints ready")
        if not ready and label(service) not in told:
            remedy = "Its pods are not ready, or it selects none: see the layers above."
            found.append(Finding("NoReadyEndpoint", label(service), "no endpoint is ready", remedy))
        found += unheard(taken, service)
    return _layer("service", ", ".join(parts), found)


def unheard(taken: Snapshot, service: dict) -> list[Finding]:
    """A numeric targetPort that no container declares: allowed, and mostly a mistake when requests fail."""
    spec = (taken.deployment or {}).get("spec", {}).get("template", {}).get("spec", {})
    declared = {
        port.get("containerPort") for entry in spec.get("containers") or [] for port in entry.get("ports") or []
    }
    wrong = [
        port["targetPort"]
        for port in service["spec"].get("ports") or []
        if isinstance(port.get("targetPort"), int) and declared and port["targetPort"] not in declared
    ]
    if not wrong:
        return []
    known = ", ".join(str(number) for number in sorted(filter(None, declared)))
    text = f"targetPort {wrong[0]} is none of the containers' ports ({known})"
    remedy = "Make targetPort the number, or better the name, of the container's port."
    return [Finding("ServicePortUnknown", label(service), text, remedy)]


def requests(seen: ServiceFacts) -> Layer:
    if not seen.through_service:
        return Layer("request to service", ABSENT, "not made: there is no ready endpoint")
    found = [
        Finding(
            "ServiceAnswersNot" if not answer.status else "ServiceAnswersError",
            answer.target,
            answer.error or f"answered {answer.status}",
            "See that the server listens on the Service's targetPort and on all addresses, and its log.",
        )
        for answer in seen.through_service
        if not 200 <= answer.status < 500
    ]
    return _layer("request to service", ", ".join(map(text_of, seen.through_service)), found)


def text_of(answer: Answer) -> str:
    return f"{answer.target} {answer.status or answer.error} in {answer.elapsed * 1000:.0f} ms"


def routes(seen: ServiceFacts) -> Layer:
    if not seen.ingresses:
        return Layer("ingress", ABSENT, "there is none")
    found = [entry for obj in seen.ingresses for entry in ingress.explain(obj, seen.ingress_classes, seen)]
    detail = ", ".join(f"{obj['metadata']['name']} at {address(obj) or 'no address'}" for obj in seen.ingresses)
    return _layer("ingress", detail, found)


def outside(seen: ServiceFacts) -> Layer:
    if not seen.through_ingress:
        return Layer("request through ingress", ABSENT, "not made: no address is known")
    inside = any(200 <= answer.status < 500 for answer in seen.through_service)
    found = [
        entry for answer in seen.through_ingress for entry in ingress.explain_answer(answer, inside, seen.policies)
    ]
    return _layer("request through ingress", ", ".join(map(text_of, seen.through_ingress)), found)


def scaling(seen: ServiceFacts, now: float) -> Layer:
    if seen.scaling is None:
        return Layer("autoscaler", ABSENT, "there is none")
    verdict = hpa_rules.judge(seen.scaling, "runtime", now, 0)
    found = [entry for entry in verdict.findings if entry.severity != hpa_rules.NOTE]
    status = seen.scaling.hpa.get("status") or {}
    detail = f"{status.get('currentReplicas', 0)} replicas, {status.get('desiredReplicas', 0)} wanted"
    return _layer("autoscaler", detail, found)

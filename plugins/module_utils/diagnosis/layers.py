# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a running service layer by layer. A layer depends on those before it. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from ansible_collections.modelops.serving.plugins.module_utils.common.entrances import KINDS, root
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import container_statuses, label
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import asked, entrances, inputs
from ansible_collections.modelops.serving.plugins.module_utils.hpa import rules as hpa_rules
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors import routing
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.pods import last_end
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

OK, FAILED, ABSENT, UNKNOWN = "ok", "failed", "absent", "unknown"
# Seconds, longer than any grace: a diagnosis reports what is wrong now, even if it may still heal.
LONG_AGO = 3600.0
# Seconds from a pod's start until its metrics must be there.
METRICS_COME = 90.0
# The name of the pods' port for metrics, as the role writes it.
METRICS = "metrics"


@dataclass
class Answer:
    """The answer to one HTTP request. ``status`` is 0 without an answer; ``error`` then says why.

    ``elapsed``: seconds. ``text``: its body. ``service``: the Service that an entrance leads to; ``service_status`` and
    ``service_text``: what that answers itself to the same. ``owners``: other Ingresses that have a rule for the
    request, "namespace/name"; looked for only where somebody else answered.
    """

    target: str
    status: int = 0
    error: str = ""
    elapsed: float = 0.0
    service_status: int = 0
    service: str = ""
    text: str = ""
    service_text: str = ""
    owners: list[str] = field(default_factory=list)


@dataclass
class ServiceFacts:
    """All that a diagnosis reads. None: there is none. An empty list of answers: no request was sent.

    ``ingresses``: every entrance: Ingresses, Routes and HTTPRoutes. ``gateways``: those behind the HTTPRoutes.
    ``metrics``: the text of ready pods' /metrics, "" where it could not be read. ``missing``: objects that the serving
    revision has and the cluster has not, beside the Deployment. ``unread``: plurals of kinds that we may not list.
    """

    name: str
    snapshot: Snapshot
    history: list[Revision] = field(default_factory=list)
    ingresses: list = field(default_factory=list)
    ingress_classes: list | None = None
    gateways: dict = field(default_factory=dict)
    secrets: dict = field(default_factory=dict)
    policies: list = field(default_factory=list)
    scaling: ScalingSnapshot | None = None
    through_service: list[Answer] = field(default_factory=list)
    through_ingress: list[Answer] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


@dataclass
class Layer:
    """One layer: its state (ok, failed, absent, unknown), one line about it, and the findings that make it fail."""

    layer: str
    state: str
    detail: str
    findings: list = field(default_factory=list)

    def as_dict(self) -> dict:
        return dict(asdict(self), findings=[entry.as_dict() for entry in self.findings])


def diagnose(facts: ServiceFacts, now: float) -> list[Layer]:
    """All layers, from the release to a request through the ingress. ``now``: epoch seconds."""
    layers = [release(facts), deployment(facts), pods(facts), services(facts), requests(facts)]
    layers += [routes(facts), ingress_requests(facts), scaling(facts, now), inputs_of(facts)]
    return layers


def _layer(name: str, detail: str, findings: list[Finding]) -> Layer:
    return Layer(name, FAILED if findings else OK, detail, findings)


def _unread(facts: ServiceFacts, name: str, *plurals: str) -> Layer | None:
    """The layer where nothing of it was found and we may not list what it is made of."""
    unread = [plural for plural in plurals if plural in facts.unread]
    return Layer(name, UNKNOWN, f"not known: no permission to list {', '.join(unread)}") if unread else None


def release(facts: ServiceFacts) -> Layer:
    if not facts.history and (unknown := _unread(facts, "release", "secrets")):
        return unknown
    if not facts.history:
        return Layer("release", ABSENT, "no revision is recorded: another tool deploys it, or its record was removed")
    standing, last = revisions.standing(facts.history), facts.history[-1]
    serves = f"r{standing.number} serves" if standing else "no revision serves"
    if standing and standing.status == revisions.APPLIED:
        serves += " (applied without waiting, never judged)"
    if last.status == revisions.KEPT:
        remedy = "Deploy a corrected set, or roll back: playbooks/rollback.yml goes to the revision that served last."
        kept = Finding("FailureKept", facts.name, f"r{last.number} failed ({last.note}) and was kept", remedy)
        return _layer("release", serves, [kept])
    if last.status == revisions.PENDING:
        remedy = "Deploy again: the new run continues where the old one stopped."
        message = f"the run that deployed r{last.number} was interrupted"
        return _layer("release", serves, [Finding("Unfinished", facts.name, message, remedy)])
    if facts.missing:
        said = f"not there any more, and part of r{standing.number}"
        remedy = "Deploy again: that makes it anew. Find out who removed it: the API server's audit log says so."
        return _layer("release", serves, [Finding("ObjectMissing", ", ".join(facts.missing), said, remedy)])
    note = f", r{last.number} failed ({last.note})" if last.status == revisions.FAILED else ""
    return _layer("release", serves + note, [])


def deployment(facts: ServiceFacts) -> Layer:
    snapshot = facts.snapshot
    if snapshot.deployment is None:
        remedy = "Deploy it, or fix the name and the namespace."
        missing = Finding("DeploymentMissing", f"Deployment/{facts.name}", "does not exist", remedy)
        return _layer("deployment", "missing", [missing])
    found = [entry for entry in current(snapshot) if not entry.pods and not entry.object.startswith("Service/")]
    if snapshot.desired == 0:
        remedy = "Set replicas to 1 or more. At 0 the autoscaler is switched off too."
        found.append(Finding("ScaledToZero", label(snapshot.deployment), "replicas is 0", remedy))
    return _layer("deployment", rollout_verdict.summary(rollout_verdict.counts(snapshot)), found)


def current(snapshot: Snapshot) -> list[Finding]:
    """What the rollout's rules find now, without any grace."""
    first = rollout_verdict.judge(snapshot, 0)
    return rollout_verdict.judge(snapshot, LONG_AGO, first.seen).findings


def pods(facts: ServiceFacts) -> Layer:
    snapshot = facts.snapshot
    found = [entry for entry in current(snapshot) if entry.pods] if snapshot.deployment else []
    restarts = sum(status.get("restartCount", 0) for pod in snapshot.new_pods for status in container_statuses(pod))
    detail = f"{snapshot.ready_new} of {len(snapshot.new_pods)} ready, {restarts} restarts"
    last = last_restart(snapshot)
    if last:
        detail += f" (last: {last})"
    return _layer("pods", detail, found)


def last_restart(snapshot: Snapshot) -> str:
    """How the container that restarted last ended; "" when none did."""
    ended = [
        (last_end(status).get("finishedAt", ""), pod["metadata"]["name"], last_end(status))
        for pod in snapshot.new_pods
        for status in container_statuses(pod)
        if status.get("restartCount") and last_end(status)
    ]
    if not ended:
        return ""
    when, name, how = max(ended, key=lambda entry: entry[:2])
    return f"{name} at {when}, exit {how.get('exitCode')} {how.get('reason', '')}".rstrip()


def services(facts: ServiceFacts) -> Layer:
    snapshot = facts.snapshot
    if not snapshot.services and (unknown := _unread(facts, "service", "services")):
        return unknown
    if not snapshot.services:
        remedy = "Deploy a Service whose selector matches the pods' labels."
        return _layer("service", "none", [Finding("ServiceMissing", facts.name, "no Service selects its pods", remedy)])
    found = [entry for entry in current(snapshot) if entry.object.startswith("Service/")] if snapshot.deployment else []
    reported, parts = {entry.object for entry in found}, []
    for service in snapshot.services:
        points = [
            point
            for point in routing.endpoints(snapshot, service)
            if not (point.get("conditions") or {}).get("terminating")
        ]
        ready = [point for point in points if (point.get("conditions") or {}).get("ready") is not False]
        parts.append(f"{service['metadata']['name']} {len(ready)} of {len(points)} endpoints ready")
        if not ready and label(service) not in reported:
            remedy = "Its pods are not ready, or it selects none: see the layers above."
            found.append(Finding("NoReadyEndpoint", label(service), "no endpoint is ready", remedy))
        found += undeclared_target_port(snapshot, service)
        found += metrics_port(facts, service)
    return _layer("service", ", ".join(parts), found)


def undeclared_target_port(snapshot: Snapshot, service: dict) -> list[Finding]:
    """A numeric targetPort that no container declares. Kubernetes allows it, but it is mostly a mistake."""
    spec = (snapshot.deployment or {}).get("spec", {}).get("template", {}).get("spec", {})
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
    text = f"no container declares targetPort {wrong[0]}; declared: {known}"
    remedy = "Set targetPort to the name or the number of the container's port."
    return [Finding("ServicePortUnknown", label(service), text, remedy)]


def metrics_port(facts: ServiceFacts, service: dict) -> list[Finding]:
    """The API's own Service whose first port leads to that of the metrics: health checks are answered there too."""
    ports = service["spec"].get("ports") or []
    if not ports or service["metadata"]["name"] != facts.name:
        return []
    target = ports[0].get("targetPort", ports[0]["port"])
    spec = (facts.snapshot.deployment or {}).get("spec", {}).get("template", {}).get("spec", {})
    declared = [port for entry in spec.get("containers") or [] for port in entry.get("ports") or []]
    names = {port.get("name") for port in declared if target in (port.get("name"), port.get("containerPort"))}
    if names != {METRICS} or len(declared) == 1:
        return []
    shown = ports[0].get("name") or "without a name"
    text = f"its port {shown} ({ports[0]['port']}) leads to {target}, where the pods serve metrics and no predictions"
    remedy = "Set targetPort to the name or the number of the port at which the pods predict."
    return [Finding("ServicePortMetrics", label(service), text, remedy)]


def requests(facts: ServiceFacts) -> Layer:
    if not facts.through_service:
        return Layer("request to service", ABSENT, "not sent: no endpoint is ready")
    found = [
        Finding(
            "ServiceUnreachable" if not answer.status else "ServiceAnswersError",
            answer.target,
            answer.error or f"answered {answer.status}",
            "Check that the server listens on the Service's targetPort and on 0.0.0.0, and read its log.",
        )
        for answer in facts.through_service
        if not 200 <= answer.status < 500
    ]
    return _layer("request to service", ", ".join(map(text_of, facts.through_service)), found)


def text_of(answer: Answer) -> str:
    return f"{answer.target} {answer.status or answer.error} in {answer.elapsed * 1000:.0f} ms"


def routes(facts: ServiceFacts) -> Layer:
    if not facts.ingresses:
        return _unread(facts, "ingress", *(find(kind).plural for kind in KINDS)) or Layer("ingress", ABSENT, "none")
    found = [entry for obj in facts.ingresses for entry in entrances.explain(obj, facts)]
    found = [*_changed(facts), *found]
    detail = ", ".join(f"{obj['metadata']['name']} at {_at(obj, facts)}" for obj in facts.ingresses)
    return _layer("ingress", detail, found)


def _changed(facts: ServiceFacts) -> list[Finding]:
    """While a later revision stands there after all, the entrances are its own."""
    standing = revisions.standing(facts.history)
    if standing is None or facts.history[-1].status in (revisions.KEPT, revisions.PENDING):
        return []
    return asked.changed(facts.ingresses, standing.objects, standing.number)


def _at(obj: dict, facts: ServiceFacts) -> str:
    return root(obj, facts.gateways).partition("://")[2] or "no address"


def ingress_requests(facts: ServiceFacts) -> Layer:
    if not facts.through_ingress:
        return Layer("request through ingress", ABSENT, "not sent: no address is known")
    found = [
        entry
        for answer in facts.through_ingress
        for entry in entrances.explain_answer(answer, _answers(facts, answer.service), facts)
    ]
    return _layer("request through ingress", ", ".join(map(text_of, facts.through_ingress)), found)


def elsewhere(facts: ServiceFacts) -> bool:
    """Whether somebody else than the release answered a request through the ingress."""
    return any(entrances.elsewhere(answer) for answer in facts.through_ingress)


def _answers(facts: ServiceFacts, service: str) -> bool:
    """Whether that Service answers itself."""
    return any(
        200 <= answer.status < 500
        for answer in facts.through_service
        if answer.target.startswith(f"Service/{service}:")
    )


def inputs_of(facts: ServiceFacts) -> Layer:
    detail = inputs.compared(facts.metrics)
    return Layer("inputs", ABSENT if detail in (inputs.NOT_KNOWN, inputs.NOT_JUDGED) else OK, detail)


def scaling(facts: ServiceFacts, now: float) -> Layer:
    if facts.scaling is None:
        return _unread(facts, "autoscaler", "horizontalpodautoscalers") or Layer("autoscaler", ABSENT, "none")
    verdict = hpa_rules.judge(facts.scaling, "runtime", now, 0)
    found = [entry for entry in verdict.findings if entry.severity != hpa_rules.NOTE]
    status = facts.scaling.hpa.get("status") or {}
    detail = f"{status.get('currentReplicas', 0)} replicas, {status.get('desiredReplicas', 0)} desired"
    young = _youngest(facts.snapshot)
    if young is not None and young < METRICS_COME and found and all(one.severity == hpa_rules.LATE for one in found):
        reasons = ", ".join(one.reason for one in found)
        return Layer("autoscaler", ABSENT, f"not judged: a pod is {young:.0f} s old, and metrics may come ({reasons})")
    return _layer("autoscaler", detail, found)


def _youngest(snapshot: Snapshot) -> float | None:
    """Seconds since the last pod started; None where none has."""
    ages = [snapshot.age((pod.get("status") or {}).get("startTime")) for pod in snapshot.new_pods]
    return min((age for age in ages if age is not None), default=None)

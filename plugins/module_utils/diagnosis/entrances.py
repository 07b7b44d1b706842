# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request from outside fails: what is wrong with an entrance, and what an answer through it means. Pure."""

from __future__ import annotations

import json
import re

from ansible_collections.modelops.serving.plugins.module_utils.common import entrances, reencryption
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import gateway, ingress, openshift_route

# What other faults of an entrance may bring about.
SYMPTOMS = ("IngressNotAccepted",)
OF_ITS_KIND = {
    "Ingress": lambda obj, facts: ingress.explain(obj, facts.ingress_classes),
    "Route": lambda obj, _facts: openshift_route.explain(obj),
    "HTTPRoute": lambda obj, facts: gateway.explain(obj, facts.gateways),
}


def explain(obj: dict, facts) -> list[Finding]:
    """What is wrong with one entrance. ``facts`` is layers.ServiceFacts."""
    services = {service["metadata"]["name"]: service for service in facts.snapshot.services}
    found = [*_backends(obj, services), *_secrets(obj, facts.secrets)]
    return sorted([*OF_ITS_KIND[obj["kind"]](obj, facts), *found], key=lambda entry: entry.reason in SYMPTOMS)


def _backends(obj: dict, services: dict) -> list[Finding]:
    found = []
    for rule in dict.fromkeys(entrances.rules(obj)):
        service = services.get(rule.service)
        if service is None:
            goes = f"{rule.host}{rule.path} goes to Service/{rule.service}"
            text = f"{goes}, which does not exist or does not select these pods"
            found.append(Finding("BackendMissing", label(obj), text, "Fix the backend's Service name."))
            continue
        ports = service["spec"].get("ports") or []
        if rule.port and not any(rule.port in (entry.get("name"), str(entry["port"])) for entry in ports):
            known = ", ".join(f"{entry.get('name', '')}:{entry['port']}" for entry in ports)
            text = f"{rule.host}{rule.path} goes to port {rule.port} of Service/{rule.service}, which has {known}"
            found.append(Finding("BackendPortMissing", label(obj), text, "Fix the backend's port."))
    return found


def _secrets(obj: dict, secrets: dict) -> list[Finding]:
    """``secrets``: whether each TLS Secret exists, by name; None when it may not be read."""
    return [
        Finding(
            "TlsSecretMissing",
            label(obj),
            f"Secret/{name} does not exist",
            "Create it (type kubernetes.io/tls).",
        )
        for name in entrances.certificates(obj)
        if secrets.get(name) is False
    ]


def explain_answer(answer, service_ok: bool, facts) -> list[Finding]:
    """What an answer (layers.Answer) through the ingress means. ``service_ok``: whether the Service itself answers.
    ``facts`` is layers.ServiceFacts."""
    if elsewhere(answer):
        return [_elsewhere(answer)]
    if answer.status == 0:
        remedy = "Check that this machine can reach the address, and that the controller's Service and pods are up."
        return [Finding("IngressUnreachable", answer.target, answer.error, remedy)]
    if answer.status < 500:
        return []
    if not service_ok:
        remedy = "Fix the Service first: see the layers above."
        return [
            Finding(
                "BackendFails", answer.target, f"answered {answer.status}; its Service does not answer either", remedy
            )
        ]
    remedy = reencryption.remedy(answer.status, _leading_to(answer.service, facts.ingresses))
    text = f"answered {answer.status}, but its Service answers"
    return [Finding("IngressFails", answer.target, text, remedy or _between(facts.policies))]


def _leading_to(service: str, objects: list[dict]) -> list[dict]:
    return [obj for obj in objects if any(rule.service == service for rule in entrances.rules(obj))]


def _between(policies: list) -> str:
    names = ", ".join(entry["metadata"]["name"] for entry in policies)
    hint = f" NetworkPolicy {names} must admit the controller's namespace." if names else ""
    return f"The fault is between the controller and the Service: read the controller's log.{hint}"


def elsewhere(answer) -> bool:
    """Whether it is not the release that answered (layers.Answer)."""
    if answer.status == 404:
        return answer.service_status != 404 or _without_ids(answer.text) != _without_ids(answer.service_text)
    theirs, ours = _models(answer.text), _models(answer.service_text)
    return answer.status == answer.service_status == 200 and None not in (theirs, ours) and theirs != ours


def _elsewhere(answer) -> Finding:
    owned = ", ".join(answer.owners[:3])
    remedy = "This is the address of the release. If the Ingress or the route was changed since, deploy again. "
    if owned:
        remedy += f"Ingress {owned} has a rule for it, too: give one of them another host or path."
    else:
        remedy += "Else compare its class, host and path with those of others, also of other namespaces."
    if answer.status == 404:
        return Finding("RouteMissing", answer.target, "it is not the model server that answered (404)", remedy)
    text = f"another release answered, with the models {_models(answer.text)}; its Service has "
    return Finding("AnotherAnswers", answer.target, f"{text}{_models(answer.service_text)}", remedy)


def _models(text: str) -> str | None:
    """The models that the model server's own answer names; None in any other."""
    try:
        named = json.loads(text)["models"]
        return ", ".join(sorted(str(entry["name"] if isinstance(entry, dict) else entry) for entry in named))
    except (ValueError, TypeError, KeyError):
        return None


def _without_ids(text: str) -> str:
    """A request's number is another each time."""
    return re.sub(r"[0-9a-f]{6,}(?:-[0-9]+)?", "", text)

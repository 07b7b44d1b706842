# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request from outside fails: what is wrong with an entrance, and what an answer through it means. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common import entrances
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


def explain_answer(answer, service_ok: bool, policies: list) -> list[Finding]:
    """What an answer (layers.Answer) through the ingress means. ``service_ok``: whether the Service itself answers."""
    if answer.status == 404 and answer.service_status != 404:
        remedy = "Compare the request's host and path with the rules of the Ingress or the route."
        return [Finding("RouteMissing", answer.target, "the controller has no such route (404)", remedy)]
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
    names = ", ".join(entry["metadata"]["name"] for entry in policies)
    hint = f" NetworkPolicy {names} must admit the controller's namespace." if names else ""
    remedy = f"The fault is between the controller and the Service: read the controller's log.{hint}"
    return [Finding("IngressFails", answer.target, f"answered {answer.status}, but its Service answers", remedy)]

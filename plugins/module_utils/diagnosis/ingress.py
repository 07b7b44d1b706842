# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request through the ingress fails: the Ingress, its class, its backends, its TLS secrets. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import address, class_of
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label


def rules(obj: dict) -> list[tuple[str, str, dict]]:
    """Every (host, path, backend) of an Ingress; host "" means every host."""
    found = [
        (rule.get("host", ""), path.get("path", "/"), path["backend"])
        for rule in obj["spec"].get("rules") or []
        for path in (rule.get("http") or {}).get("paths") or []
    ]
    if obj["spec"].get("defaultBackend"):
        found.append(("", "/", obj["spec"]["defaultBackend"]))
    return found


def explain(obj: dict, classes: list | None, facts) -> list[Finding]:
    """What is wrong with one Ingress. ``facts`` is layers.ServiceFacts."""
    services = {service["metadata"]["name"]: service for service in facts.snapshot.services}
    return [*_class(obj, classes), *_backends(obj, services), *_secrets(obj, facts.secrets), *_address(obj)]


def _class(obj: dict, classes: list | None) -> list[Finding]:
    if classes is None:
        return []
    choice = class_of(obj, classes)
    if choice.missing:
        text = f"its class {choice.name} does not exist; existing: {choice.known}"
        remedy = "Set ingressClassName to an existing class, or install the controller of this one."
        return [Finding("IngressClassMissing", label(obj), text, remedy)]
    if not choice.name:
        text = f"it names no class and there is no default class; existing: {choice.known}"
        return [Finding("IngressClassMissing", label(obj), text, "Set ingressClassName.")]
    return []


def _backends(obj: dict, services: dict) -> list[Finding]:
    found = []
    for host, path, backend in rules(obj):
        wanted = backend.get("service") or {}
        service = services.get(wanted.get("name"))
        if not wanted:
            continue
        if service is None:
            text = f"{host}{path} goes to Service/{wanted['name']}, which does not exist or does not select these pods"
            found.append(Finding("BackendMissing", label(obj), text, "Fix the backend's Service name."))
            continue
        ports = service["spec"].get("ports") or []
        port = wanted.get("port") or {}
        if not any(
            port.get("name") in (entry.get("name"), None) and port.get("number") in (entry["port"], None)
            for entry in ports
        ):
            known = ", ".join(f"{entry.get('name', '')}:{entry['port']}" for entry in ports)
            asked = port.get("name") or port.get("number")
            text = f"{host}{path} goes to port {asked} of Service/{wanted['name']}, which has {known}"
            found.append(Finding("BackendPortMissing", label(obj), text, "Fix the backend's port."))
    return found


def _secrets(obj: dict, secrets: dict) -> list[Finding]:
    """``secrets``: whether each TLS Secret exists, by name; None when it may not be read."""
    return [
        Finding(
            "TlsSecretMissing",
            label(obj),
            f"Secret/{entry['secretName']} does not exist",
            "Create it (type kubernetes.io/tls).",
        )
        for entry in obj["spec"].get("tls") or []
        if entry.get("secretName") and secrets.get(entry["secretName"]) is False
    ]


def _address(obj: dict) -> list[Finding]:
    if address(obj):
        return []
    text = "no controller has accepted it: its status has no address"
    remedy = "Check that its class's controller runs and watches this namespace. Its log says why it rejects it."
    return [Finding("IngressNotAccepted", label(obj), text, remedy)]


def explain_answer(answer, service_ok: bool, policies: list) -> list[Finding]:
    """What an answer (layers.Answer) through the ingress means. ``service_ok``: whether the Service itself answers."""
    if answer.status == 404 and answer.service_status != 404:
        remedy = "Compare the request's host and path with the Ingress's rules."
        return [Finding("RouteMissing", answer.target, "the controller has no such route (404)", remedy)]
    if answer.status == 0:
        remedy = "Check that this machine can reach the address, and that the controller's Service and pods are up."
        return [Finding("IngressUnreachable", answer.target, answer.error, remedy)]
    if answer.status < 500:
        return []
    if not service_ok:
        remedy = "Fix the Service first: see the layers above."
        return [Finding("BackendFails", answer.target, f"answered {answer.status}; the Service fails too", remedy)]
    names = ", ".join(entry["metadata"]["name"] for entry in policies)
    hint = f" NetworkPolicy {names} must admit the controller's namespace." if names else ""
    remedy = f"The fault is between the controller and the Service: read the controller's log.{hint}"
    return [Finding("IngressFails", answer.target, f"answered {answer.status}, but the Service answers", remedy)]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request from outside does not arrive: Ingress, its class, its backends, the network policies. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import address, class_of
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label


def rules(obj: dict) -> list[tuple[str, str, dict]]:
    """Every (host, path, backend) of an Ingress; "" is every host."""
    found = [
        (rule.get("host", ""), path.get("path", "/"), path["backend"])
        for rule in obj["spec"].get("rules") or []
        for path in (rule.get("http") or {}).get("paths") or []
    ]
    if obj["spec"].get("defaultBackend"):
        found.append(("", "/", obj["spec"]["defaultBackend"]))
    return found


def explain(obj: dict, classes: list | None, seen) -> list[Finding]:
    """What is wrong with one Ingress. ``seen`` is diagnosis.ServiceFacts."""
    services = {service["metadata"]["name"]: service for service in seen.snapshot.services}
    return [*_class(obj, classes), *_backends(obj, services), *_secrets(obj, seen.secrets), *_address(obj)]


def _class(obj: dict, classes: list | None) -> list[Finding]:
    if classes is None:
        return []
    choice = class_of(obj, classes)
    if choice.missing:
        text = f"its class {choice.name} does not exist; there is: {choice.known}"
        remedy = "Name a class that exists, or install its controller."
        return [Finding("IngressClassMissing", label(obj), text, remedy)]
    if not choice.name:
        text = f"it names no class and none is the default; there is: {choice.known}"
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
            found.append(Finding("BackendMissing", label(obj), text, "Correct the backend's name."))
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
            found.append(Finding("BackendPortMissing", label(obj), text, "Correct the backend's port."))
    return found


def _secrets(obj: dict, secrets: dict) -> list[Finding]:
    """``secrets``: whether each TLS Secret is there, None when that could not be read."""
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
    text = "no controller has taken it: its status has no address"
    remedy = "See that the class's controller runs and watches this namespace; its log says why it refuses an Ingress."
    return [Finding("IngressNotTaken", label(obj), text, remedy)]


def explain_answer(answer, inside: bool, policies: list) -> list[Finding]:
    """What an answer (diagnosis.Answer) from outside means. ``inside``: whether the Service itself answers."""
    if answer.status == 404 and answer.behind != 404:
        remedy = "Compare host and path of the request with the Ingress's rules."
        return [Finding("RouteMissing", answer.target, "the controller knows no such route (404)", remedy)]
    if answer.status == 0:
        remedy = "See that the address is reachable from here and that the controller's Service and pods are up."
        return [Finding("IngressUnreachable", answer.target, answer.error, remedy)]
    if answer.status < 500:
        return []
    if not inside:
        remedy = "Repair the Service first: see the layers above."
        return [Finding("BackendFails", answer.target, f"answered {answer.status}, and so fails the Service", remedy)]
    names = ", ".join(entry["metadata"]["name"] for entry in policies)
    hint = f"; NetworkPolicy {names} must let the controller's namespace in" if names else ""
    remedy = f"The Service answers, so look between it and the controller: its log, its endpoints{hint}."
    return [Finding("IngressFails", answer.target, f"answered {answer.status}, though the Service answers", remedy)]

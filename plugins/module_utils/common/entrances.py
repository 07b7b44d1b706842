# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entrances: an Ingress, a Route of OpenShift, an HTTPRoute. Where they lead to, and where they are reached. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common import gateways as of_gateways
from ansible_collections.modelops.serving.plugins.module_utils.common import ingress
from ansible_collections.modelops.serving.plugins.module_utils.common.gateways import Gateways
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import condition

KINDS = ("Ingress", "Route", "HTTPRoute")


@dataclass(frozen=True)
class Rule:
    """One path of one host, and the Service it leads to. ``host``: "" is every host. ``port``: the name or the number
    of the Service's port; "" where the rule names another one, of the pods."""

    host: str
    path: str
    service: str
    port: str


def rules(obj: dict) -> list[Rule]:
    """The rules that lead to a Service."""
    return list(_RULES[obj["kind"]](obj.get("spec") or {}))


def _of_ingress(spec: dict) -> Iterator[Rule]:
    backends = [
        (rule.get("host", ""), path.get("path", "/"), path.get("backend") or {})
        for rule in spec.get("rules") or []
        for path in (rule.get("http") or {}).get("paths") or []
    ]
    if spec.get("defaultBackend"):
        backends.append(("", "/", spec["defaultBackend"]))
    for host, path, backend in backends:
        service = backend.get("service") or {}
        if service.get("name"):
            port = service.get("port") or {}
            yield Rule(host, path, service["name"], str(port.get("name") or port.get("number") or ""))


def _of_route(spec: dict) -> Iterator[Rule]:
    # A number is a port of the pods.
    port = (spec.get("port") or {}).get("targetPort", "")
    for to in (spec.get("to") or {}, *(spec.get("alternateBackends") or [])):
        if to.get("kind", "Service") == "Service" and to.get("name"):
            name = port if isinstance(port, str) and not port.isdigit() else ""
            yield Rule(spec.get("host", ""), spec.get("path") or "/", to["name"], name)


def _of_http_route(spec: dict) -> Iterator[Rule]:
    for rule in spec.get("rules") or []:
        paths = [(match.get("path") or {}).get("value", "/") for match in rule.get("matches") or []] or ["/"]
        for to in rule.get("backendRefs") or []:
            if to.get("kind", "Service") == "Service" and to.get("name"):
                for host in spec.get("hostnames") or [""]:
                    for path in paths:
                        yield Rule(host, path, to["name"], str(to.get("port", "")))


# A GRPCRoute leads as an HTTPRoute does; it is no entrance that is asked.
_RULES = {
    "Ingress": _of_ingress,
    "Route": _of_route,
    "HTTPRoute": _of_http_route,
    "GRPCRoute": _of_http_route,
}


def host(obj: dict) -> str:
    """The host that requests ask for; "" for any. A router names one where a Route has none."""
    named = next((rule.host for rule in rules(obj)), "")
    if obj["kind"] == "Route" and not named:
        return next((entry.get("host", "") for entry in admitted(obj)), "")
    return named


def admitted(route: dict) -> list[dict]:
    """What the routers that serve a Route say of it."""
    return [
        entry
        for entry in (route.get("status") or {}).get("ingress") or []
        if condition({"status": entry}, "Admitted").get("status") == "True"
    ]


def root(obj: dict, gateways: Gateways) -> str:
    """Its address as a URL without a path; "" while nothing serves it."""
    return _ROOTS[obj["kind"]](obj, gateways)


def _root_of_ingress(obj: dict, _gateways: Gateways) -> str:
    at = ingress.address(obj)
    return f"{'https' if obj['spec'].get('tls') else 'http'}://{at}" if at else ""


def _root_of_route(obj: dict, _gateways: Gateways) -> str:
    """The router's own name needs no DNS entry for the Route's host."""
    at = next((entry.get("routerCanonicalHostname") or entry.get("host") or "" for entry in admitted(obj)), "")
    return f"{'https' if obj['spec'].get('tls') else 'http'}://{at}" if at else ""


def _root_of_http_route(obj: dict, gateways: Gateways) -> str:
    return next(filter(None, (of_gateways.root(*found) for found in of_gateways.attachments(obj, gateways))), "")


_ROOTS = {"Ingress": _root_of_ingress, "Route": _root_of_route, "HTTPRoute": _root_of_http_route}


def certificates(obj: dict) -> list[str]:
    """Names of the Secrets with its certificates."""
    spec = obj["spec"]
    if obj["kind"] == "Ingress":
        return [entry["secretName"] for entry in spec.get("tls") or [] if entry.get("secretName")]
    own = ((spec.get("tls") or {}).get("externalCertificate") or {}).get("name")
    return [own] if own else []

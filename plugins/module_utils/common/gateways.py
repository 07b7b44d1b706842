# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gateways of the Gateway API, and how an HTTPRoute is attached to their listeners. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import for_url
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import Kind

GROUP = "gateway.networking.k8s.io"
GATEWAY = Kind("Gateway", f"{GROUP}/v1", "gateways", 13)
PROTOCOLS = {"HTTP": ("http", 80), "HTTPS": ("https", 443), "TLS": ("https", 443)}

# By namespace and name: the Gateway, {} where there is none, None where it may not be read.
Gateways = dict[tuple[str, str], Any]


def parents(route: dict) -> list[dict]:
    """The parentRefs that are Gateways."""
    return [
        ref
        for ref in route["spec"].get("parentRefs") or []
        if ref.get("kind", "Gateway") == "Gateway" and ref.get("group", GROUP) == GROUP
    ]


def key(ref: dict, route: dict) -> tuple[str, str]:
    """Namespace and name of the Gateway that a parentRef names."""
    return ref.get("namespace") or route["metadata"].get("namespace") or "", ref["name"]


def keys(routes: list) -> set[tuple[str, str]]:
    return {key(ref, route) for route in routes for ref in parents(route)}


def listeners(gateway: dict, ref: dict) -> list[dict]:
    """The listeners that a parentRef means."""
    return [
        entry
        for entry in gateway["spec"].get("listeners") or []
        if ref.get("sectionName") in (None, "", entry["name"]) and ref.get("port") in (None, entry["port"])
    ]


def attachments(route: dict, gateways: Gateways) -> Iterator[tuple[dict, dict]]:
    """Each Gateway with a listener that the route is attached to."""
    for ref in parents(route):
        gateway = gateways.get(key(ref, route))
        for listener in listeners(gateway, ref) if gateway else []:
            yield gateway, listener


def root(gateway: dict, listener: dict) -> str:
    """The listener's address as a URL without a path; "" while the Gateway has none."""
    given = (gateway.get("status") or {}).get("addresses") or []
    protocol, usual = PROTOCOLS.get(listener["protocol"], ("", 0))
    if not given or not protocol:
        return ""
    port = "" if listener["port"] == usual else f":{listener['port']}"
    return f"{protocol}://{for_url(given[0]['value'])}{port}"


def of_listener(gateway: dict, name: str) -> dict:
    """What the Gateway's status says of a listener."""
    found = (gateway.get("status") or {}).get("listeners") or []
    return next((entry for entry in found if entry.get("name") == name), {})

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges whether a set's HTTPRoutes have a Gateway that would take them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common import gateways as of_gateways
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import condition, matches, name_of

NAMES = "Set model_serving_gateway_http_listener and model_serving_gateway_https_listener to its names."


def gateway_problems(
    route: dict, gateways: of_gateways.Gateways, namespace: dict | None
) -> Iterator[tuple[bool, str, str]]:
    """Whether it is certain that the route would not be served, what is wrong, and what to do. A Gateway that is not
    among ``gateways`` is not judged. ``namespace``: the route's, None where it may not be read."""
    for ref in of_gateways.parents(route):
        key = of_gateways.key(ref, route)
        if key not in gateways:
            continue
        gateway, where = gateways[key], f"Gateway {'/'.join(key)}"
        if gateway is None:
            yield False, f"{where} cannot be read: no permission", "Grant get gateways.gateway.networking.k8s.io."
        elif not gateway:
            yield True, f"{where} does not exist", "Set model_serving_gateway_name and model_serving_gateway_namespace."
        else:
            yield from _of_gateway(gateway, ref, where, key[0], namespace)


def _of_gateway(
    gateway: dict, ref: dict, where: str, home: str, namespace: dict | None
) -> Iterator[tuple[bool, str, str]]:
    meant = of_gateways.listeners(gateway, ref)
    if not meant:
        known = ", ".join(entry["name"] for entry in gateway["spec"].get("listeners") or []) or "none"
        yield True, f"{where} has no listener {ref.get('sectionName', '')}; it has {known}", NAMES
    elif namespace is not None and not any(_admits(listener, home, namespace) for listener in meant):
        names = ", ".join(listener["name"] for listener in meant)
        remedy = "Let its owner admit the namespace in allowedRoutes.namespaces, or use another Gateway."
        yield True, f"{where} admits no routes of namespace {name_of(namespace)} at listener {names}", remedy
    if condition(gateway, "Programmed").get("status") != "True":
        yield False, f"{where} is not programmed", "Check that the controller of its GatewayClass runs."


def _admits(listener: dict, home: str, namespace: dict) -> bool:
    allowed = (listener.get("allowedRoutes") or {}).get("namespaces") or {}
    admitted = allowed.get("from", "Same")
    if admitted == "Selector":
        selector = allowed.get("selector")
        return selector == {} or matches(selector, namespace["metadata"].get("labels"))
    return admitted == "All" or (admitted == "Same" and name_of(namespace) == home)

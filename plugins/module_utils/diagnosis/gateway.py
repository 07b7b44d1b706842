# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request through a gateway fails: the HTTPRoute, its Gateways, their listeners. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common import gateways as of_gateways
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.gateways import Gateways
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import condition, label, name_of

RUNS = "Check that the controller of its GatewayClass runs and watches this namespace; its log says why it refuses it."


def explain(obj: dict, gateways: Gateways) -> list[Finding]:
    """What is wrong with one HTTPRoute. A Gateway that may not be read is judged by what it says of the route."""
    found = []
    for ref in of_gateways.parents(obj):
        key = of_gateways.key(ref, obj)
        gateway = gateways.get(key)
        if gateway == {}:
            text = f"its Gateway {'/'.join(key)} does not exist"
            remedy = "Set model_serving_gateway_name and model_serving_gateway_namespace to one that does."
            found.append(Finding("GatewayMissing", label(obj), text, remedy))
            continue
        found += _of_gateway(obj, ref, gateway) if gateway else []
        found += _of_route(obj, ref)
    return found


def _of_gateway(obj: dict, ref: dict, gateway: dict) -> Iterator[Finding]:
    meant = of_gateways.listeners(gateway, ref)
    if not meant:
        known = ", ".join(entry["name"] for entry in gateway["spec"].get("listeners") or []) or "none"
        text = f"Gateway {name_of(gateway)} has no listener {ref.get('sectionName', '')}; it has {known}"
        remedy = "Set model_serving_gateway_http_listener and model_serving_gateway_https_listener to its names."
        yield Finding("ListenerMissing", label(obj), text, remedy)
    programmed = condition(gateway, "Programmed")
    if programmed.get("status") != "True":
        text = f"it is not programmed: {_words(programmed)}"
        yield Finding("GatewayNotProgrammed", label(gateway), text, RUNS)
    elif not (gateway.get("status") or {}).get("addresses"):
        yield Finding("GatewayNotProgrammed", label(gateway), "its status has no address", RUNS)
    for listener in meant:
        said = {"status": of_gateways.of_listener(gateway, listener["name"])}
        for name in ("Accepted", "ResolvedRefs", "Programmed"):
            if condition(said, name).get("status") == "False":
                text = f"listener {listener['name']} is not {name}: {_words(condition(said, name))}"
                remedy = "Correct what the message names: a listener of HTTPS needs its certificate's Secret."
                yield Finding("ListenerFails", label(gateway), text, remedy)
                break


def _of_route(obj: dict, ref: dict) -> Iterator[Finding]:
    said = [
        entry
        for entry in (obj.get("status") or {}).get("parents") or []
        if of_gateways.key(entry["parentRef"], obj) == of_gateways.key(ref, obj)
        and entry["parentRef"].get("sectionName", "") == ref.get("sectionName", "")
    ]
    if not said:
        text = f"no controller has accepted it: its status has no word of Gateway {'/'.join(of_gateways.key(ref, obj))}"
        yield Finding("IngressNotAccepted", label(obj), text, RUNS)
    for entry in said:
        accepted = condition({"status": entry}, "Accepted")
        if accepted.get("status") == "False":
            remedy = (
                "NotAllowedByListeners: the listener's allowedRoutes must admit this namespace. "
                "NoMatchingListenerHostname: the listener's hostname must cover model_serving_ingress_host. Else "
                "correct what the message names."
            )
            yield Finding("RouteNotAccepted", label(obj), f"the gateway refuses it: {_words(accepted)}", remedy)
        resolved = condition({"status": entry}, "ResolvedRefs")
        if resolved.get("status") == "False":
            remedy = "Correct what the message names: a Service that does not exist, or one of another namespace."
            yield Finding("RouteUnresolved", label(obj), f"the gateway cannot resolve it: {_words(resolved)}", remedy)


def _words(said: dict) -> str:
    """A condition in words; a controller that runs writes every one."""
    if not said:
        return "no controller has written its status"
    return ": ".join(filter(None, (said.get("reason", ""), said.get("message", "")))) or said.get("status", "")

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a release is reached from outside: by its entrances, and its Services of type LoadBalancer. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common import entrances, ingress
from ansible_collections.modelops.serving.plugins.module_utils.common.gateways import Gateways
from ansible_collections.modelops.serving.plugins.module_utils.common.ingress import class_of
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.routing import scheme

USUAL_PORTS = {"http": 80, "https": 443}
MAY_COME = "one may still come, and running this again shows it; without a cloud or a controller for it none comes"


@dataclass(frozen=True)
class Address:
    """``url``: without a path, "" while it is not known. ``at``: the name or the IP that the URL's host must lead to,
    "" where the URL has it itself. ``why``: what is known of an address that is not."""

    object: str
    url: str = ""
    at: str = ""
    why: str = ""


def asked_for(objects: list) -> list:
    """The objects of a set that something outside of it gives an address."""
    return [obj for obj in objects if _is_load_balancer(obj) or _leads_to_a_service(obj)]


def _is_load_balancer(obj: dict) -> bool:
    return obj["kind"] == "Service" and (obj.get("spec") or {}).get("type") == "LoadBalancer"


def _leads_to_a_service(obj: dict) -> bool:
    if obj["kind"] not in entrances.KINDS or obj["apiVersion"] != find(obj["kind"]).api_version:
        return False
    return bool(entrances.rules(obj))


def address(obj: dict, gateways: Gateways) -> Address:
    """That of a live object."""
    if obj["kind"] == "Service":
        return Address(label(obj), _of_load_balancer(obj))
    root, host = entrances.root(obj, gateways), entrances.host(obj)
    protocol, _mark, at = root.partition("://")
    if not root or not host or "*" in host or host == at:
        return Address(label(obj), root)
    name, mark, port = at.rpartition(":")
    if mark and not port.endswith("]"):
        return Address(label(obj), f"{protocol}://{host}:{port}", name)
    return Address(label(obj), f"{protocol}://{host}", at)


def _of_load_balancer(service: dict) -> str:
    given, port = ingress.address(service), service["spec"]["ports"][0]
    if not given:
        return ""
    protocol = scheme(port)
    return f"{protocol}://{given}" + ("" if port["port"] == USUAL_PORTS[protocol] else f":{port['port']}")


def hopeless(obj: dict, classes: list | None) -> str:
    """Why it is given none, "" where one may come. ``classes``: the cluster's IngressClasses, None where unknown."""
    if obj["kind"] != "Ingress" or classes is None:
        return ""
    choice = class_of(obj, classes)
    if choice.missing:
        return f"its class {choice.name} does not exist"
    return "" if choice.name else "it names no class, and there is no default one"


def cause(events: list) -> str:
    """What is known of an address that did not come. ``events``: the object's own."""
    said = [event for event in events if event.get("type") == "Warning"]
    last = max(said, key=lambda event: event.get("lastTimestamp") or event.get("eventTime") or "", default=None)
    if last is not None:
        return f"{last.get('reason', '')}: {last.get('message', '')}"[:200]
    return MAY_COME


def lines(found: list[Address], known: str, waited: float) -> list[str]:
    """For a person. ``known``: the address that the run was given, which is shown anyway. ``waited``: seconds."""
    shown = [entry for entry in found if entry.at or entry.url != known.rstrip("/") or not entry.url]
    return [_line(entry, waited) for entry in shown]


def _line(entry: Address, waited: float) -> str:
    if entry.url:
        return f"address     {entry.url}{f' at {entry.at}' if entry.at else ''} ({entry.object})"
    after = f" after {waited:.0f} s" if waited >= 1 else ""
    return f"address     not known{after}: {entry.object} has none: {entry.why or MAY_COME}"

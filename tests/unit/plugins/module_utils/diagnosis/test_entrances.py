# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Route and an HTTPRoute that do not work, by what routers and gateways say of them."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.diagnosis.entrances import explain

SERVICE = {"metadata": {"name": "shop"}, "spec": {"ports": [{"name": "http", "port": 80}]}}


def said(**conditions: str) -> list[dict]:
    return [{"type": name, "status": state, "reason": "R", "message": "why"} for name, state in conditions.items()]


ROUTE = {
    "kind": "Route",
    "metadata": {"name": "shop", "namespace": "ns"},
    "spec": {"host": "shop.example", "to": {"kind": "Service", "name": "shop"}, "port": {"targetPort": "http"}},
    "status": {"ingress": [{"host": "shop.example", "routerName": "default", "conditions": said(Admitted="True")}]},
}
PARENT = {"name": "gw", "namespace": "edge", "sectionName": "https"}
HTTP_ROUTE = {
    "kind": "HTTPRoute",
    "metadata": {"name": "shop", "namespace": "ns"},
    "spec": {"parentRefs": [PARENT], "rules": [{"backendRefs": [{"name": "shop", "port": 80}]}]},
    "status": {"parents": [{"parentRef": PARENT, "conditions": said(Accepted="True", ResolvedRefs="True")}]},
}
CONDITIONS = ("status", "parents", 0, "conditions")
GATEWAY = {
    "kind": "Gateway",
    "metadata": {"name": "gw", "namespace": "edge"},
    "spec": {"listeners": [{"name": "https", "protocol": "HTTPS", "port": 443}]},
    "status": {
        "addresses": [{"value": "10.0.0.9"}],
        "conditions": said(Accepted="True", Programmed="True"),
        "listeners": [{"name": "https", "conditions": said(Accepted="True", ResolvedRefs="True", Programmed="True")}],
    },
}


def changed(obj: dict, *path, value) -> dict:
    found = copy.deepcopy(obj)
    at = found
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return found


HERE = object()


def findings(obj: dict, gateway=HERE) -> list:
    """``gateway``: GATEWAY by default, {} where there is none, None where it may not be read."""
    facts = SimpleNamespace(
        snapshot=SimpleNamespace(services=[SERVICE]),
        secrets={"gone": False, "hidden": None},
        ingress_classes=None,
        gateways={("edge", "gw"): GATEWAY if gateway is HERE else gateway},
    )
    return explain(obj, facts)


def reasons(obj: dict, gateway=HERE) -> list[str]:
    return [entry.reason for entry in findings(obj, gateway)]


def test_what_works_has_no_finding():
    assert reasons(ROUTE) == reasons(HTTP_ROUTE) == []


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        (changed(ROUTE, "status", value={}), "IngressNotAccepted"),
        (changed(ROUTE, "status", "ingress", 0, "conditions", value=said(Admitted="False")), "RouteNotAdmitted"),
        (changed(ROUTE, "spec", "to", "name", value="none"), "BackendMissing"),
        (changed(ROUTE, "spec", "port", "targetPort", value="https"), "BackendPortMissing"),
        (changed(ROUTE, "spec", "tls", value={"externalCertificate": {"name": "gone"}}), "TlsSecretMissing"),
    ],
)
def test_a_route_that_does_not_work(obj, reason):
    assert reasons(obj) == [reason]


def test_one_router_that_serves_a_route_is_enough():
    other = {"routerName": "internal", "conditions": said(Admitted="False")}
    assert reasons(changed(ROUTE, "status", "ingress", value=[*ROUTE["status"]["ingress"], other])) == []


def test_a_secret_that_may_not_be_read_is_not_missing():
    assert reasons(changed(ROUTE, "spec", "tls", value={"externalCertificate": {"name": "hidden"}})) == []


def test_a_host_of_another_route_has_a_remedy_of_its_own():
    claimed = [{"type": "Admitted", "status": "False", "reason": "HostAlreadyClaimed", "message": "route b has it"}]
    (found,) = findings(changed(ROUTE, "status", "ingress", 0, "conditions", value=claimed))
    assert "route b has it" in found.message
    assert "model_serving_ingress_host" in found.remedy


@pytest.mark.parametrize(
    ("obj", "gateway", "reason"),
    [
        (HTTP_ROUTE, {}, "GatewayMissing"),
        (HTTP_ROUTE, changed(GATEWAY, "spec", "listeners", 0, "name", value="tls"), "ListenerMissing"),
        (
            HTTP_ROUTE,
            changed(GATEWAY, "status", "conditions", value=said(Accepted="True", Programmed="False")),
            "GatewayNotProgrammed",
        ),
        (HTTP_ROUTE, changed(GATEWAY, "status", value={}), "GatewayNotProgrammed"),
        (HTTP_ROUTE, changed(GATEWAY, "status", "addresses", value=[]), "GatewayNotProgrammed"),
        (
            HTTP_ROUTE,
            changed(GATEWAY, "status", "listeners", 0, "conditions", value=said(Accepted="True", ResolvedRefs="False")),
            "ListenerFails",
        ),
        (changed(HTTP_ROUTE, "status", value={}), GATEWAY, "IngressNotAccepted"),
        (
            changed(HTTP_ROUTE, *CONDITIONS, value=said(Accepted="False")),
            GATEWAY,
            "RouteNotAccepted",
        ),
        (
            changed(
                HTTP_ROUTE, "status", "parents", 0, "conditions", value=said(Accepted="True", ResolvedRefs="False")
            ),
            GATEWAY,
            "RouteUnresolved",
        ),
        (changed(HTTP_ROUTE, "spec", "rules", 0, "backendRefs", 0, "port", value=81), GATEWAY, "BackendPortMissing"),
    ],
)
def test_an_http_route_that_does_not_work(obj, gateway, reason):
    assert reasons(obj, gateway) == [reason]


def test_a_gateway_that_may_not_be_read_is_not_missing():
    assert reasons(HTTP_ROUTE, None) == []
    refused = changed(HTTP_ROUTE, *CONDITIONS, value=said(Accepted="False"))
    assert reasons(refused, None) == ["RouteNotAccepted"]

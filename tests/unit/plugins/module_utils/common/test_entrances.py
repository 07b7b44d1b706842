# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an Ingress, a Route and an HTTPRoute lead to, and where they are reached."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.entrances import (
    Rule,
    certificates,
    host,
    root,
    rules,
)

BACKEND = {"service": {"name": "s", "port": {"number": 80}}}


def ingress(tls: list | None = None, **spec) -> dict:
    status = {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}
    return {"kind": "Ingress", "metadata": {"name": "api"}, "spec": {"tls": tls, **spec}, "status": status}


def admitted(status: str = "True", **fields) -> dict:
    return {"conditions": [{"type": "Admitted", "status": status}], **fields}


def route(*routers: dict, **spec) -> dict:
    given = {"to": {"kind": "Service", "name": "api"}, "port": {"targetPort": "http"}, **spec}
    return {"kind": "Route", "metadata": {"name": "api"}, "spec": given, "status": {"ingress": list(routers)}}


def http_route(*parents: dict, **spec) -> dict:
    rule = {"matches": [{"path": {"value": "/predict"}}, {}], "backendRefs": [{"name": "api", "port": 80}]}
    given = {"parentRefs": list(parents), "hostnames": ["a.example"], "rules": [rule], **spec}
    return {"kind": "HTTPRoute", "metadata": {"name": "api", "namespace": "ns"}, "spec": given}


def gateway(*addresses: str) -> dict:
    listeners = [
        {"name": "http", "protocol": "HTTP", "port": 80},
        {"name": "other", "protocol": "HTTP", "port": 8000},
        {"name": "https", "protocol": "HTTPS", "port": 443},
        {"name": "tcp", "protocol": "TCP", "port": 5432},
    ]
    return {"spec": {"listeners": listeners}, "status": {"addresses": [{"value": at} for at in addresses]}}


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (ingress(rules=[{"host": "a", "http": {"paths": [{"backend": BACKEND}]}}]), [Rule("a", "/", "s", "80")]),
        (ingress(defaultBackend={"service": {"name": "s", "port": {"name": "http"}}}), [Rule("", "/", "s", "http")]),
        (ingress(defaultBackend={"resource": {"kind": "Bucket", "name": "b"}}), []),
        (route(host="a", path="/v2"), [Rule("a", "/v2", "api", "http")]),
        (route(port={"targetPort": 5000}), [Rule("", "/", "api", "")]),
        (
            route(alternateBackends=[{"kind": "Service", "name": "b"}], port=None),
            [Rule("", "/", "api", ""), Rule("", "/", "b", "")],
        ),
        (http_route(), [Rule("a.example", "/predict", "api", "80"), Rule("a.example", "/", "api", "80")]),
        (http_route(rules=[{"filters": [{"type": "RequestRedirect"}]}]), []),
        (http_route(hostnames=None, rules=[{"backendRefs": [{"name": "b", "port": 1}]}]), [Rule("", "/", "b", "1")]),
    ],
)
def test_the_rules_that_lead_to_a_service(obj, expected):
    assert rules(obj) == expected


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (ingress(), "http://10.0.0.1"),
        (ingress([{"secretName": "s"}]), "https://10.0.0.1"),
        (route(), ""),
        (route(admitted("False", host="a", routerCanonicalHostname="router")), ""),
        (route(admitted(host="a", routerCanonicalHostname="router")), "http://router"),
        (route(admitted(host="a"), tls={"termination": "edge"}), "https://a"),
    ],
)
def test_an_ingress_and_a_route_are_reached_where_their_status_says(obj, expected):
    assert root(obj, {}) == expected


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ({"name": "gw", "sectionName": "http"}, "http://10.0.0.9"),
        ({"name": "gw", "sectionName": "https"}, "https://10.0.0.9"),
        ({"name": "gw", "sectionName": "other"}, "http://10.0.0.9:8000"),
        ({"name": "gw", "sectionName": "tcp"}, ""),
        ({"name": "gw", "sectionName": "none"}, ""),
        ({"name": "gw"}, "http://10.0.0.9"),
        ({"name": "gw", "namespace": "edge"}, "http://[2001:db8::1]"),
        ({"name": "gone"}, ""),
        ({"name": "secret"}, ""),
        ({"name": "gw", "kind": "Service", "group": ""}, ""),
    ],
)
def test_an_http_route_is_reached_at_its_gateways_listener(parent, expected):
    known = {
        ("ns", "gw"): gateway("10.0.0.9"),
        ("edge", "gw"): gateway("2001:db8::1"),
        ("ns", "gone"): {},
        ("ns", "secret"): None,
    }
    assert root(http_route(parent), known) == expected


def test_a_router_names_a_route_that_names_no_host():
    assert host(route(admitted(host="api-ns.apps.example"))) == "api-ns.apps.example"
    assert host(route(admitted(host="other"), host="own.example")) == "own.example"
    assert host(http_route()) == "a.example"


def test_certificates_stand_in_secrets():
    assert certificates(ingress([{"secretName": "one"}, {}])) == ["one"]
    assert certificates(route(tls={"termination": "edge", "externalCertificate": {"name": "two"}})) == ["two"]
    assert certificates(route()) == certificates(http_route()) == []

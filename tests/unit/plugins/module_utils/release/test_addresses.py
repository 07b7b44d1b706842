# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a release is reached from outside, and what is said where that is not known."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.release import addresses
from ansible_collections.modelops.serving.plugins.module_utils.release.addresses import Address


def service(port: int = 80, name: str = "http", **given) -> dict:
    status = {"loadBalancer": {"ingress": [given]}} if given else {"loadBalancer": {}}
    spec = {"type": "LoadBalancer", "ports": [{"name": name, "port": port}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api-lb"}, "spec": spec, "status": status}


def entrance(version: str, kind: str, spec: dict, **status) -> dict:
    meta = {"name": "api", "namespace": "ml"}
    return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec, "status": status}


def ingress(host: str = "", tls: bool = False, **given) -> dict:
    backend = {"service": {"name": "api", "port": {"name": "http"}}}
    rule = {"http": {"paths": [{"path": "/", "backend": backend}]}} | ({"host": host} if host else {})
    spec = {"rules": [rule]} | ({"tls": [{"hosts": [host]}]} if tls else {})
    return entrance("networking.k8s.io/v1", "Ingress", spec, loadBalancer={"ingress": [given] if given else []})


def route(host: str, kind: str = "Route") -> dict:
    admitted = [{"type": "Admitted", "status": "True"}]
    said = {"host": host, "routerCanonicalHostname": "router.apps.example", "conditions": admitted}
    spec = {"host": host, "to": {"name": "api"}, "tls": {"termination": "edge"}}
    return entrance("route.openshift.io/v1", kind, spec, ingress=[said])


def http_route(host: str, *backends: str) -> dict:
    rules = [{"backendRefs": [{"name": name, "port": 80} for name in backends]}]
    spec = {"parentRefs": [{"name": "edge", "sectionName": "https"}], "hostnames": [host], "rules": rules}
    return entrance("gateway.networking.k8s.io/v1", "HTTPRoute", spec)


def gateway(port: int, *values: str) -> dict:
    listeners = [{"name": "https", "protocol": "HTTPS", "port": port}]
    given = [{"type": "IPAddress", "value": value} for value in values]
    return {"metadata": {"name": "edge"}, "spec": {"listeners": listeners}, "status": {"addresses": given}}


@pytest.mark.parametrize(
    ("obj", "url", "at"),
    [
        (service(ip="203.0.113.7"), "http://203.0.113.7", ""),
        (service(hostname="a1.elb.example"), "http://a1.elb.example", ""),
        (service(8080, ip="203.0.113.7"), "http://203.0.113.7:8080", ""),
        (service(443, "https", ip="2001:db8::7"), "https://[2001:db8::7]", ""),
        (service(), "", ""),
        (ingress(ip="203.0.113.9"), "http://203.0.113.9", ""),
        (ingress("models.example", tls=True, ip="203.0.113.9"), "https://models.example", "203.0.113.9"),
        (ingress("models.example", hostname="a2.elb.example"), "http://models.example", "a2.elb.example"),
        (ingress("models.example", ip="2001:db8::9"), "http://models.example", "[2001:db8::9]"),
        (ingress("*.example", ip="203.0.113.9"), "http://203.0.113.9", ""),
        (ingress("models.example"), "", ""),
        (route("models.apps.example"), "https://models.apps.example", "router.apps.example"),
    ],
)
def test_the_address_of(obj: dict, url: str, at: str):
    found = addresses.address(obj, {})
    assert (found.url, found.at) == (url, at)


@pytest.mark.parametrize(
    ("given", "url", "at"),
    [
        (gateway(443, "203.0.113.9"), "https://models.example", "203.0.113.9"),
        (gateway(8443, "203.0.113.9"), "https://models.example:8443", "203.0.113.9"),
        (gateway(8443, "2001:db8::9"), "https://models.example:8443", "[2001:db8::9]"),
        (gateway(443), "", ""),
        (None, "", ""),
    ],
)
def test_the_address_behind_a_gateway(given: dict | None, url: str, at: str):
    found = addresses.address(http_route("models.example", "api"), {("ml", "edge"): given})
    assert (found.url, found.at) == (url, at)


def test_asked_for_is_what_leads_to_a_service():
    inside = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api"}, "spec": {"ports": []}}
    knative = {**route("a.example"), "apiVersion": "serving.knative.dev/v1"}
    redirect = http_route("models.example")
    asked = [service(), ingress(), http_route("models.example", "api"), route("a.example")]
    assert addresses.asked_for([inside, *asked, knative, redirect]) == asked


def test_an_ingress_that_nobody_serves_is_not_waited_for():
    named = ingress()
    named["spec"]["ingressClassName"] = "alb"
    classes = [{"metadata": {"name": "nginx"}}]
    assert addresses.hopeless(named, classes) == "its class alb does not exist"
    assert addresses.hopeless(ingress(), classes) == "it names no class, and there is no default one"
    assert addresses.hopeless(named, None) == ""
    assert addresses.hopeless(named, [{"metadata": {"name": "alb"}}]) == ""
    assert addresses.hopeless(service(), classes) == ""


def test_the_last_warning_says_why_none_came():
    events = [
        {"type": "Warning", "reason": "SyncLoadBalancerFailed", "message": "quota", "lastTimestamp": "2026-01-02"},
        {"type": "Warning", "reason": "Other", "message": "earlier", "lastTimestamp": "2026-01-01"},
        {"type": "Normal", "reason": "EnsuringLoadBalancer", "lastTimestamp": "2026-01-03"},
    ]
    assert addresses.cause(events) == "SyncLoadBalancerFailed: quota"
    assert addresses.cause([]) == addresses.MAY_COME


def test_lines_for_a_person():
    found = [
        Address("Service/api-lb", "http://203.0.113.7"),
        Address("Ingress/api", "https://models.example", "203.0.113.9"),
        Address("Ingress/other", why="its class alb does not exist"),
    ]
    assert addresses.lines(found, "", 0.2) == [
        "address     http://203.0.113.7 (Service/api-lb)",
        "address     https://models.example at 203.0.113.9 (Ingress/api)",
        "address     not known: Ingress/other has none: its class alb does not exist",
    ]
    assert addresses.lines(found[2:], "", 60.3)[0].startswith("address     not known after 60 s: ")


def test_what_is_shown_anyway_is_not_said_twice():
    """But where a name has to lead is new."""
    same = [Address("Ingress/api", "http://203.0.113.7")]
    assert addresses.lines(same, "http://203.0.113.7/", 0) == []
    named = [Address("Ingress/api", "https://models.example", "203.0.113.9")]
    assert len(addresses.lines(named, "https://models.example", 0)) == 1
    assert len(addresses.lines([Address("Ingress/api")], "", 0)) == 1

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis asks of each kind of entrance, with and without a prefix."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.diagnosis import asked

REGEX = {
    "nginx.ingress.kubernetes.io/use-regex": "true",
    "nginx.ingress.kubernetes.io/rewrite-target": "/$2",
}
ADDRESS = {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}


def ingress(path: str, host: str = "shop.example", **annotations: str) -> dict:
    backend = {"service": {"name": "shop", "port": {"name": "http"}}}
    return {
        "kind": "Ingress",
        "metadata": {"name": "shop", "namespace": "shops", "annotations": annotations},
        "spec": {"rules": [{"host": host, "http": {"paths": [{"path": path, "backend": backend}]}}]},
    }


def route(path: str, **annotations: str) -> dict:
    spec = {"host": "shop.example", "path": path, "to": {"kind": "Service", "name": "shop"}}
    return {"kind": "Route", "metadata": {"name": "shop", "annotations": annotations}, "spec": spec}


def http_route(path: str, inside: str = "") -> dict:
    rewrite = {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": inside}}
    rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": path}}],
        "filters": [{"type": "URLRewrite", "urlRewrite": rewrite}] if inside else [],
        "backendRefs": [{"name": "shop", "port": 80}],
    }
    grpc = {"matches": [{"path": {"value": "/inference.GRPCInferenceService"}}], "backendRefs": [{"name": "shop"}]}
    return {"kind": "HTTPRoute", "metadata": {"name": "shop"}, "spec": {"rules": [grpc, rule]}}


@pytest.mark.parametrize(
    ("obj", "outside", "inside"),
    [
        (ingress("/"), "/health", "/health"),
        (ingress("/predict"), "/predict", "/predict"),
        (ingress("/v1"), "/v1/models", "/v1/models"),
        (ingress("/v2"), "/v2/health/live", "/v2/health/live"),
        (ingress("/own/path"), "/own/path", "/own/path"),
        (ingress("/b(/|$)(.*)", **REGEX), "/b/health", "/health"),
        (ingress("/b\\.c(/|$)(.*)", **REGEX), "/b.c/health", "/health"),
        (ingress("/b(/)(v1(?:/.*)?)$", **REGEX), "/b/v1/models", "/v1/models"),
        (ingress("/b(/)(predict(?:/.*)?)$", **REGEX), "/b/predict", "/predict"),
        (ingress("/b/([^/]+)", **REGEX), "/b/health", "/health"),
        (ingress("/b", **{"nginx.org/rewrites": "serviceName=shop rewrite=/"}), "/b/health", "/health"),
        (route("/"), "/health", "/health"),
        (route("/b", **{"haproxy.router.openshift.io/rewrite-target": "/"}), "/b/health", "/health"),
        (http_route("/"), "/health", "/health"),
        (http_route("/b", "/"), "/b/health", "/health"),
        (http_route("/b/v1", "/v1"), "/b/v1/models", "/v1/models"),
    ],
)
def test_a_request_is_written_as_clients_write_it(obj, outside, inside):
    (request,) = asked.requests(obj, "/health")
    assert (request.outside, request.inside, request.service) == (outside, inside, "shop")


@pytest.mark.parametrize(
    ("root", "url"),
    [
        ("http://10.0.0.1", "http://10.0.0.1/b/health"),
        ("https://m.example/b/", "https://m.example/b/health"),
        ("https://m.example/front", "https://m.example/front/b/health"),
    ],
)
def test_a_root_that_ends_in_the_prefix_does_not_double_it(root, url):
    assert asked.address(root, "/b/health") == url


def test_the_released_host_is_asked_at_the_address_of_the_live_one():
    live = {**ingress("/zzz", "other.example"), "status": ADDRESS}
    (obj,) = asked.released([live], [ingress("/")])
    (request,) = asked.requests(obj, "/health")
    assert (request.host, request.outside, obj["status"]) == ("shop.example", "/health", ADDRESS)


def test_an_entrance_that_no_release_has_is_asked_as_it_is():
    (obj,) = asked.released([ingress("/by-hand")], [])
    assert asked.requests(obj, "/health")[0].outside == "/by-hand"


def test_a_changed_entrance_is_told_with_both_addresses():
    assert asked.changed([ingress("/")], [ingress("/")], 3) == []
    (found,) = asked.changed([ingress("/zzz(/|$)(.*)", **REGEX)], [ingress("/a(/|$)(.*)", **REGEX)], 3)
    assert found.reason == "EntranceChanged" and found.object == "Ingress/shop"
    assert found.message == "it leads shop.example/zzz to the pods; r3 was released with shop.example/a"


def test_a_host_that_a_router_gave_is_no_change():
    released = route("/")
    del released["spec"]["host"]
    assert asked.changed([route("/")], [released], 1) == []


def test_ingresses_with_a_rule_for_the_same_request_are_its_owners():
    everything, elsewhere = ingress("/", ""), ingress("/", "other.example")
    assert asked.owners("shop.example", "/health", [everything, elsewhere]) == ["shops/shop"]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a Service may be changed without leaving the pods that serve."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.release import switching


def service(target=None, **selector) -> dict:
    port = {"port": 80} | ({"targetPort": target} if target is not None else {})
    spec = {"selector": selector or {"app": "api"}, "ports": [port]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "ns"}, "spec": spec}


def pods_of(*ports: dict, **labels) -> dict:
    pod = {"containers": [{"name": "api", "ports": list(ports)}]}
    return {"metadata": {"labels": labels or {"app": "api"}}, "spec": pod}


def ready(template: dict) -> dict:
    conditions = [{"type": "Ready", "status": "True"}]
    return {**template, "metadata": {"name": "api-1", **template["metadata"]}, "status": {"conditions": conditions}}


def planned(before: dict, after: dict, runs: dict, comes: dict) -> switching.Switch:
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}}
    deployment["spec"] = {"template": comes}
    live = {object_set.key(obj): obj for obj in (before, deployment)}
    return switching.switch([deployment, after], live, [ready(runs)])


HTTP, WEB = {"name": "http", "containerPort": 5000}, {"name": "web", "containerPort": 5000}
PLAIN, SECOND = {"containerPort": 5000}, {"containerPort": 5001}


@pytest.mark.parametrize(
    ("before", "after", "runs", "comes", "is_late"),
    [
        (service(5000), service("http"), pods_of(PLAIN), pods_of(HTTP), True),
        (service(5000), service("http"), pods_of(), pods_of(HTTP), True),
        (service(5000), service("http"), pods_of(HTTP), pods_of(HTTP), False),
        (service(5000), service(5001), pods_of(PLAIN), pods_of(PLAIN, SECOND), True),
        (service(5000), service(5001), pods_of(PLAIN, SECOND), pods_of(PLAIN, SECOND), False),
        (service(5000), service(5001), pods_of(), pods_of(), False),
        (
            service(5000, app="api"),
            service(5000, app="api", tier="b"),
            pods_of(PLAIN, app="api"),
            pods_of(PLAIN, app="api", tier="b"),
            True,
        ),
    ],
)
def test_one_that_would_leave_the_pods_waits_for_others(before, after, runs, comes, is_late):
    found = planned(before, after, runs, comes)
    assert (found.late == [after]) is is_late and not found.warnings


@pytest.mark.parametrize(
    ("before", "after", "runs", "comes"),
    [
        (service("web"), service("http"), pods_of(WEB), pods_of(HTTP)),
        (service(5000), service(5001), pods_of(PLAIN), pods_of(SECOND)),
    ],
)
def test_where_no_moment_is_right_it_is_said(before, after, runs, comes):
    found = planned(before, after, runs, comes)
    assert not found.late and "requests fail until the new pods are ready" in found.warnings[0]


def test_pods_of_another_deployment_stay_so_that_the_service_waits():
    """A Deployment that is renamed: the one of before goes when the set serves."""
    renamed = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api-2"}}
    renamed["spec"] = {"template": pods_of(HTTP)}
    before, after = service("web"), service("http")
    found = switching.switch([renamed, after], {object_set.key(before): before}, [ready(pods_of(WEB))])
    assert found.late == [after] and not found.warnings


def test_what_leads_where_it_led_is_not_looked_at():
    assert not switching.is_needed([service(80)], {object_set.key(service()): service()})


def named(name: str, **selector) -> dict:
    found = service(5000, **selector)
    found["metadata"]["name"] = name
    return found


def ingress(name: str) -> dict:
    path = {"path": "/", "backend": {"service": {"name": name, "port": {"number": 80}}}}
    return {"kind": "Ingress", "spec": {"rules": [{"http": {"paths": [path]}}]}}


def http_route(name: str) -> dict:
    return {"kind": "HTTPRoute", "spec": {"rules": [{"backendRefs": [{"name": name, "port": 80}]}]}}


def route(name: str) -> dict:
    return {"kind": "Route", "spec": {"to": {"kind": "Service", "name": name}}}


@pytest.mark.parametrize("entrance", [ingress, http_route, route])
@pytest.mark.parametrize(("selector", "is_late"), [({"app": "api", "gen": "2"}, True), ({"app": "api"}, False)])
def test_an_entrance_waits_for_the_service_that_it_will_lead_to(entrance, selector, is_late):
    before, after = (
        {"apiVersion": "x/v1", "metadata": {"name": "api", "namespace": "ns"}, **entrance(name)}
        for name in ("old", "new")
    )
    live = {object_set.key(after): before}
    objects = [named("new", **selector), after]
    assert switching.is_needed(objects, live)
    found = switching.switch(objects, live, [ready(pods_of(PLAIN))])
    assert (found.late == [after]) is is_late
    # Nothing serves, or it leads to a Service of others: at once.
    assert not switching.switch(objects, live, []).late
    assert not switching.switch([after], live, [ready(pods_of(PLAIN))]).late

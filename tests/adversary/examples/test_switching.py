# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that would leave the pods that serve."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from adversary import cluster_view, runs
from adversary.direct import STRATEGIC
from adversary.runs import DONE
from adversary.sets import NAME, Wanted
from adversary.stories import GOOD, SLOW_START, answer, ended, preview, release, rollback
from adversary.trouble import (
    KILL_DONE,
)
from adversary.world import NAMESPACE, World


@dataclass(frozen=True)
class WithoutNames(Wanted):
    """As somebody writes it by hand: a Service that leads to a number."""

    def deployment(self) -> dict:
        found = super().deployment()
        container = found["spec"]["template"]["spec"]["containers"][0]
        container["ports"] = [{"containerPort": 5000}]
        container["readinessProbe"]["httpGet"]["port"] = 5000
        return found

    def service(self) -> dict:
        found = super().service()
        found["spec"]["ports"][0]["targetPort"] = 5000
        return found


def serves_by_hand(world: World) -> cluster_view.Outages:
    for obj in WithoutNames(tag="good-0", greeting="of others").objects():
        made = {**obj, "metadata": {**obj["metadata"], "namespace": NAMESPACE}}
        world.direct.create(world.direct.resource(obj["kind"]), made, "kubectl-create")
    world.pass_time(40)
    outages = cluster_view.Outages(world, NAME)
    outages.watch()
    assert answer(world) == "of others"
    return outages


def test_a_service_does_not_leave_the_pods_that_serve_before_there_are_others(world):
    outages = serves_by_hand(world)
    assert release(world, SLOW_START, adopt=True).end == DONE and answer(world) == "two"
    assert world.direct.get("Service", NAMESPACE, NAME)["spec"]["ports"][0]["targetPort"] == "http"
    assert rollback(world, number=0).end == DONE and answer(world) == "of others"
    assert not outages.since


@pytest.mark.parametrize("number", range(1, 40))
def test_nor_where_the_run_was_killed_meanwhile(world, number):
    outages = serves_by_hand(world)
    process = world.new_process()
    world.trouble.plan(process, number, KILL_DONE)
    ended(world, runs.release(world, SLOW_START, process, adopt=True))
    assert release(world, SLOW_START, adopt=True).end == DONE and answer(world) == "two"
    assert not outages.since


def test_where_no_moment_is_right_it_is_said_before(world):
    serves_by_hand(world)
    world.direct.patch(
        world.direct.get("Service", NAMESPACE, NAME),
        {"spec": {"ports": [{"name": "http", "port": 80, "targetPort": "web"}]}},
        "kubectl-edit",
    )
    change = _container_ports([{"name": "web", "containerPort": 5000}])
    world.direct.patch(world.direct.get("Deployment", NAMESPACE, NAME), change, "kubectl-edit", STRATEGIC)
    world.pass_time(40)
    run = preview(world, lambda session: session.present(GOOD.objects()), adopt=True)
    assert any("requests fail until the new pods are ready" in text for text in run.warnings), run.warnings


def _container_ports(ports: list) -> dict:
    return {"spec": {"template": {"spec": {"containers": [{"name": "api", "ports": ports}]}}}}

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody has scaled, labelled or changed by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from adversary import cluster_view, pods, runs
from adversary.direct import STRATEGIC
from adversary.runs import DONE, FAILED
from adversary.sets import NAME
from adversary.stories import CRASHES, GOOD, OTHER, SLOW_START, THIRD, answer, deployment, ended, managers, release
from adversary.trouble import (
    KILL_DONE,
)
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.modules import release_info

# What somebody has changed by hand


def edit(world: World, **fields) -> None:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "api", **fields}]}}}}
    world.direct.patch(deployment(world), patch, "kubectl-edit", STRATEGIC)
    world.pass_time(40)


def image(world: World) -> str:
    return deployment(world)["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]


@pytest.mark.parametrize(
    "bad", [CRASHES, replace(GOOD, port="htpp")], ids=["another set", "a Service that leads nowhere"]
)
def test_a_repair_by_hand_stands_after_a_release_that_fails(world, bad):
    release(world, GOOD)
    edit(world, image="registry.example/api:good-9", env=[{"name": "DEBUG", "value": "1"}])
    owners = managers(deployment(world))
    run = release(world, bad)
    world.pass_time(40)
    assert run.end == FAILED and image(world) == "good-9", run.outcome.restored
    assert "changed by hand" in run.outcome.restored and not any("taken back" in line for line in run.text.splitlines())
    assert managers(deployment(world)) == owners
    assert release(world, GOOD).outcome.drift and image(world) == "good-1"
    env = deployment(world)["spec"]["template"]["spec"]["containers"][0]["env"]
    assert [item["name"] for item in env] == ["API_TOKEN", "LEVEL"]


@pytest.mark.parametrize("number", [12, 14, 16, 18, 20, 24, 28, 30, 32, 34, 36, 38])
def test_a_repair_by_hand_outlives_a_run_that_is_killed(world, number):
    release(world, GOOD)
    edit(world, image="registry.example/api:good-9")
    process = world.new_process()
    world.trouble.plan(process, number, KILL_DONE)
    ended(world, runs.release(world, CRASHES, process))
    assert release(world, replace(CRASHES, greeting="worse")).end == FAILED
    world.pass_time(40)
    assert image(world) == "good-9"
    assert release(world, OTHER).end == DONE
    assert [entry[:2] for entry in managers(deployment(world)) if entry[0] == "modelops.serving"] == [
        ("modelops.serving", "Apply")
    ]


def test_a_repair_by_hand_stands_after_the_set_that_it_repaired_fails_again(world, monkeypatch):
    """What served under this tag no longer does, and somebody has gone over to another one."""
    release(world, GOOD)
    edit(world, image="registry.example/api:well-9")
    monkeypatch.setitem(pods.BEHAVIOURS, "good", pods.BEHAVIOURS["crash"])
    run = release(world, GOOD)
    world.pass_time(40)
    assert run.end == FAILED and image(world) == "well-9" and answer(world) == "one", run.outcome.restored
    assert "put back as it was changed by hand" in run.outcome.restored and run.outcome.drift == []


def test_a_change_by_hand_that_does_not_come_ready_is_not_put_back(world):
    release(world, GOOD)
    edit(world, image="registry.example/api:crash-9")
    assert release(world, CRASHES).end == FAILED
    world.pass_time(40)
    assert image(world) == "good-1" and answer(world) == "one"


# Scaled by others


@pytest.mark.parametrize("manager", ["keda-operator", "kubectl"])
def test_a_set_that_somebody_took_to_none_and_started_again_has_its_minimum(world, manager):
    wanted = replace(GOOD, autoscaled=True)
    release(world, wanted)
    world.direct.scale(deployment(world), 0, manager)
    world.pass_time(20)
    world.direct.scale(deployment(world), 1, manager)
    assert release(world, replace(OTHER, autoscaled=True)).end == DONE
    world.pass_time(20)
    assert answer(world) == "two" and cluster_view.answers(world, NAME).ready >= 2


# Labels that somebody changed


def relabel(world: World, kind: str, name: str, instance: str | None) -> None:
    change = {"metadata": {"labels": {INSTANCE: instance}}}
    world.direct.patch(world.direct.get(kind, NAMESPACE, name), change, "kubectl-label")


def said_by_status(world: World) -> list[str]:
    read = world.start(
        world.new_process(),
        lambda kube: release_info.relabelled_of(kube, History(kube, NAMESPACE, NAME).read()),
    )
    world.finish(read)
    return read.result


@pytest.mark.parametrize("instance", ["another", None])
def test_an_object_whose_label_somebody_changed_is_named_when_it_is_left_behind(world, instance):
    release(world, GOOD)
    name = GOOD.config()["metadata"]["name"]
    relabel(world, "ConfigMap", name, instance)
    run = release(world, OTHER)
    assert run.end == DONE
    assert any(f"ConfigMap/{name}" in line and INSTANCE in line for line in run.outcome.warnings), run.text
    assert world.direct.get("ConfigMap", NAMESPACE, name) is not None
    assert [line.partition(" ")[0] for line in said_by_status(world)] == [f"ConfigMap/{name}"]
    removal = ended(world, runs.absent(world, NAME))
    assert any(f"ConfigMap/{name}" in line for line in removal.outcome.warnings), removal.text


@pytest.mark.parametrize("instance", ["another", None])
def test_a_label_of_the_set_that_somebody_changed_is_set_back(world, instance):
    release(world, GOOD)
    relabel(world, "Service", NAME, instance)
    run = release(world, GOOD)
    assert run.end == DONE and run.outcome.changed, run
    assert world.direct.get("Service", NAMESPACE, NAME)["metadata"]["labels"][INSTANCE] == NAME
    assert any(f"Service/{NAME}" in line for line in run.outcome.warnings), run.text


def test_what_another_release_has_recorded_is_its(world):
    """By the same name as an object of ours that is no longer in our set."""
    release(world, GOOD)
    release(world, replace(GOOD, budget=False))
    theirs = replace(OTHER, name="other").objects()
    theirs[-1]["metadata"]["name"] = NAME
    options = runs.Options(name="other", namespace=NAMESPACE)
    run = runs.start(world, "release", lambda session: session.present(theirs), world.new_process(), options)
    assert ended(world, run).end == DONE, run
    again = release(world, replace(THIRD, budget=False))
    assert again.end == DONE and again.outcome.warnings == []
    assert "another release holds" in release(world, THIRD).text


# The number of replicas


def autoscaler_that_has_not_scaled(world: World) -> None:
    """A real one looks every 15 s only, and writes nothing where the number is what it wants."""
    release(world, replace(GOOD, autoscaled=True))
    world.controllers.autoscalers.step = lambda: None
    assert deployment(world)["spec"]["replicas"] == 2


def test_a_set_that_drops_its_autoscaler_lowers_nothing_before_it_serves(world):
    autoscaler_that_has_not_scaled(world)
    slow = runs.release(world, replace(SLOW_START, replicas=1))
    world.pass_time(10)
    assert not slow.thread.done and deployment(world)["spec"]["replicas"] == 2
    assert ended(world, slow).end == DONE
    assert deployment(world)["spec"]["replicas"] == 1
    assert release(world, replace(SLOW_START, replicas=1)).outcome.changed is False


def test_a_failure_that_drops_an_autoscaler_leaves_the_number(world):
    autoscaler_that_has_not_scaled(world)
    run = runs.release(world, replace(CRASHES, replicas=1))
    world.pass_time(5)
    assert deployment(world)["spec"]["replicas"] == 2
    assert ended(world, run).end == FAILED
    assert deployment(world)["spec"]["replicas"] == 2 and cluster_view.answers(world, NAME).ready == 2


def test_a_number_that_an_autoscaler_left_behind_gives_way_to_the_set_s(world):
    """Somebody has removed the autoscaler by hand; nobody scales any longer."""
    release(world, replace(GOOD, autoscaled=True))
    world.controllers.autoscalers.wanted[NAME] = 4
    world.pass_time(40)
    world.direct.delete(world.direct.get("HorizontalPodAutoscaler", NAMESPACE, NAME))
    assert release(world, replace(OTHER, replicas=1)).end == DONE
    assert deployment(world)["spec"]["replicas"] == 1


def test_a_set_that_names_no_number_keeps_what_runs(world):
    release(world, replace(GOOD, replicas=4))
    assert release(world, replace(OTHER, replicas=None)).end == DONE
    assert deployment(world)["spec"]["replicas"] == 4


def test_a_set_that_names_no_number_comes_back_from_none(world):
    bare = replace(GOOD, replicas=None)
    release(world, bare)
    world.direct.scale(deployment(world), 0, "kubectl")
    world.pass_time(20)
    assert release(world, bare).outcome.changed
    assert deployment(world)["spec"]["replicas"] == 1 and answer(world) == "one"


@pytest.mark.parametrize("by", ["hand", "an earlier set"])
def test_a_failed_set_that_names_fewer_pods_leaves_as_many_as_stood(world, by):
    unnumbered = replace(GOOD, replicas=None)
    if by == "an earlier set":
        release(world, replace(GOOD, replicas=3))
    assert release(world, unnumbered).end == DONE
    if by == "hand":
        world.direct.scale(deployment(world), 3, "kubectl")
        world.pass_time(20)
    assert deployment(world)["spec"]["replicas"] == 3
    assert release(world, replace(CRASHES, replicas=1)).end == FAILED
    assert deployment(world)["spec"]["replicas"] == 3
    assert release(world, replace(unnumbered, greeting="two")).end == DONE
    assert deployment(world)["spec"]["replicas"] == 3

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the property test found first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from adversary import cluster_view, runs
from adversary.runs import DONE, FAILED, KILLED
from adversary.sets import NAME, Wanted
from adversary.stories import (
    CRASHES,
    GOOD,
    OTHER,
    THIRD,
    answer,
    deployment,
    ended,
    lose_history,
    met,
    others_serve,
    release,
    rollback,
    taken_over,
)
from adversary.trouble import (
    EXPIRED,
    KILL_DONE,
    RESET_DONE,
)
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions


def test_a_revision_that_was_applied_and_never_served_is_no_goal_of_a_rollback(world):
    release(world, GOOD)
    release(world, CRASHES, wait=False)
    world.pass_time(60)
    assert release(world, OTHER).end == DONE
    assert rollback(world).end == DONE
    assert answer(world) == "one"


def test_a_revision_that_was_applied_and_never_served_pushes_none_out_that_did(world):
    release(world, GOOD, history_limit=2)
    release(world, CRASHES, wait=False, history_limit=2)
    world.pass_time(60)
    release(world, OTHER, history_limit=2)
    assert 1 in {entry.number for entry in cluster_view.history(world, NAME)}


def test_what_serves_without_a_record_stands_after_a_failure(world):
    """Somebody removed the history's Secrets."""
    release(world, GOOD)
    lose_history(world)
    assert release(world, CRASHES).end == FAILED
    world.pass_time(20)
    assert answer(world) == "one"
    assert release(world, OTHER).end == DONE
    assert answer(world) == "two"


def test_a_release_without_a_record_is_removed_all_the_same(world):
    release(world, GOOD)
    lose_history(world)
    assert ended(world, runs.absent(world, NAME)).outcome.changed
    assert cluster_view.held_by(world, NAME) == {}


def after_a_failed_adoption(world: World) -> dict:
    """Everything is its owners' again, who have changed it since."""
    others_serve(world)
    assert release(world, CRASHES, adopt=True).end == FAILED
    world.pass_time(20)
    at = deployment(world)
    world.direct.patch(at, {"metadata": {"annotations": {"of": "its owner"}}, "spec": {"replicas": 5}}, "kubectl")
    world.pass_time(20)
    return deployment(world)["spec"]


def test_what_was_given_back_is_not_touched_by_a_removal(world):
    now = after_a_failed_adoption(world)
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert deployment(world)["spec"] == now


def test_what_was_given_back_and_removed_by_its_owner_does_not_come_again(world):
    after_a_failed_adoption(world)
    budget = world.direct.get("PodDisruptionBudget", NAMESPACE, NAME)
    world.direct.delete(budget)
    assert release(world, CRASHES, adopt=True).end == FAILED
    assert world.direct.get("PodDisruptionBudget", NAMESPACE, NAME) is None
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert world.direct.get("PodDisruptionBudget", NAMESPACE, NAME) is None
    assert deployment(world)["spec"]["replicas"] == 5


@pytest.mark.parametrize("number", range(12, 18))
def test_what_stood_before_an_adoption_outlives_two_kills(world, number):
    """The first while it takes the objects over, the second while it records again what stood."""
    others_serve(world)
    taking, again = world.new_process(), world.new_process()
    world.trouble.rules.append(lambda process, *sent: KILL_DONE if process is taking and taken_over(*sent) else None)
    assert ended(world, runs.release(world, CRASHES, taking, adopt=True)).end == KILLED
    world.trouble.plan(again, number, KILL_DONE)
    ended(world, runs.release(world, replace(CRASHES, greeting="worse"), again, adopt=True))
    assert release(world, GOOD, adopt=True).end == DONE
    stood = next(entry for entry in cluster_view.history(world, NAME) if entry.number == revisions.ORIGIN)
    assert {obj["kind"] for obj in stood.objects} == {"Deployment", "PodDisruptionBudget", "Service"}
    assert rollback(world).end == DONE
    assert answer(world) == "of others"


def test_a_rollback_to_what_another_tool_s_release_was(world):
    """Helm's objects have an instance of their own."""
    for obj in Wanted(tag="good-0", greeting="of others").objects():
        obj["metadata"]["namespace"] = NAMESPACE
        obj["metadata"]["labels"] = {INSTANCE: "prod-chart"}
        world.direct.create(world.direct.resource(obj["kind"]), obj, "helm")
    world.pass_time(20)
    assert release(world, GOOD, adopt=True).end == DONE
    assert rollback(world).end == DONE
    assert answer(world) == "of others"


def test_the_replicas_that_a_failed_release_s_autoscaler_set_go_with_it(world):
    one = Wanted(greeting="one", replicas=1)
    release(world, one)
    world.controllers.autoscalers.wanted[NAME] = 4
    assert release(world, Wanted(tag="crash-1", greeting="bad", autoscaled=True)).end == FAILED
    world.pass_time(40)
    assert deployment(world)["spec"]["replicas"] == 1


def test_ready_pods_that_no_service_reaches_have_not_served(world):
    release(world, GOOD)
    release(world, Wanted(greeting="unreached", port="htpp"), wait=False, history_limit=2)
    world.pass_time(40)
    release(world, OTHER, history_limit=2)
    assert rollback(world).end == DONE
    assert answer(world) == "one"


def test_what_a_forgotten_revision_had_adopted_is_given_back(world):
    """Though the revision before the first has it too."""
    others_serve(world)
    few = {"history_limit": 2}
    bare = Wanted(greeting="bare", budget=False)
    release(world, CRASHES, adopt=True, wait=False, **few)
    release(world, bare, wait=False, **few)
    assert release(world, bare, **few).end == DONE
    assert ("PodDisruptionBudget", NAME) not in cluster_view.held_by(world, NAME)
    assert world.direct.get("PodDisruptionBudget", NAMESPACE, NAME) is not None


@pytest.mark.parametrize("number", range(10, 20))
def test_what_was_found_to_serve_is_pruned_when_it_is_asked_for_again(world, number):
    """It was applied without waiting, and a run that was killed has seen that it serves."""
    release(world, GOOD)
    release(world, OTHER, wait=False)
    world.pass_time(40)
    process = world.new_process()
    world.trouble.plan(process, number, KILL_DONE)
    ended(world, runs.release(world, CRASHES, process))
    assert release(world, OTHER).end == DONE
    names = [name for kind, name in cluster_view.held_by(world, NAME) if kind == "ConfigMap"]
    assert names == [OTHER.config()["metadata"]["name"]]


def test_a_port_that_others_added_under_the_same_name_is_taken_back(world):
    """With both, the Service is invalid: a dry run before theirs is taken away says nothing of the set."""
    release(world, GOOD)
    theirs = {"spec": {"ports": [{"name": "http", "port": 81, "targetPort": "http"}]}}
    world.direct.patch(world.direct.get("Service", NAMESPACE, NAME), theirs, "kubectl-edit")
    run = release(world, GOOD)
    assert run.end == DONE and run.outcome.changed
    ports = world.direct.get("Service", NAMESPACE, NAME)["spec"]["ports"]
    assert [entry["port"] for entry in ports] == [80]


def test_a_port_of_what_is_adopted_may_have_the_same_name(world):
    others_serve(world)
    theirs = {"spec": {"ports": [{"name": "http", "port": 81, "targetPort": "http"}]}}
    world.direct.patch(world.direct.get("Service", NAMESPACE, NAME), theirs, "kubectl-client-side-apply")
    assert release(world, GOOD, adopt=True).end == DONE


@pytest.mark.parametrize("number", range(1, 24))
def test_an_answer_that_is_lost_ends_no_release(world, number):
    """The request was carried out; the client asks again and is answered that it is there already, or gone."""
    run = met(world, RESET_DONE, number)
    assert run.end == DONE, run
    assert answer(world) == "one"


@pytest.mark.parametrize("number", range(1, 24))
def test_a_token_that_expires_ends_no_release(world, number):
    """Several requests at once may be answered 401, though the first of them has read the new token already."""
    run = met(world, EXPIRED, number)
    assert run.end == DONE, run


@pytest.mark.parametrize(
    ("change", "named"),
    [({"foo": 1}, ".spec.foo"), ({"minReadySeconds": "two"}, ".spec.minReadySeconds")],
)
def test_an_object_that_does_not_fit_its_type_is_refused_at_once(world, change, named):
    """The API server answers 500 to that, which is no reason to try again."""
    release(world, GOOD)
    objects = OTHER.objects()
    objects[1]["spec"] |= change
    began, options = world.scheduler.now, runs.Options(name=NAME, namespace=NAMESPACE)
    begun = runs.start(world, "release", lambda session: session.present(objects), world.new_process(), options)
    run = ended(world, begun)
    assert run.end == FAILED
    assert "is not valid" in run.text and named in run.text
    assert world.scheduler.now - began < 10
    assert answer(world) == "one"


def test_what_served_before_stays_while_nobody_has_seen_the_newest_set_serve(world):
    release(world, GOOD, history_limit=2)
    release(world, OTHER, history_limit=2)
    release(world, replace(THIRD, port="htpp"), wait=False, history_limit=2)
    assert rollback(world, history_limit=2).end == DONE and answer(world) == "two"
    assert rollback(world, history_limit=2).end == DONE and answer(world) == "one"


def test_no_revision_is_forgotten_while_objects_of_it_stand(world):
    """A failed set that was kept, superseded by one that nobody waited for."""
    release(world, GOOD, history_limit=2)
    assert release(world, CRASHES, on_failure="keep", history_limit=2).end == FAILED
    release(world, OTHER, wait=False, history_limit=2)
    world.pass_time(40)
    assert release(world, THIRD, history_limit=2).end == DONE
    names = [name for kind, name in cluster_view.held_by(world, NAME) if kind == "ConfigMap"]
    assert names == [THIRD.config()["metadata"]["name"]]


def test_nor_while_objects_of_it_stand_that_others_had_before(world):
    """What stood before the first release is recorded, and is nothing that keeps an object of a forgotten one."""
    others_serve(world)
    without = replace(GOOD, budget=False)
    release(world, OTHER, adopt=True, history_limit=2)
    for greeting in ("three", "four", "five"):
        release(world, replace(without, greeting=greeting), history_limit=2)
    assert release(world, CRASHES, on_failure="keep", history_limit=2).end == FAILED
    release(world, replace(without, greeting="six"), wait=False, history_limit=2)
    world.pass_time(40)
    assert release(world, replace(without, greeting="seven"), history_limit=2).end == DONE
    assert world.direct.get("PodDisruptionBudget", NAMESPACE, NAME) is None


def test_an_autoscaled_set_that_nobody_waited_for_serves(world):
    """Whether it stands is asked with its autoscaler, whose the replicas are."""
    release(world, GOOD)
    release(world, replace(OTHER, autoscaled=True), wait=False)
    world.pass_time(40)
    assert answer(world) == "two"
    run = release(world, CRASHES)
    world.pass_time(40)
    assert run.end == FAILED and answer(world) == "two", run.outcome.restored


def test_a_kept_set_whose_service_leads_nowhere_does_not_serve(world):
    """Ready pods alone serve nobody: no rollback goes there."""
    assert release(world, replace(GOOD, port="htpp", replicas=1), on_first_failure="keep").end == FAILED
    assert release(world, CRASHES, on_failure="keep").end == FAILED
    assert release(world, OTHER).end == DONE
    rolled = rollback(world)
    world.pass_time(30)
    assert answer(world) == "two", rolled

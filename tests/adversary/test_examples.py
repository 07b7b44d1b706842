# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that were seen, by a person or by the property test, each as the smallest sequence that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from random import Random

import pytest
from adversary import cluster_view, pods, runs
from adversary.direct import STRATEGIC, tolerant
from adversary.runs import DONE, FAILED, KILLED, RAISED, Run
from adversary.sets import NAME, Wanted
from adversary.trouble import (
    COLLIDES,
    DENIED,
    EXPIRED,
    KILL,
    KILL_DONE,
    NO_SUCH_PAGE,
    PAGE,
    REDIRECTED,
    REJECTED,
    RESET,
    RESET_DONE,
    STILL,
    STILL_DONE,
    UNAVAILABLE_AT_ONCE,
    Trouble,
)
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.release.options import Options, Outcome
from ansible_collections.modelops.serving.plugins.module_utils.release.preview import Preview
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision
from ansible_collections.modelops.serving.plugins.modules import release_info

GOOD, OTHER, THIRD = (Wanted(greeting=greeting) for greeting in ("one", "two", "three"))
CRASHES = Wanted(tag="crash-1", greeting="bad")
SLOW_START, NEVER = Wanted(tag="slow20-1", greeting="two"), Wanted(tag="never-1", greeting="two")


BAKE = {"seconds": 20, "error_percent": 1.0, "prometheus": None}


@pytest.fixture
def world() -> Iterator[World]:
    with World() as found:
        yield found


def ended(world: World, run: Run) -> Run:
    world.finish(run.thread)
    return run


def release(world: World, wanted: Wanted, **options) -> Run:
    return ended(world, runs.release(world, wanted, **options))


def rollback(world: World, **options) -> Run:
    return ended(world, runs.rollback(world, NAME, **options))


def preview(world: World, work: Callable[[Preview], Outcome], **chosen) -> Outcome:
    """What check mode says."""
    options = Options(name=NAME, namespace=NAMESPACE, **chosen)
    run = runs.start(
        world, "preview", lambda session: work(Preview(session.kube, options)), world.new_process(), options
    )
    return ended(world, run).outcome


def answer(world: World) -> str | None:
    """The greeting that every user gets."""
    found = cluster_view.answers(world, NAME).only
    return found[1] if found else None


def deployment(world: World) -> dict:
    return world.direct.get("Deployment", NAMESPACE, NAME)


def others_serve(world: World) -> dict:
    """A Deployment, a Service and the rest, made by kubectl apply; their uids by kind and name."""
    for obj in Wanted(tag="good-0", greeting="of others").objects():
        obj["metadata"]["namespace"] = NAMESPACE
        world.direct.create(world.direct.resource(obj["kind"]), obj, "kubectl-client-side-apply")
    world.pass_time(20)
    return {key: obj["metadata"]["uid"] for key, obj in cluster_view.configuration(world).items()}


def recorded(world: World) -> list[int]:
    """The numbers of the revisions."""
    return [entry.number for entry in cluster_view.history(world, NAME)]


# Seen on a real cluster


def test_a_first_release_that_adopts_and_fails_leaves_what_stood(world):
    uids = others_serve(world)
    assert release(world, CRASHES, adopt=True).end == FAILED
    world.pass_time(20)
    assert answer(world) == "of others"
    assert {key: obj["metadata"]["uid"] for key, obj in cluster_view.configuration(world).items()} == uids


def test_what_was_applied_without_waiting_is_what_serves(world):
    for wanted in (GOOD, OTHER, THIRD):
        assert release(world, wanted, wait=False).end == DONE
        world.pass_time(20)
    assert release(world, CRASHES).end == FAILED
    world.pass_time(20)
    assert answer(world) == "three"


def test_failures_do_not_push_the_good_revision_out(world):
    release(world, GOOD, history_limit=3)
    for number in range(4):
        assert release(world, Wanted(tag="crash-1", greeting=f"bad {number}"), history_limit=3).end == FAILED
    assert release(world, OTHER, history_limit=3).end == DONE
    assert rollback(world).end == DONE
    assert answer(world) == "one"


def test_the_history_has_its_limit_while_releases_fail(world):
    """Or every failed run of a pipeline would leave a Secret."""
    release(world, GOOD, history_limit=3)
    for number in range(5):
        assert release(world, Wanted(tag="crash-1", greeting=f"bad {number}"), history_limit=3).end == FAILED
    assert recorded(world) == [1, 5, 6]
    release(world, OTHER, history_limit=3)
    assert recorded(world) == [1, 6, 7]
    assert rollback(world).end == DONE
    assert answer(world) == "one"


def test_first_releases_that_fail_leave_no_more_than_the_limit(world):
    for number in range(5):
        assert release(world, Wanted(tag="crash-1", greeting=f"bad {number}"), history_limit=3).end == FAILED
    assert recorded(world) == [3, 4, 5]


def test_a_rollback_after_a_failure_that_was_kept_goes_to_what_served_last(world):
    release(world, GOOD)
    release(world, OTHER)
    assert release(world, CRASHES, on_failure="keep").end == FAILED
    assert rollback(world).end == DONE
    assert answer(world) == "two"


@pytest.mark.parametrize("number", range(1, 24))
def test_a_rollback_after_a_run_that_was_killed_goes_to_what_served_last(world, number):
    release(world, GOOD)
    release(world, OTHER)
    process = world.new_process()
    world.trouble.plan(process, number, KILL_DONE)
    assert ended(world, runs.release(world, CRASHES, process)).end == KILLED
    # Before it has recorded its revision, nothing tells the next run that there was one.
    begun = len(cluster_view.history(world, NAME)) == 3
    assert rollback(world).end == DONE
    assert answer(world) == ("two" if begun else "one")


@pytest.mark.parametrize("following", [CRASHES, THIRD], ids=["a failure", "the same again"])
@pytest.mark.parametrize("number", [*range(10, 18), *range(34, 42)])
def test_wherever_a_run_was_killed_the_record_has_one_revision_serving_after_the_next(world, number, following):
    """Also while it writes that one serves, and another one no longer."""
    release(world, GOOD)
    release(world, OTHER, wait=False)
    world.pass_time(40)
    process = world.new_process()
    world.trouble.plan(process, number, KILL_DONE)
    ended(world, runs.release(world, THIRD, process))
    world.pass_time(40)
    release(world, following)
    history = cluster_view.history(world, NAME)
    assert [entry.status for entry in history].count(revisions.SERVING) == 1
    assert not revisions.unfinished(history)


def test_scaled_to_zero_is_not_nothing_to_change(world):
    release(world, GOOD)
    world.direct.scale(deployment(world), 0, "kubectl")
    world.pass_time(20)
    assert cluster_view.answers(world, NAME).ready == 0
    assert release(world, GOOD).outcome.changed
    assert cluster_view.answers(world, NAME).ready == 2


def test_what_another_tool_added_is_taken_back(world):
    release(world, GOOD)
    entry = {"name": "api", "env": [{"name": "DEBUG", "value": "1"}]}
    patch = {"spec": {"template": {"spec": {"containers": [entry]}}}}
    world.direct.patch(deployment(world), patch, "some-ui", STRATEGIC)
    world.pass_time(20)
    run = release(world, GOOD)
    assert run.outcome.changed and run.outcome.drift
    env = deployment(world)["spec"]["template"]["spec"]["containers"][0]["env"]
    assert [item["name"] for item in env] == ["API_TOKEN", "LEVEL"]


# Found by the property test


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


def lose_history(world: World) -> None:
    for secret in world.direct.all("Secret"):
        if secret.get("type") == revisions.SECRET_TYPE:
            world.direct.delete(secret)


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


def taken_over(method: str, url: str) -> bool:
    return method == "PUT" and f"/services/{NAME}" in url


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


def met(world: World, trouble: Trouble, number: int) -> Run:
    """A release whose request of that number meets it."""
    process = world.new_process()
    world.trouble.plan(process, number, trouble)
    return ended(world, runs.release(world, GOOD, process))


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


def managers(at: dict) -> list[tuple]:
    found = [entry for entry in at["metadata"]["managedFields"] if not entry.get("subresource")]
    return sorted((entry["manager"], entry["operation"], str(entry["fieldsV1"])) for entry in found)


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


# A first set that nobody waited for


def test_one_that_is_known_not_to_serve_is_nothing_to_go_back_to(world):
    release(world, CRASHES, wait=False)
    world.pass_time(60)
    run = release(world, replace(CRASHES, greeting="worse"))
    assert run.end == FAILED
    assert cluster_view.held_by(world, NAME) == {}, run.outcome.restored
    assert "removed again" in run.outcome.restored


def test_one_that_was_put_back_and_crashes_is_nothing_to_go_back_to_again(world):
    """When the second release began it had not crashed yet."""
    release(world, CRASHES, wait=False)
    assert "not ready either" in release(world, replace(CRASHES, greeting="worse")).outcome.restored
    world.pass_time(60)
    run = release(world, replace(CRASHES, greeting="worst"))
    assert run.end == FAILED
    assert cluster_view.held_by(world, NAME) == {}, run.outcome.restored


def test_one_that_may_still_come_to_serve_is_put_back(world):
    release(world, SLOW, wait=False)
    assert release(world, CRASHES).end == FAILED
    world.pass_time(60)
    assert answer(world) == "slow"


# A namespace that a refused first release has made


def refused(world: World, change: dict, **options) -> Run:
    """A first release in a namespace that is not there, with a Deployment that is not valid."""
    objects = GOOD.objects()
    objects[1]["spec"] |= change
    given = runs.Options(name=NAME, namespace="new", **options)
    run = runs.start(world, "release", lambda session: session.present(objects), world.new_process(), given)
    ended(world, run)
    assert "ObjectRefused" in run.text, run
    return run


def is_going(world: World, namespace: str) -> bool:
    at = world.direct.get("Namespace", None, namespace)
    return at is None or "deletionTimestamp" in at["metadata"]


def test_it_is_removed_again(world):
    run = refused(world, {"minReadySeconds": "two"})
    assert is_going(world, "new") and "is removed again" in run.text


def test_it_stands_where_somebody_has_put_something_into_it(world):
    def put(process, method: str, url: str) -> None:
        if method == "POST" and "leases" in url and world.direct.get("Namespace", None, "new"):
            made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": "new"}}
            with tolerant():
                world.direct.create(world.direct.resource("ConfigMap"), made, "kubectl-create")

    world.trouble.rules.append(put)
    run = refused(world, {"minReadySeconds": "two"})
    assert not is_going(world, "new") and "ConfigMap/theirs" in run.text


def test_it_stands_where_not_everything_may_be_listed(world):
    world.api.allowed = lambda request: request.resource.kind != "Service" or request.verb != "list"
    run = refused(world, {"minReadySeconds": "two"})
    assert not is_going(world, "new") and "stands" in run.text


def test_one_that_was_there_stands(world):
    place = world.direct.resource("Namespace")
    world.direct.create(place, {"metadata": {"name": "new"}}, "kubectl-create")
    run = refused(world, {"minReadySeconds": "two"})
    assert not is_going(world, "new") and "which this run made" not in run.text


# What may not be done


def test_rights_on_a_kind_that_only_an_earlier_revision_has_are_checked(world):
    """Without them what the new set no longer has can be neither removed nor restored."""
    release(world, GOOD)
    world.api.allowed = lambda request: request.resource.kind != "PodDisruptionBudget" or request.method == "GET"
    run = release(world, replace(OTHER, budget=False), preflight=True)
    assert run.end == DONE
    (said,) = [line for line in run.outcome.warnings if "poddisruptionbudgets" in line]
    assert "delete poddisruptionbudgets.policy" in said and "r1" in said and "Grant" in said
    again = release(world, replace(THIRD, budget=False), preflight=True)
    assert any("r1" in line for line in again.outcome.warnings)
    assert any("poddisruptionbudgets" in line for line in rollback(world).outcome.warnings)


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


# What changes nothing


@pytest.mark.parametrize("number", [1, 3])
def test_a_rollback_to_what_serves_already_changes_nothing(world, number):
    release(world, GOOD)
    release(world, OTHER)
    assert rollback(world, number=1).outcome.changed
    again = rollback(world, number=number)
    assert again.end == DONE and not again.outcome.changed, again
    assert again.outcome.revision == 3
    assert [entry.number for entry in cluster_view.history(world, NAME)] == [1, 2, 3]
    assert answer(world) == "one"


# Found by a person who tried to break it

NOTES = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "notes"}, "data": {"a": "1"}}


@dataclass(frozen=True)
class WithNotes(Wanted):
    """A set with a ConfigMap that may be somebody else's. ``frozen``: as the set has it, it can never change again."""

    frozen: bool = False
    text: str = "2"

    def objects(self) -> list[dict]:
        notes = {**NOTES, "data": {"a": self.text}, **({"immutable": True} if self.frozen else {})}
        return [*super().objects(), deepcopy(notes)]


def others_have_notes(world: World) -> None:
    notes = deepcopy(NOTES)
    notes["metadata"]["namespace"] = NAMESPACE
    world.direct.create(world.direct.resource("ConfigMap"), notes, "kubectl-client-side-apply")


def notes(world: World) -> dict | None:
    return world.direct.get("ConfigMap", NAMESPACE, "notes")


def taken_by_a_kept_failure(world: World) -> None:
    assert release(world, WithNotes(tag="crash-1", greeting="bad"), adopt=True, on_failure="keep").end == FAILED


def taken_by_a_killed_run(world: World) -> None:
    process = world.new_process()
    world.trouble.rules.append(
        lambda process_, method, url: (
            KILL_DONE
            if process_ is process and "/deployments" in url and method == "PATCH" and "dryRun" not in url
            else None
        )
    )
    assert (
        ended(world, runs.release(world, WithNotes(tag="crash-1", greeting="bad"), process, adopt=True)).end == KILLED
    )


def taken_without_waiting(world: World) -> None:
    assert release(world, WithNotes(tag="crash-1", greeting="bad"), adopt=True, wait=False).end == DONE
    world.pass_time(60)


@pytest.mark.parametrize("taken", [taken_by_a_kept_failure, taken_by_a_killed_run, taken_without_waiting])
def test_what_a_forgotten_run_had_adopted_is_its_owner_s_after_a_rollback(world, taken):
    """The set that serves now has it, too; but who recorded how it stood is beyond the history's limit."""
    others_have_notes(world)
    release(world, GOOD)
    taken(world)
    assert release(world, WithNotes(greeting="two"), adopt=True, history_limit=2).end == DONE
    assert notes(world)["data"] == {"a": "2"}
    assert rollback(world, number=1).end == DONE
    assert notes(world)["data"] == {"a": "1"} and "notes" not in str(cluster_view.held_by(world, NAME))


def test_an_adopted_object_that_the_set_has_frozen_is_given_back(world):
    others_have_notes(world)
    release(world, GOOD)
    assert release(world, WithNotes(tag="crash-1", greeting="bad", frozen=True), adopt=True).end == FAILED
    assert notes(world)["data"] == {"a": "1"} and not notes(world).get("immutable")
    assert "notes" not in str(cluster_view.held_by(world, NAME))
    assert release(world, OTHER).end == DONE


def test_replicas_that_somebody_raised_by_hand_stand_after_a_failure(world):
    release(world, GOOD)
    world.direct.scale(deployment(world), 5, "kubectl")
    world.pass_time(20)
    assert release(world, CRASHES).end == FAILED
    assert deployment(world)["spec"]["replicas"] == 5 and answer(world) == "one"


def test_what_a_lost_history_had_recorded_goes_when_the_set_no_longer_has_it(world):
    release(world, GOOD)
    lose_history(world)
    assert release(world, OTHER).end == DONE
    names = [name for kind, name in cluster_view.held_by(world, NAME) if kind == "ConfigMap"]
    assert names == [OTHER.config()["metadata"]["name"]]
    assert rollback(world).end == DONE
    assert answer(world) == "one"


def edited(world: World) -> None:
    """Somebody adds a variable by hand."""
    entry = {"name": "api", "env": [{"name": "DEBUG", "value": "1"}]}
    patch = {"spec": {"template": {"spec": {"containers": [entry]}}}}
    world.direct.patch(deployment(world), patch, "some-ui", STRATEGIC)
    world.pass_time(20)


def killed_with_an_autoscaler(world: World) -> None:
    process = world.new_process()
    slow = Wanted(tag="slow20-1", greeting="slow", autoscaled=True)
    world.trouble.rules.append(
        lambda one, method, url: (
            KILL_DONE if one is process and "/horizontalpodautoscalers" in url and is_write(method, url) else None
        )
    )
    assert ended(world, runs.release(world, slow, process)).end == KILLED


def is_write(method: str, url: str) -> bool:
    return method == "PATCH" and "dryRun" not in url


def test_what_a_killed_run_made_goes_where_what_was_changed_by_hand_stands_again(world):
    release(world, GOOD)
    edited(world)
    killed_with_an_autoscaler(world)
    assert ("HorizontalPodAutoscaler", NAME) in cluster_view.held_by(world, NAME)
    run = release(world, CRASHES)
    assert run.end == FAILED and "as it was changed by hand" in run.outcome.restored
    assert ("HorizontalPodAutoscaler", NAME) not in cluster_view.held_by(world, NAME)


def test_the_set_that_stands_again_by_hand_removes_what_is_left_when_it_is_released_again(world):
    release(world, GOOD)
    assert release(world, replace(CRASHES, monitored=False), on_failure="keep").end == FAILED
    edited(world)
    assert release(world, replace(CRASHES, greeting="worse")).end == FAILED
    assert release(world, GOOD).end == DONE
    names = [name for kind, name in cluster_view.held_by(world, NAME) if kind == "ConfigMap"]
    assert names == [GOOD.config()["metadata"]["name"]]


def test_our_own_object_that_a_failed_set_has_frozen_is_as_it_was(world):
    assert release(world, WithNotes(greeting="one", text="1")).end == DONE
    assert release(world, WithNotes(tag="crash-1", greeting="bad", text="2", frozen=True)).end == FAILED
    assert notes(world)["data"] == {"a": "1"} and not notes(world).get("immutable")
    assert release(world, WithNotes(greeting="two", text="2", frozen=True)).end == DONE
    assert rollback(world).end == DONE
    assert notes(world)["data"] == {"a": "1"} and not notes(world).get("immutable")


@dataclass(frozen=True)
class KeepingNotes(WithNotes):
    """Its ConfigMap stays when a set no longer has it."""

    def objects(self) -> list[dict]:
        *others, notes = super().objects()
        notes["metadata"]["annotations"] = {"modelops.serving/keep": "true"}
        return [*others, notes]


@pytest.mark.parametrize("taken", [KeepingNotes, WithNotes])
def test_an_object_that_was_kept_is_as_it_was_after_a_failure(world, taken):
    assert release(world, KeepingNotes(greeting="one", text="1")).end == DONE
    assert release(world, OTHER).end == DONE
    assert notes(world)["data"] == {"a": "1"}
    assert release(world, taken(tag="crash-1", greeting="bad", text="2")).end == FAILED
    assert notes(world)["data"] == {"a": "1"}
    assert notes(world)["metadata"]["annotations"]["modelops.serving/keep"] == "true"


def test_an_object_that_was_kept_is_as_it_was_after_a_kill_and_a_failure(world):
    assert release(world, KeepingNotes(greeting="one", text="1")).end == DONE
    assert release(world, OTHER).end == DONE
    process = world.new_process()
    world.trouble.rules.append(
        lambda one, method, url: (
            KILL_DONE if one is process and "/deployments" in url and is_write(method, url) else None
        )
    )
    bad = KeepingNotes(tag="crash-1", greeting="bad", text="2")
    assert ended(world, runs.release(world, bad, process)).end == KILLED
    assert notes(world)["data"] == {"a": "2"}
    assert release(world, CRASHES).end == FAILED
    assert notes(world)["data"] == {"a": "1"}


def test_a_removal_removes_what_has_lost_its_labels(world):
    """By its fields it is ours all the same."""
    release(world, GOOD)
    label = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}}
    world.direct.patch(deployment(world), label, "helm")
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert deployment(world) is None


def hold(world: World, kind: str) -> None:
    """A finalizer of a controller that does not let go."""
    held = world.direct.get(kind, NAMESPACE, NAME)
    world.direct.patch(held, {"metadata": {"finalizers": ["example/holds"]}}, "some-controller")


@pytest.mark.parametrize("kind", ["Service", "Deployment", "PodDisruptionBudget"])
def test_a_removal_names_what_is_held(world, kind):
    release(world, GOOD)
    hold(world, kind)
    run = ended(world, runs.absent(world, NAME, timeout=30))
    assert run.end == DONE
    assert f"{kind}/{NAME} (held by example/holds)" in " ".join(run.outcome.notes), run.outcome.notes


def test_what_is_going_is_nothing_that_stood(world):
    """The next installation waits for it, and goes back to nothing where it fails."""
    release(world, GOOD)
    hold(world, "Service")
    ended(world, runs.absent(world, NAME, timeout=5))
    preview = ended(world, runs.preview(world, CRASHES))
    assert any(f"Service/{NAME} is being deleted" in text for text in preview.outcome.warnings)
    assert {"kind": "Service", "name": NAME, "action": "create"}.items() <= next(
        change for change in preview.outcome.changes if change["kind"] == "Service"
    ).items()
    run = runs.release(world, CRASHES)
    world.pass_time(5)
    let_go = {"metadata": {"finalizers": None}}
    world.direct.patch(world.direct.get("Service", NAMESPACE, NAME), let_go, "some-controller")
    assert ended(world, run).end == FAILED
    assert "r0" not in run.text and "removed again" in run.outcome.restored, run.outcome.restored


def test_a_removal_after_a_rollback_to_what_stood_before_gives_it_back(world):
    others_serve(world)
    assert release(world, GOOD, adopt=True).end == DONE
    assert rollback(world).end == DONE
    assert answer(world) == "of others"
    assert ended(world, runs.absent(world, NAME)).end == DONE
    world.pass_time(20)
    assert answer(world) == "of others" and cluster_view.held_by(world, NAME) == {}


def test_what_a_killed_adoption_took_was_not_relabelled_by_somebody(world):
    for obj in Wanted(tag="good-0", greeting="of others").objects():
        obj["metadata"] |= {"namespace": NAMESPACE, "labels": {INSTANCE: "legacy"}}
        world.direct.create(world.direct.resource(obj["kind"]), obj, "helm")
    world.pass_time(20)
    process = world.new_process()
    world.trouble.rules.append(lambda one, *sent: KILL_DONE if one is process and taken_over(*sent) else None)
    assert ended(world, runs.release(world, GOOD, process, adopt=True)).end == KILLED
    run = release(world, GOOD, adopt=True)
    assert run.end == DONE and not [text for text in run.outcome.warnings if "label" in text]


@dataclass(frozen=True)
class Unprobed(Wanted):
    """Its pods count as ready as soon as they run."""

    def deployment(self) -> dict:
        found = super().deployment()
        found["spec"]["template"]["spec"]["containers"][0].pop("readinessProbe")
        return found


@pytest.mark.parametrize("seconds", range(8))
def test_a_pod_that_runs_for_a_moment_has_not_served(world, seconds):
    """It was applied without waiting and crashes; the next run looks while it is up."""
    release(world, GOOD)
    assert release(world, Unprobed(tag="fades-1", greeting="two"), wait=False).end == DONE
    world.pass_time(seconds)
    assert release(world, CRASHES).end == FAILED
    world.pass_time(40)
    assert answer(world) == "one"
    assert [entry.status for entry in cluster_view.history(world, NAME)][:2] == [revisions.SERVING, revisions.FAILED]


@pytest.mark.parametrize("probed", [Wanted, Unprobed])
@pytest.mark.parametrize("seconds", range(33, 70, 4))
def test_a_pod_that_ends_every_half_minute_does_not_serve(world, seconds, probed):
    """It is up again when the next run looks: it counts when it has run for longer than before."""
    release(world, GOOD)
    assert release(world, probed(tag="sinks-1", greeting="two"), wait=False).end == DONE
    world.pass_time(seconds)
    assert release(world, CRASHES).end == FAILED
    world.pass_time(40)
    assert answer(world) == "one"


@dataclass(frozen=True)
class Renamed(Wanted):
    """A set of the same release whose objects all have other names."""

    def objects(self) -> list[dict]:
        return Wanted(name="store", greeting=self.greeting).objects()


def test_what_a_lost_history_had_goes_though_the_set_has_nothing_of_it(world):
    release(world, GOOD)
    lose_history(world)
    run = release(world, Renamed(greeting="two"))
    assert run.end == DONE
    assert {name for _kind, name in cluster_view.held_by(world, NAME)} == {
        "store",
        Wanted(name="store", greeting="two").config()["metadata"]["name"],
    }


STATUS = {"metadata": {"labels": {"modelops.serving/status": None}}}
NUMBER = {"metadata": {"labels": {"modelops.serving/revision": "x2"}}}


def record(world: World, number: int) -> dict:
    return world.direct.get("Secret", NAMESPACE, revisions.secret_name(NAME, number))


def without_record(world: World, number: int) -> None:
    world.direct.delete(record(world, number))


def without_status(world: World, number: int) -> None:
    world.direct.patch(record(world, number), STATUS, "kubectl-label")


def as_failed(world: World, number: int) -> None:
    label = {"metadata": {"labels": {revisions.STATUS_LABEL: revisions.FAILED}}}
    world.direct.patch(record(world, number), label, "kubectl-label")


@pytest.mark.parametrize("lose", [without_record, without_status, as_failed])
@pytest.mark.parametrize("before", [[GOOD, OTHER], [OTHER], [OTHER, CRASHES]], ids=["two", "one", "a failure after it"])
def test_what_serves_stands_after_a_failure_whatever_its_record_says(world, lose, before):
    """Somebody removed or changed the record of the revision that serves."""
    for wanted in before:
        release(world, wanted)
    number = next(entry.number for entry in cluster_view.history(world, NAME) if entry.status == revisions.SERVING)
    lose(world, number)
    run = release(world, CRASHES)
    assert run.end == FAILED
    world.pass_time(20)
    assert answer(world) == "two", run
    assert release(world, THIRD).end == DONE and answer(world) == "three"
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert cluster_view.held_by(world, NAME) == {}


def test_a_record_whose_number_somebody_changed_is_read_all_the_same(world):
    release(world, GOOD)
    release(world, OTHER)
    world.direct.patch(record(world, 2), NUMBER, "kubectl-label")
    assert release(world, CRASHES).end == FAILED
    assert answer(world) == "two"
    assert rollback(world).end == DONE and answer(world) == "one"


@pytest.mark.parametrize("following", [SLOW_START, CRASHES], ids=["a good one", "a failure"])
def test_a_record_that_is_removed_while_a_run_works_on_it_is_made_again(world, following):
    release(world, GOOD)
    run = runs.release(world, following)
    world.pass_time(2)
    without_record(world, 2)
    assert ended(world, run).end == (DONE if following is SLOW_START else FAILED), run
    assert any("was made again" in text for text in run.outcome.warnings)
    assert answer(world) == ("two" if following is SLOW_START else "one")
    statuses = {entry.number: entry.status for entry in cluster_view.history(world, NAME)}
    assert statuses == ({1: "superseded", 2: "serving"} if following is SLOW_START else {1: "serving", 2: "failed"})


def test_a_record_that_has_lost_its_release_is_named(world):
    release(world, GOOD)
    label = {"metadata": {"labels": {revisions.RELEASE_LABEL: None}}}
    world.direct.patch(record(world, 1), label, "kubectl-label")
    run = release(world, OTHER)
    assert run.end == RAISED and "has lost the label modelops.serving/release=shop" in str(run.thread.error)
    assert answer(world) == "one"


def test_a_record_that_cannot_be_read_is_left_out(world):
    """What it said is taken from what stands."""
    release(world, GOOD)
    world.direct.delete(record(world, 1))
    secret = revisions.encode(NAME, NAMESPACE, Revision(1, revisions.SERVING, "h", "", objects=[]))
    world.direct.create(world.direct.resource("Secret"), secret | {"data": {"objects": "bm90IGd6aXA="}}, "kubectl")
    run = release(world, CRASHES)
    assert run.end == FAILED and any("does not hold a revision any more" in text for text in run.outcome.warnings)
    world.pass_time(20)
    assert answer(world) == "one"
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert cluster_view.held_by(world, NAME) == {} and not cluster_view.history(world, NAME)


def corrected(world: World) -> None:
    """Somebody gives the Deployment an image that works."""
    entry = {"name": "api", "image": "registry.example/api:good-9"}
    patch = {"spec": {"template": {"spec": {"containers": [entry]}}}}
    world.direct.patch(deployment(world), patch, "kubectl-patch", STRATEGIC)
    world.pass_time(20)


def test_a_kept_revision_that_was_corrected_by_hand_is_what_serves(world):
    release(world, GOOD)
    assert release(world, Wanted(tag="crash-1", greeting="two"), on_failure="keep").end == FAILED
    corrected(world)
    assert answer(world) == "two"
    run = release(world, Wanted(tag="crash-1", greeting="three"))
    assert run.end == FAILED and run.outcome.restored_revision == 2
    world.pass_time(20)
    assert answer(world) == "two" and "as it was changed by hand" in run.outcome.restored
    assert rollback(world).end == DONE and answer(world) == "one"


def test_a_kept_revision_that_only_served_as_it_was_corrected_is_nothing_to_go_back_to(world):
    release(world, GOOD)
    assert release(world, Wanted(tag="crash-1", greeting="two"), on_failure="keep").end == FAILED
    corrected(world)
    assert release(world, THIRD).end == DONE
    assert rollback(world).end == DONE and answer(world) == "one"


def test_a_rollback_undoes_a_kept_revision_that_was_corrected_by_hand(world):
    release(world, GOOD)
    assert release(world, Wanted(tag="crash-1", greeting="two"), on_failure="keep").end == FAILED
    corrected(world)
    assert rollback(world).end == DONE
    assert answer(world) == "one"


def undone(world: World) -> None:
    """kubectl rollout undo: the template of before."""
    entry = {
        "name": "api",
        "image": GOOD.image,
        "envFrom": [{"configMapRef": {"name": GOOD.config()["metadata"]["name"]}}],
    }
    patch = {"spec": {"template": {"spec": {"containers": [entry]}}}}
    world.direct.patch(deployment(world), patch, "kubectl-rollout", STRATEGIC)


def scaled_away(world: World) -> None:
    world.direct.scale(deployment(world), 0, "kubectl")


def deleted(world: World) -> None:
    world.direct.delete(deployment(world))


@pytest.mark.parametrize("begun", [SLOW_START, NEVER], ids=["good", "never ready"])
@pytest.mark.parametrize("act", [undone, scaled_away])
def test_pods_of_another_set_prove_nothing_of_this_one(world, act, begun):
    """Somebody changes the Deployment while a run follows it."""
    release(world, GOOD)
    run = runs.release(world, begun, timeout=60)
    world.pass_time(5)
    act(world)
    world.finish(run.thread)
    assert run.end == FAILED, run
    assert run.outcome.findings[0].reason == "ChangedMeanwhile"
    world.pass_time(20)
    assert answer(world) == "one"
    assert release(world, THIRD).end == DONE
    assert rollback(world).end == DONE and answer(world) == "one"


def without_service(world: World) -> None:
    world.direct.delete(world.direct.get("Service", NAMESPACE, NAME))


def misled(world: World) -> None:
    service = world.direct.get("Service", NAMESPACE, NAME)
    world.direct.patch(service, {"spec": {"selector": {"app": "another"}}}, "kubectl-edit")


@pytest.mark.parametrize(
    ("act", "object_", "said"),
    [
        (deleted, f"Deployment/{NAME}", "somebody deleted it"),
        (without_service, f"Service/{NAME}", "somebody deleted it"),
        (misled, f"Service/{NAME}", "kubectl-edit changed it: its selector is app=another"),
    ],
)
def test_what_somebody_takes_away_while_a_run_follows_it_is_told_soon(world, act, object_, said):
    release(world, GOOD)
    run = runs.release(world, SLOW_START, timeout=300)
    world.pass_time(5)
    act(world)
    began = world.scheduler.now
    world.finish(run.thread)
    assert run.end == FAILED, run
    first = run.outcome.findings[0]
    assert (first.reason, first.object) == ("ChangedMeanwhile", object_) and said in first.message, first
    assert world.scheduler.now - began < 60
    world.pass_time(20)
    assert answer(world) == "one"


def test_what_comes_back_at_once_was_not_taken_away(world):
    """kubectl replace --force, or another tool that makes it again."""
    release(world, GOOD)
    run = runs.release(world, SLOW_START, timeout=300)
    world.pass_time(5)
    at = deployment(world)
    deleted(world)
    again = {name: at[name] for name in ("apiVersion", "kind", "spec")}
    again["metadata"] = {"name": NAME, "namespace": NAMESPACE, "labels": at["metadata"].get("labels") or {}}
    world.pass_time(1)
    world.direct.create(world.direct.resource("Deployment"), again, "kubectl-replace")
    world.finish(run.thread)
    assert run.end == DONE, run.text


def test_a_namespace_that_is_deleted_while_a_run_follows_it_is_named(world):
    release(world, GOOD)
    run = runs.release(world, SLOW_START, timeout=300)
    world.pass_time(5)
    world.direct.delete(world.direct.get("Namespace", None, NAMESPACE))
    for kind in ("Lease", "Deployment", "Service", "Secret", "ConfigMap"):
        for obj in world.direct.all(kind):
            world.direct.delete(obj)
    world.finish(run.thread)
    assert "API server answers" not in run.text and "Run it again to continue" not in run.text, run.text
    assert "is being deleted" in run.text or "is being terminated" in run.text, run.text


@pytest.mark.parametrize("act", [undone, scaled_away, deleted, misled, without_service])
def test_what_somebody_changes_while_it_bakes_is_seen(world, act):
    release(world, GOOD)
    run = runs.release(world, OTHER, bake=BAKE)
    world.pass_time(12)
    act(world)
    world.finish(run.thread)
    assert run.end == FAILED, run
    world.pass_time(20)
    assert answer(world) == "one"


def test_a_service_that_the_set_does_not_have_is_refused_before_the_first_change(world):
    for begin in (runs.release, runs.preview):
        run = ended(world, begin(world, GOOD, verify={"service": "shpo"}))
        assert run.end == RAISED and "verify.service is 'shpo'" in run.text and f"it has {NAME}" in run.text, run
    assert deployment(world) is None


def test_a_preview_names_all_that_the_api_server_would_refuse(world):
    """As the release does, which changes nothing then."""
    release(world, GOOD)
    for begin in (runs.release, runs.preview):
        run = ended(world, begin(world, TwiceInvalid()))
        assert run.end == FAILED, run
        assert [entry.reason for entry in run.outcome.findings] == ["ObjectRefused"] * 2, run
        assert run.outcome.restored == "no object was changed: r1 stands"
    assert answer(world) == "one"


@dataclass(frozen=True)
class TwiceInvalid(Wanted):
    def deployment(self) -> dict:
        found = super().deployment()
        found["spec"]["minReadySeconds"] = "two"
        return found

    def service(self) -> dict:
        found = super().service()
        found["spec"]["foo"] = 1
        return found


def test_the_preview_of_an_adoption_shows_what_is_kept(world):
    others_have_notes(world)
    run = ended(world, runs.preview(world, WithNotes(text="1"), adopt=True))
    change = next(entry for entry in run.outcome.changes if entry["name"] == "notes")
    assert change["diff"]["after"]["data"] == {"a": "1"}, change


def said(run: Run) -> dict:
    """What changes, and how, by kind and name."""
    return {(change["kind"], change["name"]): change["diff"] for change in run.outcome.changes}


def test_the_preview_of_an_adoption_shows_what_comes(world):
    """What the API server fills in stays, and what others have beside the set goes."""
    others_serve(world)
    theirs = {"metadata": {"labels": {"who": "me"}}, "spec": {"minReadySeconds": 7}}
    world.direct.patch(deployment(world), theirs, "kubectl-client-side-apply")
    others_have_notes(world)
    wanted = WithNotes(greeting="one", text="2")
    run = ended(world, runs.preview(world, wanted, adopt=True))
    assert said(run) == said(release(world, wanted, adopt=True))
    of_deployment = next(change for change in run.outcome.changes if change["kind"] == "Deployment")["diff"]
    assert "minReadySeconds" in of_deployment["before"]["spec"]
    assert "minReadySeconds" not in of_deployment["after"]["spec"] and "strategy" in of_deployment["after"]["spec"]


def test_the_preview_of_a_removal_keeps_what_is_given_back(world):
    others_serve(world)
    assert release(world, GOOD, adopt=True).end == DONE
    assert rollback(world).end == DONE
    run = ended(world, runs.absent_preview(world, NAME))
    assert not [entry for entry in run.outcome.changes if entry["kind"] == "Deployment"]
    assert any("given back to its owners: " in text and "Deployment/shop" in text for text in run.outcome.notes)


@dataclass(frozen=True)
class WithoutDeployment(Wanted):
    def objects(self) -> list[dict]:
        return [obj for obj in super().objects() if obj["kind"] != "Deployment"]


@pytest.mark.parametrize("begin", [runs.release, runs.preview])
def test_a_set_that_has_lost_its_deployment_is_refused(world, begin):
    """In check mode, too."""
    release(world, GOOD)
    run = ended(world, begin(world, WithoutDeployment()))
    assert run.end == RAISED and "has no Deployment" in str(run.thread.error), run


# The lock

SLOW = Wanted(tag="slow20-1", greeting="slow")


def the_lease(world: World) -> dict | None:
    return next(iter(world.direct.all("Lease")), None)


def under_way(world: World) -> Run:
    """A release that waits for slow pods."""
    release(world, GOOD)
    run = runs.release(world, SLOW, world.new_process("here"))
    world.pass_time(3)
    return run


def test_a_lease_that_somebody_removed_is_taken_again(world):
    run = under_way(world)
    world.direct.delete(the_lease(world))
    world.pass_time(10)
    assert the_lease(world)["spec"]["holderIdentity"].startswith("here/")
    assert ended(world, run).end == DONE, run
    assert "was gone: this run has taken it again" in run.text
    assert answer(world) == "slow" and the_lease(world) is None


def test_a_lease_that_somebody_wrote_upon_is_still_this_run_s(world):
    run = under_way(world)
    world.direct.patch(the_lease(world), {"metadata": {"annotations": {"by": "hand"}}}, "kubectl-annotate")
    assert ended(world, run).end == DONE, run
    assert the_lease(world) is None


def test_a_lease_that_somebody_removed_and_another_run_took_is_its(world):
    run = under_way(world)
    world.direct.delete(the_lease(world))
    other = runs.release(world, THIRD, world.new_process("there"))
    world.finish(run.thread, other.thread)
    assert run.end == RAISED and "another run (there/" in run.text, run
    assert other.end == DONE and answer(world) == "three"


def test_a_run_that_another_one_has_overtaken_stops(world):
    """Somebody removed its lease, and the other one was over before it was missed."""
    run = under_way(world)
    world.direct.delete(the_lease(world))
    other = ended(world, runs.release(world, THIRD, world.new_process("there"), wait=False))
    assert other.end == DONE
    assert ended(world, run).end == RAISED and "has worked on the release" in run.text, run
    world.pass_time(40)
    assert answer(world) == "three"
    assert release(world, THIRD).end == DONE


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


# A run that stood still for a while


def test_a_run_that_was_frozen_goes_on_where_nobody_took_its_lock(world):
    run = under_way(world)
    world.scheduler.freeze(run.process, 60)
    assert ended(world, run).end == DONE, run
    assert the_lease(world) is None


def test_a_run_that_was_frozen_says_who_has_gone_on(world):
    run = under_way(world)
    world.scheduler.freeze(run.process, 90)
    other = ended(world, runs.release(world, THIRD, world.new_process("there")))
    assert other.end == DONE
    world.finish(run.thread)
    assert run.end == RAISED, run
    assert "is applied and not judged" not in run.text and "has worked on the release" in run.text, run.text
    world.pass_time(20)
    assert answer(world) == "three" and the_lease(world) is None


@dataclass(frozen=True)
class OtherAutoscaler(Wanted):
    """Its autoscaler has another name, and it names a number of replicas beside it."""

    def objects(self) -> list[dict]:
        found = super().objects()
        found.append(self.autoscaler())
        found[-1]["metadata"]["name"] = "other"
        found[1]["spec"]["replicas"] = self.replicas
        return found


@pytest.mark.parametrize("tag", ["good-1", "crash-1"])
def test_replicas_under_an_autoscaler_that_stands_are_not_lowered_when_another_one_goes(world, tag):
    release(world, replace(GOOD, autoscaled=True))
    world.controllers.autoscalers.wanted[NAME] = 4
    world.pass_time(40)
    run = release(world, OtherAutoscaler(tag=tag, greeting="two", replicas=1))
    assert run.end == (DONE if tag == "good-1" else FAILED), run
    assert deployment(world)["spec"]["replicas"] == 4 and "replicas: 1" not in run.text


def test_nor_under_one_that_somebody_else_has_made(world):
    release(world, replace(GOOD, autoscaled=True))
    theirs = GOOD.autoscaler()
    theirs["metadata"] = {"name": "theirs", "namespace": NAMESPACE}
    world.direct.create(world.direct.resource("HorizontalPodAutoscaler"), theirs, "kubectl-create")
    world.controllers.autoscalers.wanted[NAME] = 4
    world.pass_time(40)
    world.controllers.autoscalers.step = lambda: None
    assert release(world, replace(OTHER, replicas=1)).end == DONE
    assert deployment(world)["spec"]["replicas"] == 4


def test_what_was_changed_by_hand_stays_so_when_a_failed_set_s_autoscaler_goes(world):
    release(world, replace(GOOD, replicas=1))
    world.direct.scale(deployment(world), 4, "kubectl")
    corrected(world)
    run = release(world, replace(CRASHES, autoscaled=True))
    assert run.end == FAILED and "as it was changed by hand" in run.outcome.restored
    world.pass_time(40)
    at = deployment(world)
    assert at["spec"]["replicas"] == 4
    assert at["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":good-9")


def test_what_a_failed_set_made_goes_though_an_older_revision_had_it(world):
    """It was pruned since, and somebody has changed what serves by hand."""
    release(world, replace(GOOD, autoscaled=True))
    release(world, replace(OTHER, budget=False))
    corrected(world)
    run = release(world, replace(CRASHES, autoscaled=True))
    assert run.end == FAILED and "as it was changed by hand" in run.outcome.restored
    held = {kind for kind, _name in cluster_view.held_by(world, NAME)}
    assert not held & {"HorizontalPodAutoscaler", "PodDisruptionBudget"}


def test_what_a_killed_run_had_still_to_prune_goes_when_its_set_stands_again(world):
    release(world, GOOD)
    process = world.new_process()
    world.trouble.rules.append(
        lambda one, method, url: (
            KILL if one is process and method == "DELETE" and "/poddisruptionbudgets/" in url else None
        )
    )
    assert ended(world, runs.release(world, replace(OTHER, budget=False), process)).end == KILLED
    assert ("PodDisruptionBudget", NAME) in cluster_view.held_by(world, NAME)
    assert release(world, CRASHES).end == FAILED
    assert answer(world) == "two"
    assert ("PodDisruptionBudget", NAME) not in cluster_view.held_by(world, NAME)


def removals_are_denied(world: World) -> None:
    world.trouble.rules.append(
        lambda _process, method, url: DENIED if method == "DELETE" and "/configmaps/" in url else None
    )


def test_a_removal_that_a_policy_denies_fails_no_release(world):
    release(world, GOOD)
    removals_are_denied(world)
    run = release(world, OTHER)
    assert run.end == DONE and answer(world) == "two", run
    assert any("denied request: kept" in note for note in run.outcome.notes), run.outcome.notes
    assert rollback(world).end == DONE and answer(world) == "one"
    bad = release(world, CRASHES)
    assert bad.end == FAILED and bad.outcome.restored_revision == 3, bad.outcome.restored
    gone = ended(world, runs.absent(world, NAME))
    assert gone.end == DONE and {kind for kind, _name in cluster_view.held_by(world, NAME)} == {"ConfigMap"}


@pytest.mark.parametrize("following", ["a good one", "a failure"])
def test_a_rollback_goes_to_what_served_last_though_its_record_is_lost(world, following):
    release(world, GOOD)
    release(world, OTHER)
    without_record(world, 2)
    if following == "a good one":
        assert release(world, THIRD).end == DONE
        assert rollback(world).end == DONE and answer(world) == "two"
        return
    assert release(world, CRASHES).end == FAILED
    assert answer(world) == "two"
    assert rollback(world).end == DONE and answer(world) == "one"


def added(world: World) -> None:
    entry = {"name": "api", "env": [{"name": "DEBUG", "value": "1"}]}
    patch = {"spec": {"template": {"spec": {"containers": [entry]}}}}
    world.direct.patch(deployment(world), patch, "some-ui", STRATEGIC)


def test_what_somebody_adds_to_the_pods_while_a_run_follows_them_is_seen(world):
    release(world, GOOD)
    run = runs.release(world, SLOW_START, timeout=60)
    world.pass_time(5)
    added(world)
    world.finish(run.thread)
    assert run.end == FAILED and run.outcome.findings[0].reason == "ChangedMeanwhile", run
    assert "some-ui" in run.outcome.findings[0].message
    assert answer(world) == "one"


def test_pods_that_somebody_adds_while_a_run_follows_it_are_its_own(world):
    release(world, GOOD)
    run = runs.release(world, SLOW_START, timeout=60)
    world.pass_time(5)
    world.direct.scale(deployment(world), 3, "kubectl")
    world.finish(run.thread)
    assert run.end == DONE, run
    assert answer(world) == "two" and deployment(world)["spec"]["replicas"] == 3


def test_a_preview_of_a_rollback_keeps_what_is_given_back(world):
    others_have_notes(world)
    release(world, GOOD)
    assert release(world, WithNotes(greeting="two"), adopt=True).end == DONE
    shown = preview(world, lambda session: session.rolled_back(None))
    real = rollback(world)
    removed = [
        [change["name"] for change in outcome.changes if change["action"] == "remove"]
        for outcome in (shown, real.outcome)
    ]
    assert removed[0] == removed[1] and "notes" not in removed[0], removed


def test_a_removal_waits_for_its_own_pods_alone(world):
    release(world, GOOD)
    spec = {"containers": [{"name": "debug", "image": "registry.example/api:good-1"}]}
    debug = {"metadata": {"name": "debug", "namespace": NAMESPACE, "labels": {"app": NAME}}, "spec": spec}
    world.direct.create(world.direct.resource("Pod"), debug, "kubectl-run")
    world.pass_time(20)
    began = world.scheduler.now
    run = ended(world, runs.absent(world, NAME, timeout=120))
    assert run.end == DONE and "debug" not in run.text and world.scheduler.now - began < 60, run.text


def test_a_removal_waits_for_what_is_being_deleted_already(world):
    release(world, GOOD)
    hold(world, "Service")
    world.direct.delete(world.direct.get("Service", NAMESPACE, NAME))
    run = ended(world, runs.absent(world, NAME, timeout=30))
    assert f"Service/{NAME} (held by example/holds)" in " ".join(run.outcome.notes), run.outcome.notes


def test_a_revision_that_asked_for_no_pods_is_no_goal_of_a_rollback(world):
    release(world, GOOD)
    release(world, replace(GOOD, replicas=0))
    release(world, OTHER)
    assert rollback(world).end == DONE
    assert answer(world) == "one"


def test_a_run_that_has_lost_its_lock_says_so_and_blames_no_pod_of_another(world):
    release(world, GOOD)
    run = runs.release(world, SLOW_START, world.new_process("here"))
    world.pass_time(3)
    world.direct.delete(the_lease(world))
    other = runs.release(world, CRASHES, world.new_process("there"), on_failure="keep")
    world.finish(run.thread, other.thread)
    assert run.end == RAISED and "Crash" not in run.text, run
    assert "another run" in run.text


def test_a_service_that_a_policy_denies_is_named_as_that(world):
    release(world, GOOD)
    world.trouble.rules.append(
        lambda _process, method, url: DENIED if method == "PATCH" and f"/services/{NAME}" in url else None
    )
    run = release(world, OTHER)
    assert run.end == FAILED
    found = run.outcome.findings[0]
    assert "is not valid" not in found.message and "denied request" in found.message
    assert found.object == f"Service/{NAME}"


# Lost records, frozen runs, and what others own


@pytest.mark.parametrize("lose", [without_record, without_status])
def test_what_served_stays_where_its_record_is_lost_after_a_run_was_killed(world, lose):
    """The run that was killed knows that something stood before it."""
    release(world, GOOD)
    run = runs.release(world, NEVER)
    world.pass_time(5)
    world.kill(run.process)
    assert run.end == KILLED and answer(world) == "one"
    lose(world, 1)
    assert release(world, CRASHES).end == FAILED
    world.pass_time(20)
    assert answer(world) == "one"


def test_a_number_set_by_hand_comes_back_where_a_failed_set_had_an_autoscaler(world):
    release(world, replace(GOOD, replicas=1))
    world.direct.scale(deployment(world), 2, "kubectl")
    world.pass_time(20)
    world.controllers.autoscalers.wanted[NAME] = 4
    run = release(world, replace(NEVER, autoscaled=True), timeout=60)
    assert run.end == FAILED, run
    assert deployment(world)["spec"]["replicas"] == 2, run.outcome.restored
    assert cluster_view.answers(world, NAME).ready == 2


@pytest.mark.parametrize("way", [STILL, STILL_DONE], ids=lambda way: way.name)
@pytest.mark.parametrize("ending", [OTHER, CRASHES], ids=["a good one", "a failure"])
@pytest.mark.parametrize("number", range(3, 60))
def test_a_run_that_stood_still_at_any_request_writes_nothing_over_another(world, number, ending, way):
    """From the third request on, which reads the history: before, it only begins later."""
    release(world, GOOD)
    process = world.new_process("here")
    world.trouble.plan(process, number, way)
    run = runs.release(world, ending, process)
    world.pass_time(60)
    lease = the_lease(world)
    had_the_lock = lease is not None and lease["spec"]["holderIdentity"].startswith("here/")
    assert release(world, THIRD).end == DONE
    stood = {key: obj.get("spec", obj.get("data")) for key, obj in cluster_view.held_by(world, NAME).items()}
    world.finish(run.thread)
    world.pass_time(20)
    if had_the_lock:
        now = {key: obj.get("spec", obj.get("data")) for key, obj in cluster_view.held_by(world, NAME).items()}
        assert now == stood and answer(world) == "three", run.text
        assert run.end != RAISED or "has worked on the release" in run.text, run.text
    assert [entry.status for entry in cluster_view.history(world, NAME)].count(revisions.SERVING) == 1


def test_what_a_lost_run_applied_is_not_nothing_to_change(world):
    """Whose fields they are says nothing of their values."""
    release(world, GOOD)
    assert release(world, NEVER, on_failure="keep", timeout=30).end == FAILED
    without_record(world, 2)
    assert release(world, GOOD).end == DONE
    assert deployment(world)["spec"]["template"]["spec"]["containers"][0]["image"].endswith("good-1")


def test_a_record_that_says_nothing_sensible_stops_nobody(world):
    release(world, GOOD)
    release(world, OTHER)
    damage = {"metadata": {"annotations": {revisions.AFTER_ANNOTATION: "x"}}}
    world.direct.patch(record(world, 1), damage, "kubectl-edit")
    assert release(world, THIRD).end == DONE and answer(world) == "three"
    assert ended(world, runs.absent(world, NAME)).end == DONE


def test_what_stood_before_a_first_release_that_failed_twice_was_never_lost(world):
    others_serve(world)
    for _time in range(2):
        assert release(world, CRASHES, adopt=True).end == FAILED
    assert cluster_view.history(world, NAME)[0].note == "what stood before the first release"


def test_check_mode_shows_the_number_that_a_dropped_autoscaler_leaves(world):
    release(world, replace(GOOD, autoscaled=True))
    world.controllers.autoscalers.wanted[NAME] = 4
    world.pass_time(40)
    fewer = replace(GOOD, replicas=1)
    shown = preview(world, lambda session: session.present(fewer.objects()))
    done = release(world, fewer).outcome
    for outcome in (shown, done):
        found = {(entry["kind"], entry["action"]) for entry in outcome.changes}
        assert found == {("HorizontalPodAutoscaler", "remove"), ("Deployment", "update")}, outcome.changes
    assert deployment(world)["spec"]["replicas"] == 1


def test_what_was_changed_by_hand_stays_though_the_failed_set_has_it_no_longer(world):
    release(world, WithNotes(greeting="one"))
    notes = world.direct.get("ConfigMap", NAMESPACE, "notes")
    world.direct.patch(notes, {"data": {"by": "hand"}}, "kubectl-edit")
    before = world.direct.get("ConfigMap", NAMESPACE, "notes")["data"]
    assert release(world, CRASHES).end == FAILED
    assert world.direct.get("ConfigMap", NAMESPACE, "notes")["data"] == before


def test_a_removal_leaves_what_another_release_has_recorded(world):
    """Somebody has changed its label to this release's name."""
    release(world, WithNotes(greeting="one"))
    label = {"metadata": {"labels": {INSTANCE: "other"}}}
    world.direct.patch(world.direct.get("ConfigMap", NAMESPACE, "notes"), label, "kubectl-label")
    of_other = Wanted(greeting="two", name="other")
    release(world, of_other)
    gone = ended(world, runs.absent(world, "other"))
    assert gone.end == DONE, gone
    assert world.direct.get("ConfigMap", NAMESPACE, "notes") is not None
    assert any("was made by release shop" in text for text in gone.outcome.warnings), gone.outcome.warnings


def test_what_stood_before_is_given_back_after_a_rollback_to_a_rollback(world):
    uids = others_serve(world)
    assert release(world, GOOD, adopt=True, history_limit=1).end == DONE
    assert rollback(world, number=0, history_limit=1).end == DONE
    assert release(world, OTHER, history_limit=1).end == DONE
    assert rollback(world, history_limit=1).end == DONE and answer(world) == "of others"
    assert ended(world, runs.absent(world, NAME)).end == DONE
    now = {key: obj["metadata"]["uid"] for key, obj in cluster_view.configuration(world).items()}
    assert {key: uid for key, uid in now.items() if key in uids} == uids


def test_an_autoscaler_that_somebody_removes_meanwhile_leaves_the_set_s_number(world):
    release(world, replace(GOOD, autoscaled=True))
    world.controllers.autoscalers.wanted[NAME] = 4
    world.pass_time(40)
    run = runs.release(world, replace(SLOW_START, replicas=1))
    world.pass_time(5)
    world.direct.delete(world.direct.get("HorizontalPodAutoscaler", NAMESPACE, NAME))
    assert ended(world, run).end == DONE, run
    assert deployment(world)["spec"]["replicas"] == 1


def given_back(world: World, uids: dict) -> bool:
    """Whether what others made stands again, and is theirs."""
    assert ended(world, runs.absent(world, NAME)).end == DONE
    world.pass_time(20)
    now = {key: obj["metadata"]["uid"] for key, obj in cluster_view.configuration(world).items()}
    return {key: uid for key, uid in now.items() if key in uids} == uids and answer(world) == "of others"


def test_what_stood_before_is_given_back_though_the_rollback_to_it_was_killed(world):
    uids = others_serve(world)
    assert release(world, GOOD, adopt=True).end == DONE
    process = world.new_process()
    world.trouble.rules.append(
        lambda one, method, url: (
            KILL_DONE if one is process and "/deployments" in url and is_write(method, url) else None
        )
    )
    assert ended(world, runs.rollback(world, NAME, 0, process)).end == KILLED
    assert given_back(world, uids)


def test_what_was_adopted_without_waiting_and_never_served_is_given_back(world):
    uids = others_serve(world)
    assert release(world, CRASHES, adopt=True, wait=False).end == DONE
    world.pass_time(20)
    assert given_back(world, uids)


def test_a_number_set_by_hand_survives_a_second_failure(world):
    release(world, replace(GOOD, replicas=1))
    world.direct.scale(deployment(world), 3, "kubectl")
    world.pass_time(20)
    for number in range(2):
        assert release(world, replace(CRASHES, greeting=f"bad {number}", replicas=1)).end == FAILED
        assert deployment(world)["spec"]["replicas"] == 3


def test_one_object_whose_webhook_is_down_stops_no_restore(world):
    release(world, WithNotes(greeting="one"))
    run = runs.release(world, WithNotes(greeting="bad", tag="crash-1", text="3"))
    world.pass_time(2)
    world.trouble.rules.append(
        lambda _process, method, url: UNAVAILABLE_AT_ONCE if method == "PATCH" and "/configmaps/notes" in url else None
    )
    assert ended(world, run).end == FAILED
    assert answer(world) == "one" and run.outcome.restored_revision == 1
    assert "but for ConfigMap/notes" in run.outcome.restored, run.outcome.restored


# Restores that are refused in part, and what others have by then


@dataclass(frozen=True)
class Configured(Wanted):
    """A set with a ConfigMap of its own name, as a configuration whose name is its content."""

    def objects(self) -> list[dict]:
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"shop-{self.greeting}"}, "data": {}}
        return [*super().objects(), config]


def refuse_writes_to_deployments(world: World) -> None:
    world.trouble.rules.append(
        lambda _process, method, url: (
            DENIED if method in ("PATCH", "PUT") and "/deployments/" in url and "dryRun" not in url else None
        )
    )


def failed_and_not_put_back(world: World, tag: str) -> Run:
    """r2, whose failure finds that r1's Deployment is refused by now."""
    release(world, Configured(greeting="one"))
    run = runs.release(world, Configured(greeting="two", tag=tag), timeout=10.0)
    world.pass_time(5)
    refuse_writes_to_deployments(world)
    assert ended(world, run).end == FAILED
    return run


def test_what_pods_need_is_not_removed_where_the_deployment_cannot_be_restored(world):
    run = failed_and_not_put_back(world, "slow20-1")
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-two") is not None
    said = run.outcome.restored
    assert said.startswith("r1 could not be restored: Deployment/shop") and run.outcome.restored_revision is None, said
    world.trouble.rules.clear()
    assert release(world, Configured(greeting="one")).end == DONE
    assert answer(world) == "one" and world.direct.get("ConfigMap", NAMESPACE, "shop-two") is None


def test_a_refusal_over_what_is_left_half_way_does_not_say_that_an_earlier_one_stands(world):
    failed_and_not_put_back(world, "never-1")
    world.trouble.rules[:] = [
        lambda _process, method, url: DENIED if method == "PATCH" and "/deployments/" in url else None
    ]
    again = release(world, Configured(greeting="one"))
    assert again.end == FAILED and again.outcome.restored_revision is None
    assert again.outcome.restored == "no object was changed: r2 is left half-way, and r1 stood before it"


def test_a_restore_takes_nothing_that_another_release_has_by_then(world):
    release(world, WithNotes(greeting="one"))
    world.direct.delete(notes(world))
    assert release(world, replace(WithNotes(greeting="theirs", text="theirs"), name="other")).end == DONE
    run = release(world, Wanted(greeting="bad", tag="crash-1"))
    assert run.end == FAILED and answer(world) == "one"
    assert notes(world)["data"] == {"a": "theirs"} and notes(world)["metadata"]["labels"][INSTANCE] == "other"
    assert "but for ConfigMap/notes (release other has it now: it was left as it is)" in run.outcome.restored


def test_changes_by_hand_survive_a_set_that_is_applied_and_then_asked_for_again(world):
    release(world, replace(GOOD, replicas=1))
    world.direct.scale(deployment(world), 3, "kubectl")
    world.pass_time(20)
    bad = replace(CRASHES, replicas=1)
    assert release(world, bad, wait=False).end == DONE
    world.pass_time(5)
    assert release(world, bad).end == FAILED
    assert answer(world) == "one" and deployment(world)["spec"]["replicas"] == 3


def removals_meet(world: World, trouble: Trouble) -> None:
    """Those of ConfigMaps."""
    world.trouble.rules.append(
        lambda _process, method, url: trouble if method == "DELETE" and "/configmaps/" in url else None
    )


def test_a_webhook_that_is_down_when_something_is_removed_fails_no_good_release(world):
    release(world, Configured(greeting="one"))
    removals_meet(world, UNAVAILABLE_AT_ONCE)
    run = release(world, Configured(greeting="two"))
    assert run.end == DONE, run
    (note,) = [note for note in run.outcome.notes if note.startswith("not removed: ")]
    assert "ConfigMap/shop-one (the server is currently unable to handle the request)" in note
    world.trouble.rules.clear()
    assert release(world, Configured(greeting="three")).end == DONE
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-one") is None


def test_a_removal_whose_webhook_is_down_keeps_its_record(world):
    release(world, Configured(greeting="one"))
    removals_meet(world, UNAVAILABLE_AT_ONCE)
    gone = ended(world, runs.absent(world, NAME))
    assert gone.end == RAISED and "ConfigMap/shop-one" in gone.text, gone
    world.trouble.rules.clear()
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-one") is None


def test_what_was_adopted_and_another_release_has_by_now_stays_that_ones(world):
    others_have_notes(world)
    taken_by_a_kept_failure(world)
    world.direct.delete(notes(world))
    assert release(world, replace(WithNotes(greeting="theirs", text="theirs"), name="other")).end == DONE
    now = notes(world)
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert notes(world)["data"] == {"a": "theirs"}
    assert notes(world)["metadata"]["managedFields"] == now["metadata"]["managedFields"]


@pytest.mark.parametrize("verb", ["POST", "PATCH", "DELETE"])
def test_a_write_that_collides_with_a_quota_s_count_is_sent_again(world, verb):
    """Of the record and of what is pruned: the API server says 409 of a quota that another write has changed."""
    release(world, Configured(greeting="one"))
    met = []

    def once(_process, method: str, url: str) -> Trouble | None:
        of_ours = "/secrets" in url or "/configmaps" in url
        if method != verb or not of_ours or "force=" in url:  # an apply is sent again in any case
            return None
        met.append(url)
        return COLLIDES if len(met) % 2 else None

    world.trouble.rules.append(once)
    run = release(world, Configured(greeting="two"))
    assert run.end == DONE and met, run
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-one") is None


def test_check_mode_names_what_goes_with_a_revision_that_is_forgotten(world):
    for greeting in ("one", "two", "three"):
        assert release(world, Configured(greeting=greeting), wait=False, history_limit=2).end == DONE
        world.pass_time(20)
    options = Options(name=NAME, namespace=NAMESPACE, wait=False, history_limit=2)
    wanted = Configured(greeting="four")
    foreseen = ended(
        world,
        runs.start(
            world,
            "preview",
            lambda session: Preview(session.kube, options).present(wanted.objects()),
            world.new_process(),
            options,
        ),
    ).outcome
    run = release(world, wanted, wait=False, history_limit=2)
    removed = [
        [change["name"] for change in one.changes if change["action"] == "remove"] for one in (foreseen, run.outcome)
    ]
    assert removed[0] == removed[1] and "shop-one" in removed[0], removed


@pytest.mark.parametrize("strange", [REJECTED, REDIRECTED], ids=lambda one: one.name)
def test_what_fails_after_the_verdict_changes_it_no_more(world, strange):
    release(world, Configured(greeting="one"))
    removals_meet(world, strange)
    run = release(world, Configured(greeting="two"))
    assert run.end == DONE and answer(world) == "two", run
    assert [text for text in run.outcome.warnings if text.startswith("r2 serves, and not all that it has no more was")]
    world.trouble.rules.clear()
    assert release(world, Configured(greeting="two")).end == DONE
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-one") is None


@pytest.mark.parametrize("strange", [REJECTED, REDIRECTED], ids=lambda one: one.name)
def test_what_fails_after_a_restore_does_not_undo_it(world, strange):
    release(world, Configured(greeting="one"))
    removals_meet(world, strange)
    run = release(world, Configured(greeting="two", tag="crash-1"))
    assert run.end == FAILED and answer(world) == "one" and run.outcome.restored_revision == 1
    assert run.outcome.restored.startswith("r1 restored in ") and "Not all of r2 was undone" in run.outcome.restored
    world.trouble.rules.clear()
    assert release(world, Configured(greeting="one")).end == DONE
    assert world.direct.get("ConfigMap", NAMESPACE, "shop-two") is None


def test_credentials_that_expire_half_way_are_no_refused_object(world):
    release(world, Configured(greeting="one"))
    world.trouble.rules.append(
        lambda _process, method, url: (
            REJECTED if method == "PATCH" and "dryRun" not in url and "secrets" not in url else None
        )
    )
    run = release(world, Configured(greeting="two"))
    assert run.end == RAISED, run
    assert "401" in run.text and "r2 is applied and not judged; r1 stood before" in run.text, run.text


def test_what_was_judged_and_could_not_be_recorded_says_so(world):
    release(world, Configured(greeting="one"))
    world.trouble.rules.append(
        lambda _process, method, url: (
            REJECTED if method != "GET" and "/secrets" in url and answer(world) == "two" else None
        )
    )
    run = release(world, Configured(greeting="two"))
    assert run.end == RAISED and "r2 passed every check and stands; that is not recorded" in run.text, run.text
    world.trouble.rules.clear()
    assert release(world, Configured(greeting="two")).end == DONE and answer(world) == "two"


# What cannot be given back for now, and what was left


def refuse_to_put_back(world: World, kind: str) -> None:
    """A policy about the content of an object: it refuses the PUT that puts it back, and not the one after that, which
    changes who owns it."""
    plural, met = f"/{kind.lower()}s/", []

    def once(_process, method: str, url: str) -> Trouble | None:
        if method != "PUT" or plural not in url or met:
            return None
        met.append(url)
        return DENIED

    world.trouble.rules.append(once)


def meet_after_the_failure(world: World, run: Run, refuse: Callable[[], None]) -> Run:
    """Once its set is applied, and before it is given up."""
    world.pass_time(2)
    refuse()
    return ended(world, run)


def selector(world: World) -> dict:
    return world.direct.get("Service", NAMESPACE, NAME)["spec"]["selector"]


def others_have_another_service(world: World) -> dict:
    """Their Deployment and Service have labels of their own, and serve."""
    theirs = [
        obj for obj in Wanted(tag="good-0", greeting="of others").objects() if obj["kind"] != "PodDisruptionBudget"
    ]
    for obj in theirs:
        obj["metadata"]["namespace"] = NAMESPACE
        if obj["kind"] == "Service":
            obj["spec"]["selector"] = {"app": "theirs"}
        if obj["kind"] == "Deployment":
            obj["metadata"]["name"] = "theirs"
            obj["spec"]["selector"]["matchLabels"] = {"app": "theirs"}
            obj["spec"]["template"]["metadata"]["labels"] = {"app": "theirs"}
        world.direct.create(world.direct.resource(obj["kind"]), obj, "kubectl-client-side-apply")
    world.pass_time(20)
    return world.direct.get("Service", NAMESPACE, NAME)


def is_theirs(world: World, before: dict) -> bool:
    now = world.direct.get("Service", NAMESPACE, NAME)
    managers = [entry["manager"] for entry in now["metadata"]["managedFields"]]
    return now["spec"] == before["spec"] and managers == ["kubectl-client-side-apply"]


def test_what_cannot_be_given_back_after_a_failure_stays_ours_until_it_can(world):
    before = others_have_another_service(world)
    bad = Wanted(tag="never-1", greeting="bad")
    run = runs.release(world, bad, adopt=True, timeout=10.0)
    assert meet_after_the_failure(world, run, lambda: refuse_to_put_back(world, "Service")).end == FAILED
    assert "whole" not in run.outcome.restored and "Service/shop" in run.outcome.restored, run.outcome.restored
    assert not is_theirs(world, before)
    world.trouble.rules.clear()
    again = release(world, replace(CRASHES, greeting="worse"), adopt=True)
    assert again.end == FAILED and is_theirs(world, before), again.outcome.restored
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert is_theirs(world, before)


def test_a_removal_that_cannot_give_back_says_so_and_keeps_its_record(world):
    before = others_have_another_service(world)
    assert release(world, CRASHES, adopt=True, wait=False).end == DONE
    world.pass_time(5)
    refuse_to_put_back(world, "Service")
    gone = ended(world, runs.absent(world, NAME))
    assert gone.end == RAISED and "not given back" in gone.text and "Service/shop" in gone.text, gone
    assert deployment(world) is not None and recorded(world)
    world.trouble.rules.clear()
    assert ended(world, runs.absent(world, NAME)).end == DONE
    assert is_theirs(world, before)


def test_a_good_release_that_cannot_give_back_keeps_the_record_of_what_stood(world):
    others_have_notes(world)
    release(world, GOOD)
    taken_by_a_kept_failure(world)
    refuse_to_put_back(world, "ConfigMap")
    run = release(world, OTHER, history_limit=2)
    assert run.end == DONE and answer(world) == "two"
    assert [text for text in run.outcome.warnings if "not given back as it stood" in text], run.outcome.warnings
    assert notes(world) is not None and "notes" in str(cluster_view.held_by(world, NAME))
    world.trouble.rules.clear()
    assert release(world, OTHER, history_limit=2).end == DONE
    assert notes(world)["data"] == {"a": "1"} and "notes" not in str(cluster_view.held_by(world, NAME))


def test_an_adopted_object_that_was_frozen_before_is_given_back_with_its_own_content(world):
    frozen = deepcopy(NOTES)
    frozen["metadata"]["namespace"] = NAMESPACE
    world.direct.create(world.direct.resource("ConfigMap"), {**frozen, "immutable": True}, "kubectl-client-side-apply")
    release(world, GOOD)
    same = WithNotes(tag="crash-1", greeting="bad", text="1", frozen=True)
    assert release(world, same, adopt=True, on_failure="keep").end == FAILED
    assert release(world, replace(same, greeting="worse", text="2"), adopt=True).end == FAILED
    assert notes(world)["data"] == {"a": "1"} and notes(world)["immutable"] is True
    assert "notes" not in str(cluster_view.held_by(world, NAME)) and answer(world) == "one"


def test_an_object_that_somebody_froze_by_hand_stands_again_with_its_content(world):
    release(world, WithNotes(greeting="one", text="1"))
    world.direct.patch(notes(world), {"immutable": True}, "kubectl-edit")
    run = release(world, WithNotes(tag="crash-1", greeting="bad", text="2", frozen=True))
    assert run.end == FAILED and answer(world) == "one"
    assert notes(world)["data"] == {"a": "1"}, run.outcome.restored


@dataclass(frozen=True)
class WithKeptNotes(WithNotes):
    """A removal leaves them."""

    def objects(self) -> list[dict]:
        *others, found = super().objects()
        return [*others, {**found, "metadata": {**found["metadata"], "annotations": object_set.KEPT_BY_ANNOTATION}}]


def test_what_a_removed_release_has_left_can_be_taken_over(world):
    release(world, WithKeptNotes(greeting="one", text="1"))
    assert ended(world, runs.absent(world, NAME)).end == DONE
    left, wanted = notes(world), WithNotes(greeting="two", name="other")
    refused = release(world, wanted)
    assert refused.end == RAISED and "left by release shop" in refused.text and "adopt" in refused.text, refused.text
    assert release(world, replace(wanted, tag="crash-1"), adopt=True).end == FAILED
    for part in ("data", "metadata"):
        assert {**notes(world)[part], "resourceVersion": ""} == {**left[part], "resourceVersion": ""}
    assert release(world, wanted, adopt=True).end == DONE
    assert notes(world)["data"] == {"a": "2"} and notes(world)["metadata"]["labels"][INSTANCE] == "other"


def test_what_a_release_that_stands_holds_is_never_left(world):
    release(world, WithKeptNotes(greeting="one", text="1"))
    refused = release(world, WithNotes(greeting="two", name="other"), adopt=True)
    assert refused.end == RAISED and "another release holds" in refused.text, refused.text
    for secret in world.direct.all("Secret"):
        world.direct.delete(secret)
    refused = release(world, WithNotes(greeting="two", name="other"), adopt=True)
    assert refused.end == RAISED and "another release holds" in refused.text, refused.text


# What the API server fills in


@dataclass(frozen=True)
class WithStrategy(Wanted):
    """``strategy`` "": the set names none."""

    strategy: str = ""

    def deployment(self) -> dict:
        found = super().deployment()
        del found["spec"]["strategy"]
        return {**found, "spec": {**found["spec"], **({"strategy": {"type": self.strategy}} if self.strategy else {})}}


def strategy(world: World) -> str:
    return deployment(world)["spec"]["strategy"]["type"]


def test_another_strategy_of_updates_comes_and_goes(world):
    release(world, WithStrategy(greeting="one", strategy="Recreate"))
    assert release(world, WithStrategy(greeting="bad", tag="crash-1")).end == FAILED
    assert answer(world) == "one" and strategy(world) == "Recreate"
    assert release(world, WithStrategy(greeting="two")).end == DONE
    assert answer(world) == "two" and strategy(world) == "RollingUpdate"
    assert rollback(world).end == DONE
    assert answer(world) == "one" and strategy(world) == "Recreate"


def test_what_is_invalid_is_refused_before_the_change_though_the_set_names_other_fields(world):
    release(world, WithStrategy(greeting="one", strategy="Recreate"))
    objects = WithStrategy(greeting="two").objects()
    objects[1]["spec"]["template"]["spec"]["containers"][0]["image"] = ""
    before = deployment(world)
    options = runs.Options(name=NAME, namespace=NAMESPACE)
    run = runs.start(world, "release", lambda session: session.present(objects), world.new_process(), options)
    assert ended(world, run).end == FAILED
    assert run.outcome.restored == "no object was changed: r1 stands" and "Required value" in run.text
    assert deployment(world) == before


# What keeps the way back from being gone


def test_what_stood_comes_back_though_the_record_cannot_be_written(world):
    """A policy freezes Secrets while the release is followed."""
    release(world, GOOD)
    run = runs.release(world, Wanted(tag="never-1", greeting="bad"), timeout=10.0)

    def freeze() -> None:
        world.trouble.rules.append(
            lambda _process, method, url: DENIED if method in ("PATCH", "PUT") and "/secrets/" in url else None
        )

    assert meet_after_the_failure(world, run, freeze).end == FAILED
    assert answer(world) == "one" and run.outcome.restored.startswith("r1 restored"), run.outcome.restored
    world.trouble.rules.clear()
    assert release(world, OTHER).end == DONE and answer(world) == "two"


@dataclass(frozen=True)
class WithNamespace(Wanted):
    """A set whose Namespace has a label."""

    def objects(self) -> list[dict]:
        meta = {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}
        return [*super().objects(), {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}]


def is_restricted(world: World) -> bool:
    namespace = world.direct.get("Namespace", None, NAMESPACE)
    return "pod-security.kubernetes.io/enforce" in namespace["metadata"]["labels"]


def test_labels_that_a_failed_set_brought_to_its_namespace_go_with_it(world):
    release(world, GOOD)
    assert release(world, WithNamespace(tag="crash-1", greeting="bad")).end == FAILED
    assert answer(world) == "one" and not is_restricted(world)
    assert release(world, WithNamespace(greeting="two")).end == DONE and is_restricted(world)
    assert release(world, THIRD).end == DONE and not is_restricted(world)


@pytest.mark.parametrize("adopt", [False, True])
def test_what_others_have_said_of_its_namespace_is_not_overwritten(world, adopt):
    release(world, GOOD)
    theirs = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}
    world.direct.patch(world.direct.get("Namespace", None, NAMESPACE), theirs, "kubectl-label")
    run = release(world, WithNamespace(tag="crash-1", greeting="bad"), adopt=adopt)
    assert run.end == RAISED and "enforce=privileged from somebody else" in run.text, run.text
    labels = world.direct.get("Namespace", None, NAMESPACE)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged" and answer(world) == "one"


def test_what_others_have_said_alike_stays_theirs(world):
    release(world, GOOD)
    theirs = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    world.direct.patch(world.direct.get("Namespace", None, NAMESPACE), theirs, "kubectl-label")
    assert release(world, WithNamespace(tag="crash-1", greeting="bad")).end == FAILED
    assert is_restricted(world) and answer(world) == "one"


def test_a_frozen_object_that_could_not_be_made_again_is_not_removed(world):
    release(world, WithNotes(greeting="one", text="1", frozen=True))
    world.trouble.rules.append(
        lambda _process, method, url: DENIED if method == "POST" and "/configmaps" in url else None
    )
    run = release(world, WithNotes(greeting="one", text="2", frozen=True))
    assert run.end == FAILED and run.outcome.restored == "no object was changed: r1 stands", run
    assert notes(world)["data"] == {"a": "1"}


def test_an_api_server_that_is_away_for_longer_than_the_lock_lasts_ends_no_run(world):
    release(world, GOOD)
    run = runs.release(world, Wanted(tag="never-1", greeting="bad"), timeout=60.0)
    world.pass_time(3)
    away = world.scheduler.now + 45
    world.trouble.rules.append(lambda *_request: RESET if world.scheduler.now < away else None)
    assert ended(world, run).end == FAILED, run.text
    world.pass_time(20)
    assert answer(world) == "one" and run.outcome.restored_revision == 1


def test_a_namespace_of_somebody_else_is_not_changed(world):
    meta = {"name": "theirs", "labels": {"team": "a"}}
    world.direct.create(world.direct.resource("Namespace"), {"metadata": meta}, "kubectl-create")

    @dataclass(frozen=True)
    class WithAnother(Wanted):
        def objects(self) -> list[dict]:
            theirs = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "theirs", "labels": {"team": "b"}}}
            return [*super().objects(), theirs]

    for adopt in (False, True):  # what it had is recorded nowhere
        run = release(world, WithAnother(), adopt=adopt)
        assert run.end == RAISED and "Namespace/theirs (managed by kubectl-create)" in run.text, run.text
    assert world.direct.get("Namespace", None, "theirs")["metadata"]["labels"]["team"] == "a"


def test_what_is_left_beside_an_adoption_is_named(world):
    theirs = Wanted(tag="good-0", greeting="of others", autoscaled=True).objects()
    for obj in theirs:
        obj["metadata"] |= {"namespace": NAMESPACE, "labels": {INSTANCE: NAME}}
        world.direct.create(world.direct.resource(obj["kind"]), obj, "helm")
    world.pass_time(20)
    for adopt in (True, False, False):  # while it stands, every run says so, one that changes nothing, too
        run = release(world, replace(GOOD, budget=False), adopt=adopt)
        assert run.end == DONE
        (told,) = [text for text in run.outcome.warnings if "still at work" in text]
        assert "HorizontalPodAutoscaler/shop (managed by helm)" in told and "PodDisruptionBudget/shop" in told
        assert "Service" not in told and "Deployment" not in told
    run = ended(world, runs.absent(world, NAME))
    assert run.end == DONE and "HorizontalPodAutoscaler/shop (managed by helm)" in str(run.outcome.warnings)


def test_a_page_in_the_place_of_an_answer_is_asked_past(world):
    """Of a proxy, with status 200, once in the middle of applying."""
    release(world, GOOD)
    met = []

    def once(_process, method: str, url: str) -> Trouble | None:
        if method != "PATCH" or "/deployments/" not in url or "dryRun" in url or met:
            return None
        met.append(url)
        return PAGE

    world.trouble.rules.append(once)
    assert release(world, OTHER).end == DONE and met
    assert answer(world) == "two"


def test_pages_in_the_place_of_answers_say_what_is_left(world):
    release(world, GOOD)
    world.trouble.rules.append(
        lambda _process, method, url: (
            PAGE if method == "PATCH" and "/deployments/" in url and "dryRun" not in url else None
        )
    )
    run = release(world, OTHER)
    assert run.end == RAISED and "r2 is applied and not judged; r1 stood before" in run.text, run.text
    world.trouble.rules.clear()
    assert release(world, OTHER).end == DONE and answer(world) == "two"


def test_a_rollback_to_what_others_had_that_fails_promises_nothing_of_a_removal(world):
    others_serve(world)
    assert release(world, GOOD, adopt=True).end == DONE
    world.direct.delete(
        world.direct.get("ConfigMap", NAMESPACE, Wanted(greeting="of others").config()["metadata"]["name"])
    )
    refuse_writes_to_deployments(world)
    run = rollback(world)
    assert run.end != DONE
    assert not [note for note in run.outcome.notes if "gives it back" in note]


# What a finalizer holds


def hold_notes(world: World) -> None:
    world.direct.patch(notes(world), {"metadata": {"finalizers": ["example/holds"]}}, "some-controller")


def test_what_would_not_go_is_not_removed_to_be_changed(world):
    release(world, WithNotes(greeting="one", text="1", frozen=True))
    hold_notes(world)
    before = notes(world)
    run = release(world, WithNotes(greeting="two", text="2", frozen=True))
    assert run.end == FAILED and "example/holds would hold its removal" in run.text, run.text
    assert run.outcome.restored == "no object was changed: r1 stands"
    assert notes(world) == before


def test_what_could_not_be_put_back_is_not_frozen(world):
    others_serve(world)
    others_have_notes(world)
    hold_notes(world)
    before = notes(world)
    run = release(world, WithNotes(tag="crash-1", greeting="bad", frozen=True), adopt=True)
    assert run.end == FAILED and "could not be put back as it is" in run.text, run.text
    assert notes(world) == before and answer(world) == "of others"


def test_what_would_lose_its_owner_is_not_frozen(world):
    others_serve(world)
    others_have_notes(world)
    owner = {"apiVersion": "v1", "kind": "Service", "name": NAME}
    owner["uid"] = world.direct.get("Service", NAMESPACE, NAME)["metadata"]["uid"]
    world.direct.patch(notes(world), {"metadata": {"ownerReferences": [owner]}}, "an-operator")
    before = notes(world)
    run = release(world, WithNotes(tag="crash-1", greeting="bad", frozen=True), adopt=True)
    assert run.end == FAILED and f"made anew it would not be Service/{NAME}'s" in run.text, run.text
    assert notes(world) == before and answer(world) == "of others"


def test_what_is_going_while_it_is_put_back_is_made_anew(world):
    """Their controller holds it from after the adoption on, and lets go a while after the failure."""
    others_serve(world)
    others_have_notes(world)
    run = runs.release(world, WithNotes(tag="crash-1", greeting="bad", frozen=True), adopt=True)
    world.pass_time(1)
    hold_notes(world)

    def is_going() -> bool:
        return "deletionTimestamp" in notes(world)["metadata"]

    for _second in range(120):
        world.pass_time(1)
        if notes(world) is not None and is_going():
            break
    assert is_going()
    world.direct.patch(notes(world), {"metadata": {"finalizers": None}}, "some-controller")
    assert ended(world, run).end == FAILED
    assert run.outcome.restored.startswith("r0 restored whole"), run.outcome.restored
    assert notes(world)["data"] == {"a": "1"} and not notes(world).get("immutable")


# What Helm has left


def test_a_configuration_that_the_chart_once_made_is_taken_as_it_is(world):
    """It is named by its content, too, and an upgrade leaves those of before."""
    release(world, GOOD)
    theirs = OTHER.config()
    theirs["metadata"] |= {"namespace": NAMESPACE, "labels": {INSTANCE: NAME}}
    world.direct.create(world.direct.resource("ConfigMap"), deepcopy(theirs), "helm")
    assert release(world, replace(OTHER, tag="crash-1")).end == FAILED and answer(world) == "one"
    assert release(world, OTHER).end == DONE and answer(world) == "two"
    assert rollback(world).end == DONE and answer(world) == "one"


def test_one_of_the_same_name_with_something_else_in_it_is_not(world):
    release(world, GOOD)
    theirs = OTHER.config()
    theirs["metadata"] |= {"namespace": NAMESPACE, "labels": {INSTANCE: NAME}}
    theirs["data"]["GREETING"] = "three"
    world.direct.create(world.direct.resource("ConfigMap"), theirs, "helm")
    run = release(world, OTHER)
    assert run.end == RAISED and "adopt" in run.text and answer(world) == "one"


# What a policy does not let go


def keep_configurations(world: World) -> None:
    world.trouble.rules.append(
        lambda _process, method, url: DENIED if method == "DELETE" and "/configmaps/" in url else None
    )


def configurations(world: World) -> set[str]:
    return {name for kind, name in cluster_view.held_by(world, NAME) if kind == "ConfigMap"}


@pytest.mark.parametrize("fails", [False, True])
def test_what_could_not_be_removed_is_removed_when_it_may_be(world, fails):
    """However many revisions later, though the history has room for fewer."""
    release(world, GOOD, history_limit=2)
    keep_configurations(world)
    for number in range(4):
        tag = f"crash-{number + 1}" if fails else "good-1"
        release(world, Wanted(greeting=f"g{number}", tag=tag), history_limit=2)
    assert len(configurations(world)) == 5
    world.trouble.rules.clear()
    for wanted in (OTHER, THIRD):
        assert release(world, wanted, history_limit=2).end == DONE
    assert configurations(world) == {THIRD.config()["metadata"]["name"]}
    assert len(recorded(world)) == 2


@pytest.mark.parametrize("seconds", [0.5, 30])
def test_a_proxy_s_404_says_of_no_object_that_it_is_gone(world, seconds):
    release(world, GOOD)
    run = runs.absent(world, NAME)
    until = world.scheduler.now + seconds
    world.trouble.rules.append(
        lambda _process, _method, url: (
            NO_SUCH_PAGE if world.scheduler.now < until and ("/services" in url or "/deployments" in url) else None
        )
    )
    if ended(world, run).end == DONE:
        assert seconds < 1, run.text
        assert deployment(world) is None and cluster_view.held_by(world, NAME) == {}
    else:
        assert recorded(world) == [1] and "no API server answers" in run.text, run.text
    world.trouble.rules.clear()
    again = ended(world, runs.absent(world, NAME))
    assert again.end == DONE, again.text
    assert deployment(world) is None and cluster_view.held_by(world, NAME) == {}


# What is not there when a run reads, and is when it writes


def makes_meanwhile(world: World, after: str, made: dict) -> None:
    """Somebody makes an object as soon as one stands whose name begins so."""
    done = []

    def changed(change) -> None:
        at = change.after.document if change.after is not None else None
        if at is not None and at["metadata"]["name"].startswith(after) and not done:
            done.append(at)
            world.direct.create(world.direct.resource(made["kind"]), deepcopy(made), "kubectl-create")

    world.api.store.listeners.append(changed)


@pytest.mark.parametrize("adopt", [False, True])
@pytest.mark.parametrize("tag", ["good-2", "crash-1"])
def test_what_somebody_makes_meanwhile_is_theirs(world, tag, adopt):
    """Where it has other fields, no field is in conflict."""
    release(world, GOOD)
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{NAME}-settings", "namespace": NAMESPACE}}
    makes_meanwhile(world, f"{NAME}-config", {**theirs, "data": {"THEIRS": "precious"}})
    run = release(world, Wanted(tag=tag, greeting="two", settings="mutable"), adopt=adopt)
    found = world.direct.get("ConfigMap", NAMESPACE, f"{NAME}-settings")
    assert run.end == FAILED and answer(world) == "one", run
    assert found["data"] == {"THEIRS": "precious"} and INSTANCE not in (found["metadata"].get("labels") or {}), found
    assert "made by somebody else meanwhile" in run.text


# Services that would leave the pods that serve


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


# Sets at the limit of what can be recorded


@dataclass(frozen=True)
class Large(Wanted):
    """With a ConfigMap that does not compress."""

    size: int = 1_300_000

    def settings_map(self) -> dict:
        text = Random(7).randbytes(self.size // 2).hex()
        return {**super().settings_map(), "data": {"DATA": text}}


def test_what_somebody_changed_of_a_large_object_stands_in_nobody_s_way(world):
    release(world, Large(greeting="one", settings="mutable"))
    at = world.direct.get("ConfigMap", NAMESPACE, f"{NAME}-settings")
    world.direct.patch(at, {"data": {"THEIRS": "1"}}, "kubectl-edit")
    run = release(world, Large(tag="crash-1", greeting="two", settings="mutable"))
    assert run.end == FAILED and answer(world) == "one", run
    assert "too large to be recorded as it was changed by hand" in str(run.outcome.warnings)
    assert world.direct.get("ConfigMap", NAMESPACE, f"{NAME}-settings")["data"]["THEIRS"] == "1"


def test_a_preview_says_that_a_set_is_too_large(world):
    release(world, GOOD)
    for begin in (runs.release, runs.preview):
        run = ended(world, begin(world, Large(settings="mutable", size=3_000_000)))
        assert run.end == RAISED and "the set is too large for one Secret" in run.text, run


def test_what_is_being_deleted_and_does_not_go_is_refused_before_the_first_change(world):
    release(world, Wanted(settings="mutable"))
    bind(world, f"{NAME}-settings")
    release(world, GOOD)
    run = release(world, Wanted(greeting="three", settings="mutable"))
    assert run.end == FAILED and run.outcome.restored == "no object was changed: r2 stands", run
    assert "is being deleted since" in run.text and "example.com/held" in run.text


def bind(world: World, name: str) -> None:
    at = world.direct.get("ConfigMap", NAMESPACE, name)
    world.direct.patch(at, {"metadata": {"finalizers": ["example.com/held"]}}, "some-controller")


@dataclass(frozen=True)
class Tracked(Wanted):
    """Pods of a track; the Service leads to that one alone, or to all."""

    track: str = "a"
    everywhere: bool = False

    def deployment(self) -> dict:
        found = super().deployment()
        found["spec"]["template"]["metadata"]["labels"] = {**self.labels, "track": self.track}
        return found

    def service(self) -> dict:
        found = super().service()
        found["spec"]["selector"] = self.labels if self.everywhere else {**self.labels, "track": self.track}
        return found


def test_on_the_way_back_a_service_does_not_leave_the_pods_that_serve(world):
    release(world, Tracked(tag="slow20-1", greeting="one"))
    outages = cluster_view.Outages(world, NAME)
    outages.watch()
    run = runs.release(world, Tracked(tag="good-2", greeting="two", track="b", everywhere=True), bake=BAKE)
    world.pass_time(12)
    at = deployment(world)
    world.direct.patch(
        at, {"spec": {"template": {"metadata": {"annotations": {"by": "hand"}}}}}, "kubectl-edit", STRATEGIC
    )
    world.finish(run.thread)
    assert run.end == FAILED and answer(world) == "one", run
    assert not outages.since


def test_without_waiting_it_is_said(world):
    release(world, Tracked(greeting="one", everywhere=True))
    run = release(world, Tracked(greeting="two", track="b"), wait=False)
    assert "is changed at once, because nothing is waited for" in str(run.outcome.warnings), run.outcome.warnings


def test_what_somebody_deletes_meanwhile_is_seen(world):
    """Of all that the set has; the revision before comes back whole."""
    release(world, GOOD)
    run = runs.release(world, SLOW_START)
    world.pass_time(5)
    world.direct.delete(world.direct.get("PodDisruptionBudget", NAMESPACE, NAME))
    world.finish(run.thread)
    assert run.end == FAILED and run.outcome.findings[0].reason == "ChangedMeanwhile", run
    assert answer(world) == "one" and world.direct.get("PodDisruptionBudget", NAMESPACE, NAME)

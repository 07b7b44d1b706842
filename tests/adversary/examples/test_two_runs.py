# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once, the lock, and runs that stood still."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from adversary import cluster_view, runs
from adversary.direct import STRATEGIC
from adversary.runs import DONE, FAILED, KILLED, RAISED, Run
from adversary.sets import NAME, Wanted
from adversary.stories import (
    CRASHES,
    GOOD,
    OTHER,
    SLOW,
    SLOW_START,
    THIRD,
    WithNotes,
    answer,
    corrected,
    deployment,
    ended,
    hold,
    notes,
    others_have_notes,
    preview,
    release,
    rollback,
    the_lease,
    without_record,
)
from adversary.trouble import (
    DENIED,
    KILL,
)
from adversary.world import NAMESPACE, World

# The lock


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


# A rollback that was decided before somebody else released


def test_what_somebody_released_since_is_not_undone(world):
    release(world, GOOD)
    ours = release(world, OTHER)
    theirs = release(world, THIRD)
    planned = preview(world, lambda session: session.rolled_back(1, ours.outcome.revision))
    run = rollback(world, number=1, replaces=ours.outcome.revision)
    for found in (planned, run.outcome):
        assert (found.failed, found.changed, found.revision) == (True, False, theirs.outcome.revision)
        assert [entry.reason for entry in found.findings] == ["ReleasedSince"]
    assert answer(world) == "three" and the_lease(world) is None


def test_what_nobody_released_over_is_undone(world):
    release(world, GOOD)
    ours = release(world, OTHER)
    assert release(world, CRASHES).outcome.failed
    assert rollback(world, number=1, replaces=ours.outcome.revision).end == DONE
    assert answer(world) == GOOD.greeting


def test_what_was_taken_back_is_not_gone_back_to(world):
    """It failed, if only together with others."""
    release(world, GOOD)
    release(world, OTHER)
    bad = release(world, THIRD).outcome.revision
    assert rollback(world, number=2, replaces=bad).end == DONE
    assert answer(world) == OTHER.greeting
    assert rollback(world).end == DONE
    assert answer(world) == GOOD.greeting


def test_what_a_person_rolled_back_from_is_gone_back_to(world):
    release(world, GOOD)
    release(world, OTHER)
    assert rollback(world).end == DONE and answer(world) == GOOD.greeting
    assert rollback(world).end == DONE and answer(world) == OTHER.greeting


def test_what_was_taken_over_by_what_was_taken_back_stays_its_owner_s(world):
    """Whatever they made of it since."""
    others_have_notes(world)
    release(world, GOOD)
    bad = release(world, WithNotes(tag="two", greeting="two"), adopt=True).outcome.revision
    assert rollback(world, number=1, replaces=bad).end == DONE
    assert notes(world)["data"] == {"a": "1"}
    world.direct.patch(notes(world), {"data": {"a": "theirs"}}, "kubectl-edit")
    assert release(world, CRASHES).end == FAILED
    assert release(world, OTHER).end == DONE
    assert notes(world)["data"] == {"a": "theirs"}

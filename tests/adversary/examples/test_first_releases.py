# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""First releases, what is refused, and what changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

import pytest
from adversary import cluster_view, runs
from adversary.direct import STRATEGIC, tolerant
from adversary.runs import DONE, FAILED, RAISED
from adversary.sets import NAME, Wanted
from adversary.stories import (
    BAKE,
    CRASHES,
    GOOD,
    OTHER,
    SLOW,
    SLOW_START,
    THIRD,
    answer,
    deployment,
    ended,
    is_going,
    refused,
    release,
    rollback,
)
from adversary.world import NAMESPACE, World

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


def test_where_nothing_is_recorded_under_a_name_the_names_that_are_recorded_are_said(world):
    release(world, GOOD)
    run = ended(world, runs.absent(world, "shopp"))
    assert run.end == DONE and not run.outcome.changed
    assert run.outcome.notes == [f"no release shopp is recorded in {NAMESPACE}; recorded there: {NAME}"]

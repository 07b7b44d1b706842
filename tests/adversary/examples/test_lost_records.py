# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that are lost, and what others own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from adversary import cluster_view, runs
from adversary.runs import DONE, FAILED, KILLED, RAISED
from adversary.sets import NAME, Wanted
from adversary.stories import (
    CRASHES,
    GOOD,
    NEVER,
    OTHER,
    SLOW_START,
    THIRD,
    WithNotes,
    answer,
    deployment,
    ended,
    is_write,
    others_serve,
    preview,
    record,
    release,
    rollback,
    the_lease,
    without_record,
    without_status,
)
from adversary.trouble import (
    KILL_DONE,
    STILL,
    STILL_DONE,
    UNAVAILABLE_AT_ONCE,
)
from adversary.world import NAMESPACE, World

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions


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

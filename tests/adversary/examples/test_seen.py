# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person saw on a real cluster first."""

from __future__ import annotations

import pytest
from adversary import cluster_view, runs
from adversary.direct import STRATEGIC
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
    others_serve,
    recorded,
    release,
    rollback,
)
from adversary.trouble import (
    KILL_DONE,
)

from ansible_collections.modelops.serving.plugins.module_utils.release import revisions


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

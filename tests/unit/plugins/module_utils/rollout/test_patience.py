# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is progress, and how long a rollout may take in all."""

from __future__ import annotations

import pytest
from rollout_objects import STARTED, deployment, pod, snapshot

from ansible_collections.modelops.serving.plugins.module_utils.rollout.patience import (
    Reached,
    granted,
    reached,
    total,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

NOT_YET = deployment(availableReplicas=0, updatedReplicas=1)
PENDING = {"ready": False, "state": {"waiting": {"reason": "ContainerCreating"}}}


def at(*pods: dict, status: dict | None = None) -> Reached:
    return reached(snapshot(list(pods), deployment=NOT_YET if status is None else status))


def advances(before: Reached, after: Reached) -> bool:
    return before.further(after) != before


SCHEDULED = [{"type": "PodScheduled", "status": "True"}]
SET_UP = [*SCHEDULED, {"type": "PodReadyToStartContainers", "status": "True"}]
INITIALIZED = [*SET_UP, {"type": "Initialized", "status": "True"}]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (at(), at(pod("a", **PENDING))),
        (at(pod("a", **PENDING)), at(pod("a", conditions=SCHEDULED, **PENDING))),
        (at(pod("a", conditions=SCHEDULED, **PENDING)), at(pod("a", conditions=SET_UP, **PENDING))),
        (at(pod("a", conditions=SET_UP, **PENDING)), at(pod("a", conditions=INITIALIZED, **PENDING))),
        (at(pod("a", **PENDING)), at(pod("a", imageID="sha256:1", **PENDING))),
        (at(pod("a", **PENDING)), at(pod("a", ready=False))),
        (at(pod("a", ready=False)), at(pod("a", ready=False, started=True))),
        (at(pod("a", ready=False)), at(pod("a"))),
        (at(pod("a")), at(pod("a"), status=deployment(availableReplicas=1))),
        (at(pod("a"), pod("old", owner="old")), at(pod("a"))),
    ],
    ids=[
        "created",
        "scheduled",
        "set up",
        "initialized",
        "pulled",
        "begun",
        "started",
        "ready",
        "available",
        "old gone",
    ],
)
def test_each_step_of_a_pod_is_progress(before, after):
    assert advances(before=before, after=after)
    assert not advances(before=after, after=before)


def test_a_pod_in_the_place_of_another_is_none():
    assert not advances(at(pod("a", ready=False)), at(pod("b", ready=False)))


def test_a_pod_that_was_ready_before_is_none():
    furthest = at(pod("a")).further(at(pod("a", ready=False)))
    assert not advances(furthest, at(pod("a")))


def test_the_status_of_an_older_deployment_is_none():
    stale = deployment(observedGeneration=1, availableReplicas=2)
    assert at(pod("a", owner="old"), status=stale) == Reached()


@pytest.mark.parametrize(
    ("replicas", "surge", "seconds"), [(6, 1, 40 * 7), (3, 3, 40 * 2), (1, 1, 40 * 2), (10, "25%", 40 * 5)]
)
def test_the_total_is_the_patience_for_each_wave_and_once_more(replicas, surge, seconds):
    wanted = deployment()
    wanted["spec"]["replicas"] = replicas
    wanted["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": 0}}
    assert total(snapshot([], deployment=wanted), 40) == seconds


def test_the_total_without_a_deployment():
    assert total(Snapshot(None), 40) == 80


def test_times_in_the_objects_are_not_needed():
    assert at(pod("a", state={"running": {"startedAt": STARTED}})) == at(pod("a", state={"running": {}}))


def counting(available: int) -> Snapshot:
    wanted = deployment(availableReplicas=available)
    wanted["spec"]["minReadySeconds"] = 14
    return snapshot([pod("a"), pod("b")], deployment=wanted)


def test_what_has_to_stay_ready_is_waited_for_as_long():
    assert granted(counting(0), 8) == 22
    assert granted(counting(2), 8) == 8
    assert total(counting(0), 8) > total(snapshot([pod("a"), pod("b")]), 8)

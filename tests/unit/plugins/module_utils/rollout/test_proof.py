# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long what stands has to run before it counts as serving."""

from __future__ import annotations

import pytest
from rollout_objects import STARTED, deployment, pod, snapshot

from ansible_collections.modelops.serving.plugins.module_utils.common.objects import epoch
from ansible_collections.modelops.serving.plugins.module_utils.rollout import proof

BEGAN = epoch(STARTED)
PROBED = {"name": "api", "readinessProbe": {"httpGet": {"path": "/"}}}
UNPROBED = {"name": "api"}


def left(age: float, container: dict, lived: tuple[str, str] | None = None, least: int | None = None) -> float:
    """Of a pod whose container has run for ``age`` seconds, and ``lived`` from and to before."""
    at = deployment()
    at["spec"]["template"]["spec"] = {"containers": [container]}
    if least is not None:
        at["spec"]["minReadySeconds"] = least
    one = pod("a")
    status = one["status"]["containerStatuses"][0]
    status["state"] = {"running": {"startedAt": STARTED}}
    if lived:
        status["lastState"] = {"terminated": {"startedAt": lived[0], "finishedAt": lived[1]}}
    for entry in one["status"]["conditions"]:
        entry["lastTransitionTime"] = STARTED
    return proof.seconds_left(snapshot([one], deployment=at, taken=BEGAN + age))


@pytest.mark.parametrize(("age", "seconds"), [(3, 7), (10, 0), (600, 0)])
def test_one_that_nothing_asks(age, seconds):
    assert left(age, UNPROBED) == seconds
    assert left(age, PROBED) == 0


@pytest.mark.parametrize(("age", "seconds"), [(3, 28), (31, 0), (600, 0)])
@pytest.mark.parametrize("container", [PROBED, UNPROBED])
def test_one_that_was_started_again_has_to_run_for_longer_than_before(age, seconds, container):
    assert left(age, container, ("2026-01-01T10:00:00Z", "2026-01-01T10:00:30Z")) == seconds


def test_one_that_ran_for_a_day_before_need_not_run_for_another():
    assert left(1, PROBED, ("2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z")) == proof.LONGEST_PROOF - 1


@pytest.mark.parametrize(("age", "seconds"), [(3, 27), (30, 0)])
@pytest.mark.parametrize("container", [PROBED, UNPROBED])
def test_min_ready_seconds_is_the_user_s_own_wait(age, seconds, container):
    assert left(age, container, least=30) == seconds


def test_without_a_clock_nothing_is_known():
    assert proof.seconds_left(snapshot([pod("a")], taken=0)) == 0

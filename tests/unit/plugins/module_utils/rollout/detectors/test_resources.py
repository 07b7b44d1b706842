# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory limits of next to nothing."""

from __future__ import annotations

import copy

import pytest
from rollout_objects import POD_SPEC, deployment, event, pod, snapshot, waits

NOT_YET = deployment(availableReplicas=0)
CREATING = {"state": {"waiting": {"reason": "ContainerCreating"}}}
NO_SPACE = 'MountVolume.SetUp failed for volume "kube-api-access" : write ca.crt: no space left on device'
SANDBOX = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to start sandbox: oom-killed"


def verdict_of(limit: str, *events: dict, **container):
    spec = copy.deepcopy(POD_SPEC)
    spec["containers"][0]["resources"] = {"limits": {"memory": limit}}
    return waits(snapshot([pod("a", ready=False, spec=spec, **container)], deployment=NOT_YET, events=list(events)), 5)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("64m", ["0.064 bytes", "64Mi"]),
        ("512", ["512 bytes", "4Mi"]),
        ("2Mi", ["2.09715e+06 bytes", "4Mi"]),
        ("2k", ["2000 bytes"]),
    ],
)
@pytest.mark.parametrize(("reason", "message"), [("FailedMount", NO_SPACE), ("FailedCreatePodSandBox", SANDBOX)])
def test_the_limit_is_named_and_not_the_node(limit, words, reason, message):
    verdict = verdict_of(limit, event("a", reason, message), **CREATING)
    assert (verdict.state, verdict.findings[0].reason) == ("failed", "MemoryLimitTooSmall")
    assert all(word in verdict.findings[0].message for word in words), verdict.findings[0].message
    assert "model_serving_memory_limit" in verdict.findings[0].remedy


def test_out_of_memory_at_once_is_the_limit_too():
    ended = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    assert verdict_of("3Mi", state=ended).findings[0].reason == "MemoryLimitTooSmall"


def test_a_small_limit_that_suffices_is_no_fault():
    assert verdict_of("3Mi").findings == []


def test_a_limit_of_thousandths_that_is_large_is_no_fault():
    """Some programs write 128 MB as 128974848000m."""
    verdict = verdict_of("128974848000m", event("a", "FailedCreatePodSandBox", SANDBOX), **CREATING)
    assert verdict.findings == []

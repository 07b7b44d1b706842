# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes and sandboxes that come late, and those that will not come."""

from __future__ import annotations

import pytest
from rollout_objects import deployment, event, pod, snapshot, waits

NOT_YET = deployment(availableReplicas=0)
NOT_YET["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
CREATING = {"state": {"waiting": {"reason": "ContainerCreating"}}}
HELD = 'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) old-1'
ATTACH = 'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = DeadlineExceeded'
NO_DRIVER = (
    "MountVolume.MountDevice failed: kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: "
    "driver name pd.csi.storage.gke.io not found in the list of registered CSI drivers"
)
NO_NETWORK = (
    "Failed to create pod sandbox: plugin type=calico failed (add): stat /var/lib/calico/nodename: no such file"
)


def taken(*events: dict, others: tuple = (), conditions: tuple = (), **fields):
    new = pod("a", ready=False, conditions=conditions, **CREATING)
    return snapshot([new, *others], events=list(events), **{"deployment": NOT_YET, **fields})


@pytest.mark.parametrize(
    ("reason", "message", "times", "patient", "late"),
    [
        ("FailedAttachVolume", ATTACH, 1, 115, 121),
        ("FailedAttachVolume", HELD.replace("old-1", "other"), 1, 115, 121),
        ("FailedMount", NO_DRIVER, 3, 115, 121),
        ("FailedMount", "Unable to attach or mount volumes: timed out waiting for the condition", 1, 115, 121),
        ("FailedMount", "mount failed: exit status 32: access denied by server", 1, 15, 21),
        ("FailedMount", "hostPath type check failed: /data is not a directory", 1, 2, 5),
        ("FailedCreatePodSandBox", NO_NETWORK, 2, 55, 61),
        ("FailedCreatePodSandBox", 'no runtime for "kata" is configured', 1, 1, 3),
    ],
)
def test_what_may_come_gets_the_time_that_a_cloud_needs(reason, message, times, patient, late):
    seen = taken(event("a", reason, message, times=times))
    assert waits(seen, patient).state == "waiting"
    verdict = waits(seen, late)
    assert verdict.state == "failed"
    assert verdict.findings[0].reason in ("VolumeFails", "SandboxFails")


@pytest.mark.parametrize("reason", ["FailedCreatePodSandBox", "FailedMount", "FailedAttachVolume"])
@pytest.mark.parametrize("past", ["condition", "pulling"])
def test_a_pod_that_has_got_past_it_and_pulls_its_image_is_waited_for(reason, past):
    events = [event("a", reason, ATTACH, times=5, seconds=5)]
    conditions = [{"type": "PodReadyToStartContainers", "status": "True"}] if past == "condition" else []
    events += [event("a", "Pulling", "Pulling image", seconds=9)] if past == "pulling" else []
    verdict = waits(taken(*events, conditions=conditions), 300)
    assert (verdict.state, verdict.findings) == ("waiting", [])


def test_a_disk_that_was_attached_in_the_end():
    events = [
        event("a", "FailedAttachVolume", ATTACH, seconds=5),
        event("a", "SuccessfulAttachVolume", "ok", seconds=40),
    ]
    assert waits(taken(*events), 300).findings == []


def test_a_disk_of_an_old_pod_that_stays_until_the_new_one_is_ready():
    old = pod("old-1", owner="old")
    verdict = waits(taken(event("a", "FailedAttachVolume", HELD), others=(old,)), 11)
    assert (verdict.state, verdict.findings[0].reason) == ("failed", "VolumeHeld")
    assert "model_serving_max_unavailable" in verdict.findings[0].remedy


def test_a_disk_of_an_old_pod_that_terminates_is_waited_for():
    old = pod("old-1", owner="old")
    old["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:10Z"
    assert waits(taken(event("a", "FailedAttachVolume", HELD), others=(old,)), 100).state == "waiting"

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which workloads stand beside the Deployment, what they lack, and which pods a StatefulSet would wait for for ever."""

from __future__ import annotations

import pytest
from release_objects import deployment

from ansible_collections.modelops.serving.plugins.module_utils.release import beside


def stateful_set(**spec) -> dict:
    return {
        "kind": "StatefulSet",
        "metadata": {"name": "db", "uid": "s"},
        "spec": {"replicas": 2, **spec},
        "status": {"updateRevision": "new", "readyReplicas": 1},
    }


def pod(revision: str | None, ready: bool, owner: str = "s") -> dict:
    labels = {beside.REVISION_LABEL: revision} if revision else {}
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {
        "kind": "Pod",
        "metadata": {"name": "db-0", "labels": labels, "ownerReferences": [{"uid": owner}]},
        "status": {"conditions": conditions},
    }


@pytest.mark.parametrize(
    ("found", "is_stuck"),
    [
        (pod("failed", False), True),
        (pod("failed", True), False),
        (pod("new", False), False),
        (pod(None, False), False),
        (pod("failed", False, owner="another"), False),
    ],
)
def test_only_a_pod_of_another_revision_that_is_not_ready_is_waited_for_in_vain(found, is_stuck):
    assert beside.stuck(stateful_set(), [found]) == ([found] if is_stuck else [])


@pytest.mark.parametrize("spec", [{"podManagementPolicy": "Parallel"}, {"updateStrategy": {"type": "OnDelete"}}])
def test_where_none_is_waited_for_none_is_removed(spec):
    assert beside.stuck(stateful_set(**spec), [pod("failed", False)]) == []


def test_what_stands_beside_the_deployment():
    first, second = deployment(), {**deployment(), "metadata": {"name": "worker"}}
    assert beside.others([first, second, stateful_set()]) == [second, stateful_set()]


def test_how_many_are_ready():
    daemon_set = {"kind": "DaemonSet", "spec": {}, "status": {"desiredNumberScheduled": 3, "numberReady": 2}}
    assert beside.counts(stateful_set()) == (2, 1) and beside.counts(daemon_set) == (3, 2)


def rolled_out(kind: str, status: dict, **spec) -> dict:
    return {
        "kind": kind,
        "metadata": {"name": "db", "generation": 2},
        "spec": {"replicas": 3, **spec},
        "status": {"observedGeneration": 2, "readyReplicas": 3, "updatedReplicas": 3, **status},
    }


DAEMONS = {"desiredNumberScheduled": 3, "numberReady": 3, "updatedNumberScheduled": 1}


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (rolled_out("StatefulSet", {}), ""),
        (rolled_out("StatefulSet", {"observedGeneration": 1}), "is not known"),
        (rolled_out("StatefulSet", {"readyReplicas": 2}), "has 2 of 3 pods ready"),
        (rolled_out("StatefulSet", {"updatedReplicas": 1}), "has 2 of 3 pods to replace"),
        (rolled_out("StatefulSet", {"updatedReplicas": 0}, updateStrategy={"type": "OnDelete"}), ""),
        (rolled_out("StatefulSet", {"updatedReplicas": 1}, updateStrategy={"rollingUpdate": {"partition": 2}}), ""),
        (rolled_out("Deployment", {"updatedReplicas": 2}), "has 1 of 3 pods to replace"),
        (rolled_out("DaemonSet", DAEMONS), "has 2 of 3 pods to replace"),
    ],
)
def test_what_a_workload_lacks(at, says):
    assert says in beside.lack(at) and bool(says) == bool(beside.lack(at))


def test_a_job_that_failed_is_said():
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached it"}
    job = {"kind": "Job", "metadata": {"name": "migrate"}, "spec": {}, "status": {"conditions": [failed]}}
    assert beside.lack(job) == "Job/migrate failed: Job has reached it"
    assert beside.lack({**job, "status": {"active": 1}}) == ""


@pytest.mark.parametrize(
    ("status", "fails"),
    [
        ({"state": {"waiting": {"reason": "ContainerCreating"}}}, False),
        ({"state": {"running": {}}, "restartCount": 0}, False),
        ({"state": {"running": {}}, "restartCount": 1, "ready": False}, True),
        ({"state": {"running": {}}, "restartCount": 1, "ready": True}, False),
        ({"state": {"waiting": {"reason": "ImagePullBackOff"}}}, True),
        ({"state": {"terminated": {"exitCode": 1}}}, True),
    ],
)
def test_which_pods_have_failed(status, fails):
    assert beside.is_failing({"metadata": {}, "status": {"containerStatuses": [status]}}) == fails


def test_a_pod_without_a_node_has_failed():
    unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    assert beside.is_failing({"metadata": {}, "status": {"conditions": [unscheduled]}})

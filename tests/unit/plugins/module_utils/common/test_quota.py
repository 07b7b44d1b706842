# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a ResourceQuota admits."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.quota import allowances, need_of

POD = {
    "containers": [
        {"name": "api", "resources": {"requests": {"cpu": "100m", "nvidia.com/gpu": "1"}, "limits": {"memory": "1Gi"}}}
    ],
    "initContainers": [{"name": "fetch", "resources": {"requests": {"cpu": "50m"}, "limits": {"memory": "2Gi"}}}],
    "overhead": {"cpu": "10m", "memory": "16Mi"},
}
MEBI = 1024**2


def quota(hard, used=None, name="q"):
    status = {"hard": hard, "used": used} if used is not None else {}
    return {"metadata": {"name": name}, "spec": {"hard": hard}, "status": status}


@pytest.mark.parametrize(
    ("name", "need"),
    [
        ("pods", 1.0),
        ("count/pods", 1.0),
        ("cpu", 0.11),
        ("requests.cpu", 0.11),
        ("requests.nvidia.com/gpu", 1.0),
        ("requests.memory", 2064 * MEBI),
        ("limits.memory", 2064 * MEBI),
        ("limits.cpu", 0.0),
        ("requests.storage", 0.0),
        ("services", 0.0),
        ("count/deployments.apps", 0.0),
        ("services.loadbalancers", 0.0),
    ],
)
def test_what_one_pod_takes_of_an_entry(name, need):
    assert need_of(POD, name) == pytest.approx(need)


def test_entries_that_are_about_something_else_are_left_out():
    found = allowances([quota({"pods": "5", "services": "1"}), quota({"limits.memory": "9Gi"}, name="r")], POD)
    assert [(entry.quota, entry.name, entry.hard) for entry in found] == [
        ("q", "pods", "5"),
        ("r", "limits.memory", "9Gi"),
    ]


def test_pods_with_and_without_what_is_used():
    (entry,) = allowances([quota({"pods": "5"}, {"pods": "3"})], POD)
    assert (entry.pods, entry.more_pods) == (5, 2)


def test_more_used_than_allowed_admits_none():
    (entry,) = allowances([quota({"pods": "5"}, {"pods": "7"})], POD)
    assert entry.more_pods == 0


def test_three_pods_of_a_tenth_fit_into_three_tenths():
    pod = {"containers": [{"name": "api", "resources": {"requests": {"cpu": "100m"}}}]}
    (entry,) = allowances([quota({"requests.cpu": "300m"})], pod)
    assert entry.pods == 3


def test_the_limit_in_force_is_the_one_in_the_status():
    changed = quota({"pods": "9"}, {"pods": "0"})
    changed["status"]["hard"] = {"pods": "2"}
    (entry,) = allowances([changed], POD)
    assert entry.pods == 2

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many pods of one size the nodes would hold."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.capacity import capacity, times


def node(cpu="4", memory="8Gi", ready="True", **more):
    conditions = [{"type": "Ready", "status": ready}]
    return {"spec": more, "status": {"allocatable": {"cpu": cpu, "memory": memory}, "conditions": conditions}}


def pod(**asked):
    return {"containers": [{"name": "api", "resources": {"requests": asked}}]}


@pytest.mark.parametrize(
    ("asked", "pods"),
    [
        ({"cpu": "1"}, 4),
        ({"cpu": "100m"}, 40),
        ({"cpu": "100m", "memory": "1Gi"}, 8),
        ({"cpu": "5"}, 0),
        ({}, 110),
    ],
)
def test_the_scarcest_resource_decides(asked, pods):
    assert capacity([node()], pod(**asked)).pods == pods


def test_only_nodes_that_are_ready_and_take_pods_count():
    nodes = [node(), node(ready="False"), node(ready="Unknown"), node(unschedulable=True)]
    room = capacity(nodes, pod(cpu="1", memory="512Mi"))
    assert (room.nodes, room.pods) == (1, 4)
    assert room.text == "1 ready nodes would hold 4 pods of 1 CPU and 0.50Gi if they were empty"


def test_the_node_s_own_number_of_pods_is_a_limit():
    small = node()
    small["status"]["allocatable"]["pods"] = "2"
    assert capacity([small, small], pod(cpu="1m")).pods == 4


def test_a_node_that_says_nothing_holds_nothing_that_is_asked_for():
    unknown = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    assert capacity([unknown], pod(cpu="1m")).pods == 0


def test_no_node():
    assert capacity([], pod(cpu="1")).pods == 0


@pytest.mark.parametrize(
    ("amount", "each", "often"), [(4.0, 0.1, 40), (0.3, 0.1 + 0.2, 1), (1.0, 0.3, 3), (-1.0, 0.5, 0), (0.0, 1.0, 0)]
)
def test_binary_fractions_cost_no_pod(amount, each, often):
    assert times(amount, each) == often

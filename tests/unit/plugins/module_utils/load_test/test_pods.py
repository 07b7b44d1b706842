# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pods of load generators say about their start."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard
from ansible_collections.modelops.serving.plugins.module_utils.load_test.pods import (
    ended,
    patience,
    start_at,
    why_ended,
    why_not_running,
)


def test_all_start_a_little_later():
    start, ours = start_at([Heard(waiting=99.2), Heard(waiting=98.9)], 100.0)
    assert start == ours
    assert 103 < start < 110


@pytest.mark.parametrize("skew", [-3600.0, 40.0])
def test_the_start_is_a_time_of_the_clusters_clocks(skew):
    start, ours = start_at([Heard(waiting=99.5 + skew)], 100.0)
    assert start - ours == pytest.approx(skew, abs=1)
    assert 103 < ours < 110


def test_why_a_pod_does_not_run():
    waiting = {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}}]}
    unplaced = {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes: insufficient cpu"}]}
    refused = [{"message": "exceeded quota: small"}]
    assert why_not_running({"status": waiting}, refused) == "ImagePullBackOff not found"
    assert why_not_running({"status": unplaced}, refused) == "0/1 nodes: insufficient cpu"
    assert why_not_running(None, refused) == "exceeded quota: small"
    assert why_not_running(None, []) == "it has no pod"


def test_a_pod_that_has_no_node_is_given_up_sooner():
    assert patience(None) == patience({"spec": {}}) < patience({"spec": {"nodeName": "node1"}})


def test_an_image_that_cannot_be_pulled_is_given_up_soon():
    waiting = [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}, {"state": {"running": {}}}]
    assert patience({"spec": {"nodeName": "node1"}, "status": {"containerStatuses": waiting}}) < patience(None)
    creating = [{"state": {"waiting": {"reason": "ContainerCreating"}}}]
    assert patience({"spec": {"nodeName": "node1"}, "status": {"containerStatuses": creating}}) > patience(None)


def test_why_a_pod_has_ended():
    status = {"containerStatuses": [{"state": {"terminated": {"reason": "StartError", "message": "no such file"}}}]}
    assert why_ended({"status": status}) == "StartError no such file"
    assert why_ended({"status": {"message": "The node was low on memory."}}) == "The node was low on memory."
    assert why_ended({}) == ""


def test_ended():
    assert ended({"status": {"phase": "Failed"}})
    assert not ended({"status": {"phase": "Running"}})
    assert not ended(None)

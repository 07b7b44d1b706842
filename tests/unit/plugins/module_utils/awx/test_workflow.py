# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways through a release in waves."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.awx import workflow

TEMPLATES = {"deploy": "D", "verify": "V", "load_test": "L", "undo": "U"}
NODES = {
    node["identifier"]: node
    for node in workflow.nodes([{"name": "one", "limit": "a"}, {"name": "two", "limit": "b"}], TEMPLATES, 60)
}


def walk(node: str, *outcomes: str) -> str:
    """Where one comes from a node by these outcomes."""
    for outcome in outcomes:
        (node,) = NODES[node].get(f"{outcome}_nodes", ["the end"])
    return node


def test_what_succeeds_comes_to_the_approval_of_the_next_wave_and_to_the_end():
    assert walk("one: deploy", "success", "success", "success") == "two: approve"
    assert walk("two: approve", "success", "success", "success", "success") == "the end"


def test_what_fails_after_it_was_deployed_is_rolled_back_and_the_next_wave_is_not_begun():
    assert walk("one: deploy", "success", "failure") == "one: roll back"
    assert walk("one: deploy", "success", "success", "failure") == "one: roll back"
    assert walk("one: roll back", "success") == "the end"


def test_a_deployment_that_fails_has_restored_what_served_by_itself():
    assert walk("one: deploy", "failure") == "the end"


def test_each_wave_has_its_targets_and_every_node_that_is_named_is_there():
    assert {node["limit"] for name, node in NODES.items() if name.startswith("two: ") and "limit" in node} == {"b"}
    named = {
        name for node in NODES.values() for edge in ("success_nodes", "failure_nodes") for name in node.get(edge, ())
    }
    assert named <= NODES.keys()


def test_without_waves_there_is_no_approval():
    nodes = workflow.nodes([{"name": "all", "limit": ""}], TEMPLATES, 60)
    assert [node["identifier"] for node in nodes] == ["all: deploy", "all: verify", "all: load test", "all: roll back"]
    assert not any("limit" in node for node in nodes)

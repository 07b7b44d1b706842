# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waves that cannot be meant so."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.plugin_utils import waves

KNOWN = {"all", "gke-eu-1", "gke-us-1", "eu"}


def wave(name: str, limit: str) -> dict:
    return {"name": name, "limit": limit}


def test_hosts_groups_and_patterns_are_taken():
    given = [wave("first", "gke-eu-1"), wave("eu", "eu,gke-us-1"), wave("rest", "all:!eu"), wave("some", "gke-*[0:1]")]
    assert waves.problems(given, KNOWN) == []


def test_two_of_a_name_and_unknown_hosts_are_named():
    assert waves.problems([wave("a", "eu"), wave("a", "gke-eu-2")], KNOWN) == [
        "awx_setup_waves has two waves with the name a: their nodes would be one. Rename one.",
        "awx_setup_waves[1].limit: the inventory has no host and no group gke-eu-2; is gke-eu-1 meant?",
    ]


GROUPS = {"all": ["gke-eu-1", "gke-us-1", "lab"], "eu": ["gke-eu-1"], "ungrouped": ["lab"]}


def test_hosts_that_no_wave_has_are_named():
    given = [wave("first", "eu"), wave("rest", "gke-us-1")]
    assert waves.left_out(given, GROUPS) == [
        "awx_setup_waves leaves out lab: the workflow never deploys there. Add it if it should."
    ]


def test_what_reaches_all_or_is_a_pattern_leaves_nobody_out():
    assert waves.left_out([wave("first", "eu"), wave("rest", "all")], GROUPS) == []
    assert waves.left_out([wave("first", "eu"), wave("rest", "gke-us-1,lab")], GROUPS) == []
    assert waves.left_out([wave("first", "eu"), wave("rest", "all:!eu")], GROUPS) == []
    assert waves.left_out([], GROUPS) == []

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules against snapshots recorded off a real cluster (tests/recordings/record.py)."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

FOLDER = Path(__file__).resolve().parents[4] / "recordings"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RECORDINGS = {path.stem: yaml.load(path.read_bytes(), LOADER) for path in sorted(FOLDER.glob("*.yml"))}
FAULTS = [name for name, recording in RECORDINGS.items() if recording["reasons"]]
# Longer than most graces.
LATER = 45.0
# A first new pod took the place of an old one before the fault showed.
OLD = {"host-port-taken": 1}
# Nobody can know that it will not heal: it is named when the patience of the release is over.
PATIENT = {"init-container-waits"}


def snapshot(name: str) -> Snapshot:
    return Snapshot(**copy.deepcopy(RECORDINGS[name]["snapshot"]))


def after(name: str, seconds: float) -> rollout_verdict.Verdict:
    """The verdict when everything in the snapshot has stood for so long."""
    first = rollout_verdict.judge(snapshot(name), 0)
    return rollout_verdict.judge(snapshot(name), seconds, first.seen)


def test_there_are_recordings():
    assert len(FAULTS) >= 15
    assert "healthy" in RECORDINGS


def test_a_healthy_rollout_is_done():
    verdict = rollout_verdict.judge(snapshot("healthy"), 0)
    assert verdict.state == rollout_verdict.DONE
    assert verdict.progress["ready"] == verdict.progress["desired"] == 2
    assert verdict.findings == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_object_message_and_remedy(name):
    verdict = after(name, max(LATER, RECORDINGS[name].get("within", 0)))
    assert verdict.state == (rollout_verdict.WAITING if name in PATIENT else rollout_verdict.FAILED)
    first = verdict.findings[0]
    assert first.reason in RECORDINGS[name]["reasons"]
    assert first.object.startswith(RECORDINGS[name]["object"])
    assert first.message
    assert first.remedy


@pytest.mark.parametrize("name", FAULTS)
def test_what_may_heal_is_not_failed_at_first_sight(name):
    """Only what cannot heal fails at once."""
    verdict = rollout_verdict.judge(snapshot(name), 0)
    classes = {entry.severity for entry in verdict.findings}
    assert ("fatal" in classes) == (verdict.state == rollout_verdict.FAILED)


@pytest.mark.parametrize("name", FAULTS)
def test_the_old_revision_is_counted_as_serving(name):
    if RECORDINGS[name]["object"] in ("Pod", "ReplicaSet"):
        assert after(name, LATER).progress["old"] == OLD.get(name, 2)


@pytest.mark.parametrize("name", sorted(RECORDINGS))
def test_an_older_generation_is_never_done(name):
    taken = snapshot(name)
    taken.deployment["metadata"]["generation"] += 1
    assert rollout_verdict.judge(taken, 0).state != rollout_verdict.DONE


def test_of_security_context_constraints_the_one_that_may_be_used_is_told():
    """OpenShift lists many that may not, and a message has 400 characters."""
    name = "security-context-constraint-refuses"
    (found, *_more) = after(name, max(LATER, RECORDINGS[name]["within"])).findings
    assert "must be in the ranges: [1000650000, 1000659999" in found.message
    assert "not usable" not in found.message

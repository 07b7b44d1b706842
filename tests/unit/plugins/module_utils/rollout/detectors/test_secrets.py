# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Secret that an ExternalSecret of the release makes is waited for; one that nobody makes is an error at once."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from ansible_collections.modelops.serving.plugins.module_utils.rollout import verdict as rollout_verdict
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import Detection
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.secrets import to_be_made
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

RECORDING = Path(__file__).resolve().parents[5] / "recordings" / "missing-secret.yml"
MISSING = yaml.load(RECORDING.read_bytes(), yaml.CSafeLoader)["snapshot"]


def after(seconds: float, makers: dict) -> rollout_verdict.Verdict:
    snapshot = Snapshot(**copy.deepcopy(MISSING) | {"secret_makers": makers})
    first = rollout_verdict.judge(snapshot, 0)
    return rollout_verdict.judge(snapshot, seconds, first.seen)


def test_what_an_object_of_the_release_makes_is_waited_for():
    makers = {"none": "ExternalSecret/keys"}
    verdict = after(50, makers)
    assert verdict.state == rollout_verdict.WAITING
    verdict = after(61, makers)
    assert verdict.state == rollout_verdict.FAILED
    finding = verdict.findings[0]
    assert finding.reason == "SecretMissing"
    assert finding.message == 'secret "none" not found: ExternalSecret/keys has not made it yet'
    assert "why its controller does not make the Secret" in finding.remedy


@pytest.mark.parametrize("makers", [{}, {"other": "ExternalSecret/keys"}])
def test_what_nobody_makes_is_not_waited_for(makers):
    verdict = after(4, makers)
    assert verdict.state == rollout_verdict.FAILED
    assert verdict.findings[0].message == 'secret "none" not found'


@pytest.mark.parametrize(
    "message",
    [
        'secret "keys" not found',
        'MountVolume.SetUp failed for volume "tls" : secret "keys" not found',
        'MountVolume.SetUp failed for volume "tls" : secrets "ml-serving/keys" not found',
    ],
)
def test_the_kubelets_words_name_the_secret(message):
    (found,) = to_be_made(lambda _snapshot: iter([Detection("Pod/a", message)]))(
        Snapshot(None, secret_makers={"keys": "Certificate/api"})
    )
    assert found.message == f"{message}: Certificate/api has not made it yet"

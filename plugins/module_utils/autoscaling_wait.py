# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at an autoscaler, once or until there is a verdict: metrics may come late, but not later than the grace."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils import autoscaling
from ansible_collections.modelops.serving.plugins.module_utils.autoscaling import ScalingVerdict
from ansible_collections.modelops.serving.plugins.module_utils.autoscaling_look import Looker
from ansible_collections.modelops.serving.plugins.module_utils.autoscaling_snapshot import ScalingSnapshot
from ansible_collections.modelops.serving.plugins.module_utils.progress import Progress

LOOK_AGAIN = 2.0
# Seconds that the API server may be away, beside the grace.
PATIENCE = 30.0


def look_once(looker: Looker, depth: str, grace: float) -> tuple[ScalingVerdict, ScalingSnapshot]:
    """The verdict may be that metrics are waited for."""
    looker.kube.deadline = time.monotonic() + PATIENCE
    snapshot = looker.look()
    return autoscaling.judge(snapshot, depth, 0.0, grace), snapshot


def wait(looker: Looker, depth: str, grace: float, progress: Progress) -> tuple[ScalingVerdict, ScalingSnapshot]:
    """``grace``: seconds."""
    began, seen = time.monotonic(), {}
    looker.kube.deadline = began + grace + PATIENCE
    snapshot = looker.look()
    while True:
        verdict = autoscaling.judge(snapshot, depth, time.monotonic() - began, grace, seen)
        if verdict.state != autoscaling.WAITING:
            return verdict, snapshot
        progress.say(f"{verdict.findings[0].reason}: {verdict.findings[0].message}"[:160])
        seen = verdict.seen
        time.sleep(LOOK_AGAIN)
        snapshot = looker.refresh(snapshot)

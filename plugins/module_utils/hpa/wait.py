# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks an autoscaler once, or until there is a verdict: metrics may come late, but not later than the grace."""

from __future__ import annotations

import time

from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.hpa import rules as hpa_rules
from ansible_collections.modelops.serving.plugins.module_utils.hpa.reader import Reader
from ansible_collections.modelops.serving.plugins.module_utils.hpa.rules import ScalingVerdict
from ansible_collections.modelops.serving.plugins.module_utils.hpa.snapshot import ScalingSnapshot

POLL_SECONDS = 2.0
# Seconds that the API server may be unreachable, in addition to the grace.
PATIENCE = 30.0


def judge_once(reader: Reader, depth: str, grace: float) -> tuple[ScalingVerdict, ScalingSnapshot]:
    """The verdict now; its state is "waiting" when something may still heal."""
    reader.kube.deadline = time.monotonic() + PATIENCE
    snapshot = reader.read()
    return hpa_rules.judge(snapshot, depth, 0.0, grace), snapshot


def wait(reader: Reader, depth: str, grace: float, progress: Progress) -> tuple[ScalingVerdict, ScalingSnapshot]:
    """The verdict once it is passed or failed. ``grace``: seconds that a late finding may last."""
    began, seen = time.monotonic(), {}
    reader.kube.deadline = began + grace + PATIENCE
    snapshot = reader.read()
    while True:
        verdict = hpa_rules.judge(snapshot, depth, time.monotonic() - began, grace, seen)
        if verdict.state != hpa_rules.WAITING:
            return verdict, snapshot
        progress.say(f"{verdict.findings[0].reason}: {verdict.findings[0].message}"[:160])
        seen = verdict.seen
        time.sleep(POLL_SECONDS)
        snapshot = reader.refresh(snapshot)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pods of load generators say about their start. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard

# Seconds for a pod to be placed, and for one that has a node to pull its image and ask its question.
PLACE_PATIENCE = 60.0
START_PATIENCE = 180.0
# Until every kubelet has shown its pod the time: usually under a second.
AHEAD = 4.0
AHEAD_EACH = 0.05
# Clocks that differ by less are taken for the same: a generator says its time once a second.
SKEW = 3.0


def ended(pod: dict | None) -> bool:
    return ((pod or {}).get("status") or {}).get("phase") in ("Succeeded", "Failed")


def patience(pod: dict | None) -> float:
    """Seconds to wait for such a pod."""
    return START_PATIENCE if ((pod or {}).get("spec") or {}).get("nodeName") else PLACE_PATIENCE


def start_at(heard: list[Heard], now: float) -> tuple[float, float]:
    """When all start, by their clocks and by ours: seconds since 1970. ``now``: by ours."""
    theirs = max(one.waiting for one in heard)
    skew = theirs - now if abs(theirs - now) > SKEW else 0.0
    start = now + skew + AHEAD + AHEAD_EACH * len(heard)
    return start, start - skew


def why_not_running(pod: dict | None, events: list[dict]) -> str:
    """What its container waits for, else what a condition says, else the Job's events."""
    status = (pod or {}).get("status") or {}
    for entry in status.get("containerStatuses") or []:
        waiting = (entry.get("state") or {}).get("waiting")
        if waiting:
            return f"{waiting.get('reason')} {waiting.get('message', '')}".strip()
    said = [entry.get("message") for entry in status.get("conditions") or [] if entry.get("status") == "False"]
    said += [entry.get("message") for entry in events]
    return next((text for text in said if text), "it has no pod")

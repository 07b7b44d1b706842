# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pods of load generators say about their start. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.load_test.heard import Heard

# Seconds for a pod to be placed, and for one that has a node to pull its image and ask its question.
PLACE_PATIENCE = 60.0
START_PATIENCE = 180.0
# An image that cannot be pulled: for once the registry may have been busy.
PULL_PATIENCE = 20.0
NOT_PULLED = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
# Until every kubelet has shown its pod the time: usually under a second.
AHEAD = 4.0
AHEAD_EACH = 0.05
# Clocks that differ by less are taken for the same: a generator says its time once a second.
SKEW = 3.0


def ended(pod: dict | None) -> bool:
    return ((pod or {}).get("status") or {}).get("phase") in ("Succeeded", "Failed")


def patience(pod: dict | None) -> float:
    """Seconds to wait for such a pod."""
    if any(waiting.get("reason") in NOT_PULLED for waiting in _waiting(pod)):
        return PULL_PATIENCE
    return START_PATIENCE if ((pod or {}).get("spec") or {}).get("nodeName") else PLACE_PATIENCE


def start_at(heard: list[Heard], now: float) -> tuple[float, float]:
    """When all start, by their clocks and by ours: seconds since 1970. ``now``: by ours."""
    theirs = max(one.waiting for one in heard)
    skew = theirs - now if abs(theirs - now) > SKEW else 0.0
    start = now + skew + AHEAD + AHEAD_EACH * len(heard)
    return start, start - skew


def why_not_running(pod: dict | None, events: list[dict]) -> str:
    """What its container waits for, else what a condition says, else the Job's events."""
    for waiting in _waiting(pod):
        return f"{waiting.get('reason')} {waiting.get('message', '')}".strip()
    status = (pod or {}).get("status") or {}
    said = [entry.get("message") for entry in status.get("conditions") or [] if entry.get("status") == "False"]
    said += [entry.get("message") for entry in events]
    return next((text for text in said if text), "it has no pod")


def why_ended(pod: dict) -> str:
    """What Kubernetes says of a container that has ended without a word; "" when it says nothing."""
    for entry in (pod.get("status") or {}).get("containerStatuses") or []:
        ended_as = (entry.get("state") or {}).get("terminated")
        if ended_as:
            return f"{ended_as.get('reason', '')} {ended_as.get('message', '')}".strip()
    return (pod.get("status") or {}).get("message", "")


def _waiting(pod: dict | None) -> list[dict]:
    """What each container of the pod waits for."""
    states = [entry.get("state") or {} for entry in ((pod or {}).get("status") or {}).get("containerStatuses") or []]
    return [state["waiting"] for state in states if state.get("waiting")]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes that a new pod cannot have before an old one goes. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.rollout import disruption
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import (
    Detection,
    of_pod,
    unstarted,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.pods import since_attached
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot, is_terminating


def held_by_an_old_pod(snapshot: Snapshot) -> Iterator[Detection]:
    """New pods that wait for a disk of an old pod, which stays until the new one is ready."""
    if disruption.unavailable(snapshot.deployment, snapshot.desired) > 0:
        return
    staying = [pod["metadata"]["name"] for pod in snapshot.old_pods if not is_terminating(pod)]
    for pod in unstarted(snapshot):
        for event in since_attached(snapshot.events_of(pod)):
            text = event.get("message") or ""
            holders = [name for name in staying if name in text]
            if event.get("reason") == "FailedAttachVolume" and "Multi-Attach" in text and holders:
                stays = f"{holders[0]} keeps the volume until a new pod is ready (maxUnavailable is 0)"
                yield of_pod(pod, f"{stays}: {text}")
                break

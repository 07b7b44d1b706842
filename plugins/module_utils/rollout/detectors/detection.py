# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a detector finds, and the pods that detectors read. Pure.

A detector takes a snapshot and yields a Detection for each thing that it recognises. It decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import container_statuses, is_ready, label
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot


@dataclass
class Detection:
    """``grace`` overrides the rule's, in seconds, where the object itself says how long it may take."""

    object: str
    message: str
    pod: str | None = None
    container: str | None = None
    grace: float | None = None


Detector = Callable[[Snapshot], Iterator[Detection]]


def of_pod(pod: dict, message: str, container: str | None = None, grace: float | None = None) -> Detection:
    return Detection(label(pod), short(message), pod["metadata"]["name"], container, grace)


def matcher(message: str, unless: str) -> Callable[[str], bool]:
    """Whether a text has what ``message`` matches and nothing that ``unless`` matches, in upper or lower case."""
    matching, excused = re.compile(message, re.IGNORECASE), re.compile(unless, re.IGNORECASE)
    return lambda text: bool(matching.search(text)) and not excused.search(text)


def unready(snapshot: Snapshot) -> list:
    return [pod for pod in snapshot.new_pods if not is_ready(pod)]


def unstarted(snapshot: Snapshot) -> list:
    """Unready pods of which no container has run yet. The others have got past what kept them from starting."""
    return [pod for pod in unready(snapshot) if not any(has_run(status) for status in container_statuses(pod))]


def has_run(status: dict) -> bool:
    states = {**(status.get("state") or {}), **(status.get("lastState") or {})}
    return "running" in states or "terminated" in states

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a detector finds, and the pods that detectors read. Pure.

A detector takes a snapshot and yields a Detection for each thing that it recognises. It decides nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.findings import short
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import (
    container_statuses,
    is_ready,
    is_true,
    label,
)
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot


@dataclass
class Detection:
    """``grace`` overrides the rule's, in seconds, where the object itself says how long it may take; WAIT: for ever.
    ``held``: something that is going keeps it so, and it may end when that is gone."""

    object: str
    message: str
    pod: str | None = None
    container: str | None = None
    grace: float | None = None
    held: bool = False


WAIT = math.inf
# What is seen on some pods only may be one bad node. Seconds in addition to the grace.
SOME_PODS_GRACE = 60.0
# Events of a pod that come after its volumes and its sandbox.
_SET_UP = ("Pulling", "Pulled", "Created", "Started")
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
    """Unready pods whose volumes are not mounted or whose sandbox is not made yet. The others have got past that."""
    return [pod for pod in unready(snapshot) if not _is_set_up(snapshot, pod)]


def _is_set_up(snapshot: Snapshot, pod: dict) -> bool:
    if is_true(pod, "PodReadyToStartContainers") or any(has_run(status) for status in container_statuses(pod)):
        return True
    return any(event.get("reason") in _SET_UP for event in snapshot.events_of(pod)[-1:])


def has_run(status: dict) -> bool:
    states = {**(status.get("state") or {}), **(status.get("lastState") or {})}
    return "running" in states or "terminated" in states

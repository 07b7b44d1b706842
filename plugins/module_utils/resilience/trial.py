# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries faults one after the other under one load."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.progress import Progress
from ansible_collections.modelops.serving.plugins.module_utils.load_test.counts import Counts
from ansible_collections.modelops.serving.plugins.module_utils.load_test.interruption import undisturbed
from ansible_collections.modelops.serving.plugins.module_utils.release.history import History
from ansible_collections.modelops.serving.plugins.module_utils.resilience import acts
from ansible_collections.modelops.serving.plugins.module_utils.resilience.faults import Fault
from ansible_collections.modelops.serving.plugins.module_utils.resilience.figures import Row, rows
from ansible_collections.modelops.serving.plugins.module_utils.resilience.measured_settings import OF_KIND, settings
from ansible_collections.modelops.serving.plugins.module_utils.resilience.scene import Scene
from ansible_collections.modelops.serving.plugins.module_utils.resilience.traffic import KINDS, PATIENCE, Traffic

# Of load before the first disturbance: what is lost then is no fault's.
LEAD = 10.0


@dataclass
class Trial:
    """What was seen. ``seconds``: all requests by the second in which they were due. ``began``: UTC."""

    revision: int
    began: str
    rows: list[Row]
    seconds: dict[int, Counts]
    settings: dict[str, str]
    examples: list[dict] = field(default_factory=list)
    healed: list[str] = field(default_factory=list)
    problem: str = ""


@dataclass
class Target:
    """The service, and how it is loaded. ``program``: the load generator. ``plan``: what load_test.plan.plan makes, by
    a rate and a number of seconds."""

    kube: Kube
    namespace: str
    name: str
    program: str
    plan: Callable[[float, float], dict]
    rate: float
    longest: float
    timeout: float = 180.0
    pause: float = 10.0
    places: dict = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)


def run(target: Target, faults: list[Fault], table: dict[str, Callable[[Scene, Fault], None]]) -> Trial:
    """``table``: what each fault does, by its name. A fault that cannot be carried out ends the trial; what was seen
    until then is returned, with the problem. Raises ServingError when there is nothing to try."""
    standing = History(target.kube, target.namespace, target.name).read().standing
    if standing is None:
        raise ServingError(
            f"no revision of {target.name} is recorded in namespace {target.namespace}: deploy it with "
            "playbooks/deploy.yml or the module release."
        )
    began = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    traffic = Traffic(target.program, target.plan(target.rate / len(KINDS), target.longest))
    scene = Scene(target.kube, target.namespace, target.name, traffic, target.timeout, target.pause, target.places)
    scene.progress = target.progress
    problem = ""
    try:
        healed = acts.heal(scene)
        standing = History(target.kube, target.namespace, target.name).read().standing
        measured = measured_settings(target, scene)
        time.sleep(LEAD)
        problem = _try_all(scene, faults, table)
        # Who was asked last may still answer.
        time.sleep(PATIENCE)
        ended = traffic.now()
    finally:
        with undisturbed():
            traffic.close()
    # Requests under way when the load was stopped are cut by ourselves: what is due in the last seconds does not count.
    seconds = {second: counts for second, counts in traffic.seconds().items() if second < ended - PATIENCE}
    found = rows(scene.disturbances, seconds, ended - PATIENCE)
    return Trial(standing.number, began, found, seconds, measured, traffic.examples(), healed, problem)


def _try_all(scene: Scene, faults: list[Fault], table: dict) -> str:
    for fault in faults:
        try:
            table[fault.name](scene, fault)
        except (ServingError, KubeError) as error:
            return f"{fault.name}: {error}"
    return ""


def measured_settings(target: Target, scene: Scene) -> dict[str, str]:
    others = []
    for kind in OF_KIND:
        found = target.kube.list(find(kind), target.namespace, f"{INSTANCE}={target.name}")["items"]
        others += [obj for obj in found if obj["metadata"]["name"] == target.name]
    return settings(scene.deployment(), others, scene.pods(), target.rate)

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets that differ from the serving one as little as a fault needs, and how they are known again. Pure."""

from __future__ import annotations

import copy

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import SUPERSEDED, Revision

# On the Deployment of every set that is released for a trial: a run that was killed has left it, and the next one sees.
MARK = "modelops.serving/resilience"
VARIABLE = "RESILIENCE_TRIAL"
# No registry has it, and no node.
NEVER_BUILT = "never-built"


def renewed(objects: list, stamp: str) -> list:
    """New pods, and nothing else."""
    changed = _marked(objects, stamp)
    _annotate(_template(changed), stamp)
    return changed


def configured(objects: list, stamp: str) -> list:
    """One environment variable more, which the server does not read."""
    changed = _marked(objects, stamp)
    container = _template(changed)["spec"]["containers"][0]
    others = [one for one in container.get("env") or [] if one.get("name") != VARIABLE]
    container["env"] = [*others, {"name": VARIABLE, "value": stamp}]
    return changed


def scaled(objects: list, stamp: str) -> list:
    """One replica more: of the autoscaler's least, or of the Deployment's where there is none."""
    changed = _marked(objects, stamp)
    deployment = object_set.deployment_of(changed)
    autoscaler = object_set.autoscaler_of(changed, deployment)
    if autoscaler is None:
        deployment["spec"]["replicas"] = deployment["spec"].get("replicas", 1) + 1
        return changed
    spec = autoscaler["spec"]
    spec["minReplicas"] = spec.get("minReplicas", 1) + 1
    spec["maxReplicas"] = max(spec["maxReplicas"], spec["minReplicas"])
    return changed


def broken(objects: list, stamp: str) -> list:
    """An image that cannot be had."""
    changed = _marked(objects, stamp)
    container = _template(changed)["spec"]["containers"][0]
    name = container["image"].partition("@")[0]
    container["image"] = f"{name.rpartition(':')[0] if ':' in name.rpartition('/')[2] else name}:{NEVER_BUILT}"
    container["imagePullPolicy"] = "IfNotPresent"
    return changed


def before_trial(entries: list[Revision]) -> Revision | None:
    """The revision that served before trials were released which nobody took back; None where there are none."""
    trials = [entry for entry in entries if _is_trial(entry)]
    if not trials:
        return None
    earlier = [entry for entry in entries if entry.number < trials[0].number and not _is_trial(entry)]
    served = [entry for entry in earlier if entry.status == SUPERSEDED or entry.status in ("serving", "applied")]
    return served[-1] if served else None


def _is_trial(entry: Revision) -> bool:
    deployment = object_set.deployment_of(entry.objects)
    return bool(deployment) and MARK in (deployment["metadata"].get("annotations") or {})


def _marked(objects: list, stamp: str) -> list:
    changed = copy.deepcopy(objects)
    _annotate(object_set.deployment_of(changed), stamp)
    return changed


def _annotate(obj: dict, stamp: str) -> None:
    metadata = obj.setdefault("metadata", {})
    metadata["annotations"] = {**(metadata.get("annotations") or {}), MARK: stamp}


def _template(objects: list) -> dict:
    return object_set.deployment_of(objects)["spec"]["template"]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services, and entrances to them, that would leave the pods that serve before there are others: when they are to be
changed. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common import entrances, object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import is_ready, label

ENTRANCES = (*entrances.KINDS, "GRPCRoute")
WORDS = (
    "{} leads to {} ready pods, as the set has it to none of them, and as it stands to none of the new ones: requests "
    "fail until the new pods are ready. Give the container a port, and the pods labels, that fit both."
)
AT_ONCE = (
    "{} does not lead to the pods that serve, and is changed at once, because nothing is waited for (wait: false): "
    "requests fail until the new pods are ready."
)


@dataclass(frozen=True)
class Switch:
    """``late``: Services and entrances of the set that are changed once the new pods are ready. ``warnings``: for
    Services where no moment is right."""

    late: list
    warnings: list[str]


def is_needed(objects: list, live: dict) -> bool:
    """Whether the set changes where a Service or an entrance leads."""
    found = [(obj, live.get(object_set.key(obj))) for obj in objects if obj["kind"] in ("Service", *ENTRANCES)]
    return any(at is not None and _leads(obj) != _leads(at) for obj, at in found)


def switch(objects: list, live: dict, pods: list) -> Switch:
    """``pods``: all of the namespace."""
    late, warnings = [], []
    deployment = object_set.deployment_of(objects)
    template = deployment["spec"]["template"] if deployment else {}
    ready = [pod for pod in pods if is_ready(pod)]
    for obj in objects:
        at = live.get(object_set.key(obj))
        if at is None or _leads(obj) == _leads(at):
            continue
        if obj["kind"] in ENTRANCES and ready and _leads_nowhere_yet(obj, objects, ready):
            late.append(obj)
        if obj["kind"] != "Service":
            continue
        serving = [pod for pod in ready if reaches(at, pod)]
        if not serving or any(reaches(obj, pod) for pod in serving):
            continue
        # The pods of another Deployment stay until this set serves.
        if reaches(at, template) or (deployment and object_set.key(deployment) not in live):
            late.append(obj)
        else:
            warnings.append(WORDS.format(label(obj), len(serving)))
    return Switch(late, warnings)


def at_once(planned: Switch) -> Switch:
    """The same where nothing is waited for, which is said."""
    return Switch([], [*planned.warnings, *(AT_ONCE.format(label(obj)) for obj in planned.late)])


def _leads_nowhere_yet(entrance: dict, objects: list, ready: list) -> bool:
    """Whether all Services that it leads to are of the set, and none of them has a ready pod. The one that it leads to
    now stands until the set serves."""
    names = targets(entrance)
    led = [obj for obj in objects if obj["kind"] == "Service" and obj["metadata"]["name"] in names]
    return len(led) == len(names) > 0 and not any(reaches(service, pod) for service in led for pod in ready)


def targets(entrance: dict) -> set[str]:
    """The names of the Services that it leads to."""
    return {rule.service for rule in entrances.rules(entrance)}


def reaches(service: dict, pod: dict) -> bool:
    """Whether a Service leads to a pod, or to those of a template: by its labels, and by all of its ports. A container
    may listen on a number that it does not name; where it names others, that is not counted on."""
    selector = service["spec"].get("selector") or {}
    labels = (pod.get("metadata") or {}).get("labels") or {}
    if not selector or not selector.items() <= labels.items():
        return False
    containers = (pod.get("spec") or {}).get("containers") or []
    declared = [port for container in containers for port in container.get("ports") or []]
    known = {port.get("name") for port in declared} | {port.get("containerPort") for port in declared}
    ports = [_target(port) for port in service["spec"].get("ports") or []]
    return all(port in known or (not declared and not isinstance(port, str)) for port in ports)


def _leads(obj: dict) -> object:
    if obj["kind"] in ENTRANCES:
        return targets(obj)
    spec = obj.get("spec") or {}
    return spec.get("selector") or {}, sorted(str(_target(port)) for port in spec.get("ports") or [])


def _target(port: dict) -> int | str | None:
    return port.get("targetPort", port.get("port"))

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands beside the Deployment: said when it is not ready, and freed when it is stuck."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label, selector_parameter
from ansible_collections.modelops.serving.plugins.module_utils.release import beside

# Seconds that the controller may take to see what was put back, and a pod to come again.
SEEN, READY, POLL = 10.0, 30.0, 0.5


def unready(kube: Kube, namespace: str, objects: list) -> list[str]:
    """A sentence for each of them that is not as it is to be. What may not be read is not known."""
    read = [_read(kube, namespace, obj) for obj in beside.others(objects)]
    return [f"{text}, and is not waited for" for at in read if at is not None and (text := beside.lack(at))]


def free(
    kube: Kube, namespace: str, objects: list, say: Callable[[str], None], is_over: Callable[[dict], bool]
) -> list[str]:
    """Removes pods for which a StatefulSet would wait for ever: Kubernetes replaces a pod of another revision only once
    it is ready. ``is_over``: whether one that is not ready may be given up. Returns a sentence for each that may not be
    removed."""
    left, freed = [], []
    for obj in [obj for obj in beside.others(objects) if obj["kind"] == "StatefulSet"]:
        at = _seen(kube, namespace, obj)
        if at is None:
            continue
        for pod in filter(is_over, beside.stuck(at, _pods(kube, namespace, at))):
            try:
                kube.delete(pod, namespace)
                freed.append(obj)
                say(f"{label(pod)} of an earlier set is removed: {label(obj)} would wait for it")
            except KubeError as error:
                if error.status == 401:
                    raise
                left.append(
                    f"{label(obj)} waits for {label(pod)} of an earlier set, which could not be removed "
                    f"({error.answer}): kubectl -n {namespace} delete pod {pod['metadata']['name']}"
                )
    until = min(time.monotonic() + READY, kube.deadline)
    while freed and time.monotonic() < until and unready(kube, namespace, freed):
        time.sleep(POLL)
    return left


def _seen(kube: Kube, namespace: str, obj: dict) -> dict | None:
    """It, once its controller has seen what was put back."""
    until = min(time.monotonic() + SEEN, kube.deadline)
    while True:
        at = _read(kube, namespace, obj)
        if at is None or beside.is_seen(at) or time.monotonic() >= until:
            return at
        time.sleep(POLL)


def _pods(kube: Kube, namespace: str, at: dict) -> list:
    try:
        return kube.list(find("Pod"), namespace, selector_parameter(at["spec"]["selector"]))["items"]
    except KubeError as error:
        if error.status != 403:
            raise
        return []


def _read(kube: Kube, namespace: str, obj: dict) -> dict | None:
    try:
        return kube.get(kube.kind(obj["apiVersion"], obj["kind"]), namespace, obj["metadata"]["name"])
    except KubeError as error:
        if error.status != 403:
            raise
        return None

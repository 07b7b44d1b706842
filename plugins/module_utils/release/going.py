# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a removal has deleted and is not gone yet: pods that end, and objects that a finalizer holds."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label, selector_parameter

POLL = 0.5
NAMED = 5


def wait(kube: Kube, namespace: str, deleted: list, say: Callable[[str], None]) -> list:
    """Waits until they and their pods are gone, until the client's deadline at the most. Returns what is left, as it
    stands. ``deleted``: objects as they stood when they were deleted."""
    deployment = object_set.deployment_of(deleted)
    held = [obj for obj in deleted if obj["metadata"].get("finalizers")]
    while True:
        left = _left(kube, namespace, held) + (_pods_of(kube, namespace, deployment) if deployment else [])
        if not left or time.monotonic() + POLL > kube.deadline:
            return left
        say(f"{_counted(left)} terminating")
        time.sleep(POLL)


def sentence(left: list, seconds: float) -> str:
    """What a person has to know of it."""
    named = [f"{label(obj)}{_holders(obj)}" for obj in left[:NAMED]]
    more = f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
    text = f"still terminating after {seconds:.0f} s: {', '.join(named)}{more}"
    held = any(obj["metadata"].get("finalizers") for obj in left)
    return f"{text}. What a finalizer holds goes when its controller lets go." if held else text


def _pods_of(kube: Kube, namespace: str, deployment: dict) -> list:
    """Those of its ReplicaSets: others may have the same labels."""
    labels, prefix = selector_parameter(deployment["spec"]["selector"]), f"{deployment['metadata']['name']}-"
    pods = kube.list(find("Pod"), namespace, labels)["items"]
    owners = [(pod, pod["metadata"].get("ownerReferences") or []) for pod in pods]
    return [pod for pod, refs in owners if any(_is_replicaset(ref, prefix) for ref in refs)]


def _is_replicaset(owner: dict, prefix: str) -> bool:
    return owner.get("kind") == "ReplicaSet" and owner.get("name", "").startswith(prefix)


def _left(kube: Kube, namespace: str, held: list) -> list:
    found = []
    for obj in held:
        kind = kube.kind(obj["apiVersion"], obj["kind"])
        now = kube.get(kind, namespace if kind.namespaced else None, obj["metadata"]["name"])
        if now is not None and now["metadata"]["uid"] == obj["metadata"]["uid"]:
            found.append(now)
    return found


def _counted(left: list) -> str:
    pods = sum(1 for obj in left if obj["kind"] == "Pod")
    parts = [f"{pods} pods"] if pods else []
    return " and ".join(parts + [label(obj) for obj in left if obj["kind"] != "Pod"])


def _holders(obj: dict) -> str:
    finalizers = obj["metadata"].get("finalizers") or []
    return f" (held by {', '.join(finalizers)})" if finalizers else ""

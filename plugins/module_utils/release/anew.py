# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that can be changed only by being removed and made again, and what stands against that."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KubeError
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import ownership
from ansible_collections.modelops.serving.plugins.module_utils.release.refusals import Irremovable, Refused, explained

# Seconds that an object which is being deleted may take to go.
GONE_PATIENCE, GONE_POLL = 60.0, 0.5


def refuse_irreversible(obj: dict, before: dict | None, adopt: Callable[[dict], bool]) -> None:
    """Raises Irremovable for what is adopted and would be frozen, where only its removal could undo that."""
    freezes = before is not None and obj.get("immutable") is True and before.get("immutable") is not True
    if not freezes or ownership.is_held(before) or not adopt(before):
        return
    owners = [f"{owner['kind']}/{owner['name']}" for owner in before["metadata"].get("ownerReferences") or []]
    if _finalizers(before) or owners:
        reason = _held_by(before) if _finalizers(before) else f"made anew it would not be {', '.join(owners)}'s"
        raise Irremovable(
            f"{label(before)} would become immutable, and could not be put back as it is: {reason}. Give the set's own "
            "another name, or leave immutable out."
        )


def refuse_held(before: dict) -> None:
    """Raises Irremovable for what would have to be removed to be changed, and would not go."""
    if _finalizers(before):
        raise Irremovable(
            f"{label(before)} is immutable, so that it is changed by being made anew, and {_held_by(before)}. Give the "
            "set's own another name, such as one with a hash of its content, or see that its controller lets go."
        )


def refuse_uncreatable(kube: Kube, namespace: str, obj: dict) -> None:
    """Raises Refused for an object that would be deleted and could not be made again, by the dry run of a copy."""
    copied = {**obj, "metadata": {**obj["metadata"], "name": f"{obj['metadata']['name'][:200]}-dry-run"}}
    try:
        kube.create(copied, namespace, "All")
    except KubeError as error:
        # The object itself makes room for its successor.
        if error.reason == "AlreadyExists" or "exceeded quota" in str(error):
            return
        told = explained(error, obj)
        if isinstance(told, Refused):
            told = Refused(str(told).replace(copied["metadata"]["name"], obj["metadata"]["name"]))
        raise told from error


def wait_gone(kube: Kube, namespace: str, going: dict) -> None:
    """Waits for an object that is being deleted: what is applied to it would go with it. Raises Refused."""
    kind, name = kube.kind(going["apiVersion"], going["kind"]), going["metadata"]["name"]
    until = time.monotonic() + GONE_PATIENCE
    until = until if kube.deadline is None else min(until, kube.deadline)
    while time.monotonic() < until:
        current = kube.get(kind, namespace, name)
        if current is None or current["metadata"]["uid"] != going["metadata"]["uid"]:
            return
        going = current
        time.sleep(GONE_POLL)
    held = ", ".join(going["metadata"].get("finalizers") or []) or "its dependents"
    raise Refused(
        f"{label(going)} is being deleted since {going['metadata']['deletionTimestamp']} and is held by {held}: "
        "see why that controller does not let go, then run this again."
    )


def is_frozen(live: dict | None) -> bool:
    """Whether it is a ConfigMap or Secret of ours that is immutable: it can never be changed in place."""
    return live is not None and live.get("immutable") is True and ownership.is_held(live)


def was_frozen(live: dict, recorded: dict) -> bool:
    """Whether a ConfigMap or Secret is immutable, and not as it was recorded."""
    parts = ("immutable", "data", "binaryData")
    return live.get("immutable") is True and any(live.get(part) != recorded.get(part) for part in parts)


def _finalizers(live: dict) -> list[str]:
    return live["metadata"].get("finalizers") or []


def _held_by(live: dict) -> str:
    return f"the finalizer {', '.join(_finalizers(live))} would hold its removal"

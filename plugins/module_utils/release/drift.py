# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift: configuration of a release's objects that somebody else has added or changed. Pure.

Server-side apply leaves alone what it does not name. So an env entry that a UI added stays through every apply, and it
has to be found by its owner.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import key
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release.managed_fields import (
    configuration,
    difference,
    entries,
    fields_of,
    owned,
    paths,
)
from ansible_collections.modelops.serving.plugins.module_utils.release.ownership import is_held

# Kubernetes' own: they fill in what an object leaves open.
CONTROL_PLANE = {
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "cloud-controller-manager",
}
# kubectl rollout restart writes the first; how many replicas run is judged by replicas.py.
LEFT_ALONE = {
    "f:spec": {
        "f:replicas": {},
        "f:template": {"f:metadata": {"f:annotations": {"f:kubectl.kubernetes.io/restartedAt": {}}}},
    }
}


@dataclass(frozen=True)
class Drift:
    """``object``: Kind/name. ``fields``: paths that the manager owns and the release does not."""

    object: str
    manager: str
    fields: tuple[str, ...]

    @property
    def text(self) -> str:
        shown = ", ".join(self.fields[:4]) + (f" and {len(self.fields) - 4} more" if len(self.fields) > 4 else "")
        return f"{self.object}: {shown} (by {self.manager})"

    def as_dict(self) -> dict:
        return {**asdict(self), "fields": list(self.fields)}


def foreign_fields(live: dict, tolerated: frozenset[str]) -> dict[str, dict]:
    """By manager, the configuration that it has beside ours, whether it changed the object in place or applied it."""
    ours = owned(live)
    found: dict[str, dict] = {}
    for entry in entries(live):
        manager = entry.get("manager") or "?"
        if manager == FIELD_MANAGER or manager in CONTROL_PLANE or manager in tolerated:
            continue
        fields = pruned(difference(difference(configuration(fields_of(entry)), ours), LEFT_ALONE))
        if fields:
            found[manager] = fields
    return found


def pruned(fields: dict) -> dict:
    """Without the existence (``.``) of maps in which nothing else is owned; that of a list's item counts."""
    left = {}
    for name, below in fields.items():
        if name == ".":
            continue
        rest = pruned(below)
        if not below or rest or name.startswith("k:"):
            left[name] = {**rest, ".": {}} if "." in below else rest
    return left


def drift(objects: list, live: dict, tolerated: frozenset[str] = frozenset()) -> list[Drift]:
    """Of the set's objects, by the live objects under key(). One that was never ours has not drifted."""
    found = []
    for obj in objects:
        at = live.get(key(obj))
        if at is None or not is_held(at):
            continue
        for manager, fields in sorted(foreign_fields(at, tolerated).items()):
            found.append(Drift(label(obj), manager, tuple(paths(fields))))
    return found


def drifted(objects: list, live: dict, tolerated: frozenset[str]) -> list[dict]:
    """The live objects of the set that others have changed."""
    found = [live[key(obj)] for obj in objects if key(obj) in live]
    return [at for at in found if is_held(at) and foreign_fields(at, tolerated)]

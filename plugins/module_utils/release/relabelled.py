# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that a release made and that no longer carry its label, because somebody changed it."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.common.constants import INSTANCE
from ansible_collections.modelops.serving.plugins.module_utils.common.errors import ServingError
from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import key
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import ownership, revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.history import SECRET, History


def among(kube: Kube, history: History, live: list[dict]) -> list[dict]:
    """Those of the live objects that this history has, and no history of the release that they name."""
    ours = {key(obj) for obj in history.objects}
    found = [at for at in live if key(at) in ours and ownership.is_relabelled(at, history.name)]
    return [at for at in found if not _is_recorded(kube, history.namespace, ownership.release_of(at), at)]


def sentences(history: History, found: list[dict]) -> list[str]:
    """A sentence for each of those, but for what a run that was cut short has adopted: that has its owner's label, as
    ever."""
    adopted = {(key(obj), ownership.instance_of(obj)) for entry in history.entries for obj in entry.adopted}
    changed = [at for at in found if (key(at), ownership.instance_of(at)) not in adopted]
    return [_sentence(at, history.name) for at in changed]


def _is_recorded(kube: Kube, namespace: str, release: str | None, at: dict) -> bool:
    """True also where the record cannot be read: it may be that release's."""
    if not release:
        return False
    try:
        record = History(kube, namespace, release).read()
    except ServingError:
        return True
    return key(at) in {key(obj) for obj in record.objects}


def recorded_by_others(kube: Kube, history: History) -> dict[tuple, str]:
    """The objects of all other histories in the namespace, by key, and the release that recorded them. A record that
    cannot be read says nothing."""
    own = {key(obj) for obj in history.objects}
    found = {}
    for secret in kube.list(SECRET, history.namespace, None, f"type={revisions.SECRET_TYPE}")["items"]:
        release = (secret["metadata"].get("labels") or {}).get(revisions.RELEASE_LABEL)
        if release in (None, history.name):
            continue
        try:
            entry = revisions.decode(secret)
        except ServingError:
            continue
        if entry.number != revisions.ORIGIN:
            found |= {key(obj): release for obj in entry.objects if key(obj) not in own}
    return found


def _sentence(at: dict, name: str) -> str:
    now = ownership.release_of(at)
    change = f"changed its label {INSTANCE} to {now}" if now else f"removed its label {INSTANCE}"
    return f"{label(at)} was made by release {name}, and somebody {change}"

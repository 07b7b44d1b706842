# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded objects in a version of their API that the cluster serves: an API grows up, and a record does not."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.client.errors import KindMissing
from ansible_collections.modelops.serving.plugins.module_utils.client.kube import Kube
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision


def bring_up_to_date(kube: Kube, entries: list[Revision]) -> None:
    """Where the version that an object was recorded with is gone, and its API group serves the kind in another one, the
    object is of that. What it is called in the cluster is the same."""
    known: dict[tuple[str, str], str] = {}
    for entry in entries:
        for name in ("objects", "adopted", "drifted"):
            setattr(entry, name, [_in_served_version(kube, obj, known) for obj in getattr(entry, name)])


def _in_served_version(kube: Kube, obj: dict, known: dict) -> dict:
    api_version, kind = obj["apiVersion"], obj["kind"]
    if (api_version, kind) not in known:
        known[(api_version, kind)] = _served_version(kube, api_version, kind)
    served = known[(api_version, kind)]
    return obj if served == api_version else {**obj, "apiVersion": served}


def _served_version(kube: Kube, api_version: str, kind: str) -> str:
    """The same where no version of the group serves the kind."""
    group = api_version.rpartition("/")[0]
    candidates = [api_version]
    while candidates:
        candidate = candidates.pop(0)
        try:
            return kube.served_kind(candidate, kind).api_version
        except KindMissing:
            if candidate == api_version and group:
                candidates = [version for version in kube.versions(group) if version != api_version]
    return api_version

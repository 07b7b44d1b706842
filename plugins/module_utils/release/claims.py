# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of volumes' claims, which only grow: a set that asks for less than a claim has leaves it as large as it is.
Pure."""

from __future__ import annotations

import copy

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label, quantity

CLAIM = "PersistentVolumeClaim"


def with_size(obj: dict, live: dict | None) -> dict:
    """The object as it may be applied over the live one."""
    if not has_grown(obj, live):
        return obj
    found = copy.deepcopy(obj)
    found["spec"]["resources"]["requests"]["storage"] = _asked(live)
    return found


def has_grown(obj: dict, live: dict | None) -> bool:
    """Whether the API server would refuse the size that the set asks for: less than the claim asks for by now, and no
    more than it has. One that could not grow yet may still be set back to what it has not reached."""
    if obj["kind"] != CLAIM or live is None:
        return False
    wanted, asked = quantity(_asked(obj)), quantity(_asked(live))
    has = quantity(((live.get("status") or {}).get("capacity") or {}).get("storage"))
    return 0 < wanted < asked and wanted <= has


def sentences(objects: list, live: dict) -> list[str]:
    """What is said of claims that stay larger. ``live`` is by object_set.key()."""
    pairs = [(obj, live.get(object_set.key(obj))) for obj in objects if obj["kind"] == CLAIM]
    return [
        f"{label(obj)} stays at {_asked(at)}: a claim cannot shrink to {_asked(obj)}"
        for obj, at in pairs
        if has_grown(obj, at)
    ]


def _asked(claim: dict) -> str | None:
    resources = (claim.get("spec") or {}).get("resources") or {}
    return (resources.get("requests") or {}).get("storage")

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody did to the Deployment while a run followed it: pods of another set prove nothing of this one. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label

REASON = "ChangedMeanwhile"
REMEDY = "Ask who changes it while a release runs (playbooks/status.yml shows the field managers), then run this again."


def judge(deployment: dict, now: dict | None, outdated: bool, scaled_to_zero: bool) -> list[Finding]:
    """``deployment``: of the set. ``now``: as it stands. ``outdated``: whether applying the set would change it."""
    what = ""
    if now is None:
        what = "somebody deleted it"
    elif scaled_to_zero:
        what = f"{_writer(now)} scaled it to 0"
    elif outdated:
        what = f"{_writer(now)} changed it, and its pods are not those of this release"
    message = f"{what} while this release was followed"
    return [Finding(REASON, label(deployment), message, REMEDY)] if what else []


def _writer(now: dict) -> str:
    """Who else wrote it last, by the API server's record."""
    others = [
        entry
        for entry in now["metadata"].get("managedFields") or []
        if entry.get("manager") not in (FIELD_MANAGER, "kube-controller-manager")
    ]
    last = max(others, key=lambda entry: entry.get("time") or "", default=None)
    return last["manager"] if last else "somebody"

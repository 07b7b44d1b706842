# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody did to the objects of a release while a run follows them: pods of another set prove nothing of this
one, and what leads nowhere any longer is no matter of time. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.modelops.serving.plugins.module_utils.common.constants import FIELD_MANAGER
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label, last_writer, selector_text
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.detection import Detection
from ansible_collections.modelops.serving.plugins.module_utils.rollout.snapshot import Snapshot

REASON = "ChangedMeanwhile"
REMEDY = "Ask who changes it while a release runs (playbooks/status.yml shows the field managers), then run this again."
DELETED = "somebody deleted it while this release was followed"
# Seconds: another tool may delete an object and make it again.
GRACE = 5
CONTROLLER = "kube-controller-manager"


def services_changed(snapshot: Snapshot) -> Iterator[Detection]:
    """Services of the release that no longer are as they were applied, in what leads to the pods."""
    for service in snapshot.services:
        name = service["metadata"]["name"]
        if name in snapshot.services_now:
            text = service_change(service, snapshot.services_now[name])
            if text:
                yield Detection(label(service), text)


def writer(now: dict) -> str:
    """Who else wrote an object of ours last."""
    return last_writer(now, (FIELD_MANAGER, CONTROLLER))


def service_change(service: dict, now: dict | None) -> str:
    """What of a Service leads elsewhere than as it was applied, "" for nothing. ``now``: None where it is gone."""
    if now is None:
        return DELETED
    selector, ports = now["spec"].get("selector") or {}, _ports(now)
    what = ""
    if selector != (service["spec"].get("selector") or {}):
        what = f"its selector is {selector_text(selector) or 'empty'}"
    elif ports != _ports(service):
        what = f"its ports lead to {', '.join(target for _port, target in ports) or 'none'}"
    return f"{writer(now)} changed it: {what} since, while this release was followed" if what else ""


def _ports(service: dict) -> list[tuple[int, str]]:
    entries = service["spec"].get("ports") or []
    return [(entry["port"], str(entry.get("targetPort", entry["port"]))) for entry in entries]

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last look at a Deployment and its Services before their revision counts: what was followed has to
be what was applied. Pure."""

from __future__ import annotations

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.findings import Finding
from ansible_collections.modelops.serving.plugins.module_utils.common.kinds import find
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release.drift import Drift
from ansible_collections.modelops.serving.plugins.module_utils.rollout.detectors.meanwhile import (
    DELETED,
    REASON,
    REMEDY,
    service_change,
    writer,
)

# Judged by what they do, too; and objects that end by themselves.
JUDGED, TRANSIENT = ("Deployment", "Service"), ("Job", "Pod")
# As drift writes paths.
POD_TEMPLATE = "spec.template"


def judge(
    deployment: dict, now: dict | None, outdated: bool, scaled_to_zero: bool, added: list[Drift]
) -> list[Finding]:
    """``deployment``: of the set. ``now``: as it stands. ``outdated``: whether applying the set would change its pods.
    ``added``: what others have beside it."""
    of_pods = [one for one in added if any(path.startswith(POD_TEMPLATE) for path in one.fields)]
    message = ""
    if _is_gone(now):
        message = DELETED
    elif scaled_to_zero:
        message = f"{writer(now)} scaled it to 0 while this release was followed"
    elif outdated:
        message = (
            f"{writer(now)} changed it, and its pods are not those of this release, while this release was followed"
        )
    elif of_pods:
        message = f"{of_pods[0].manager} added to its pods while this release was followed: {of_pods[0].text}"
    return [Finding(REASON, label(deployment), message, REMEDY)] if message else []


def judge_services(applied: list, live: dict) -> list[Finding]:
    """``applied``: the Services as they were applied. ``live``: what stands, by object_set.key()."""
    changes = [(service, service_change(service, live.get(object_set.key(service)))) for service in applied]
    return [Finding(REASON, label(service), text, REMEDY) for service, text in changes if text]


def judge_others(applied: list, live: dict) -> list[Finding]:
    """What is gone of all else. What its controllers remove themselves is no matter of a person."""
    kept = [at for at in applied if at["kind"] not in (*JUDGED, *TRANSIENT) and find(at["kind"], at["apiVersion"])]
    gone = [at for at in kept if _is_gone(live.get(object_set.key(at)))]
    return [Finding(REASON, label(at), DELETED, REMEDY) for at in gone]


def _is_gone(now: dict | None) -> bool:
    """Whether somebody has deleted it. What is still going, as in a namespace that goes, is gone soon."""
    return now is None or bool(now["metadata"].get("deletionTimestamp"))

# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a release that is only looked at."""

from __future__ import annotations

import pytest

from ansible_collections.modelops.serving.plugins.module_utils.common.object_set import key
from ansible_collections.modelops.serving.plugins.module_utils.release import revisions, status
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision


def an_object(kind: str, name: str = "api", api_version: str = "v1") -> dict:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "ml"}}


DEPLOYMENT = an_object("Deployment", api_version="apps/v1")
SERVICE, METRICS = an_object("Service"), an_object("Service", "api-metrics")
WIDGET = an_object("Widget", api_version="example.org/v1")
OBJECTS = [DEPLOYMENT, SERVICE, METRICS, WIDGET]
NOT_SERVED = "the cluster does not serve Widget (example.org/v1)"
FORBIDDEN = "GET /x: widgets is forbidden"


def said(live: list, impossible: dict | None = None, unread: dict | None = None) -> list[str]:
    """The lines about a set of which these objects are there, the Deployment with both of its replicas."""
    running = {**DEPLOYMENT, "spec": {"replicas": 2}, "status": {"readyReplicas": 2}}
    found = {key(obj): running if obj is DEPLOYMENT else obj for obj in live}
    entry = Revision(1, revisions.SERVING, "", "2026-11-26", objects=OBJECTS)
    result = {
        "serving": 1,
        "revisions": status.described([entry]),
        "objects": status.states(OBJECTS, found, impossible or {}, unread or {}),
        "drift": [],
        "relabelled": [],
    }
    if DEPLOYMENT in live:
        result["rollout"] = status.replicas(running)
    return status.lines("api", "ml", result, 1)


def test_a_release_that_serves():
    assert said(OBJECTS) == [
        "api in ml: r1 serves, 2/2 ready",
        "  objects: Deployment/api, Service/api, Service/api-metrics, Widget/api",
        "  r1    serving     2026-11-26",
    ]


@pytest.mark.parametrize(
    ("cannot", "expected"),
    [
        (
            {"impossible": {key(WIDGET): NOT_SERVED}},
            "  missing: Widget/api: the cluster does not serve Widget (example.org/v1)",
        ),
        ({"unread": {key(WIDGET): FORBIDDEN}}, "  unknown: Widget/api: GET /x: widgets is forbidden"),
    ],
    ids=["no CRD", "no permission"],
)
def test_what_cannot_be_read_is_named_with_the_reason_below_what_can(cannot, expected):
    found = said([DEPLOYMENT, SERVICE, METRICS], **cannot)
    assert found == [
        "api in ml: r1 serves, 2/2 ready",
        "  objects: Deployment/api, Service/api, Service/api-metrics",
        expected,
        "  r1    serving     2026-11-26",
    ]


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ([SERVICE, METRICS, WIDGET], "r1 was serving; its Deployment is missing: a deploy brings it back"),
        ([WIDGET], "r1 was serving; its Deployment and its Service are missing: a deploy brings them back"),
        ([DEPLOYMENT, METRICS, WIDGET], "r1 was serving; its Service is missing: a deploy brings it back, 2/2 ready"),
        ([DEPLOYMENT, SERVICE, WIDGET], "r1 serves, 2/2 ready"),
    ],
    ids=["Deployment", "both", "Service", "another Service"],
)
def test_the_first_line_says_when_nothing_can_serve(live, expected):
    assert said(live)[0] == f"api in ml: {expected}"


def test_what_is_unknown_neither_serves_nor_is_gone():
    found = said([SERVICE, METRICS, WIDGET], unread={key(DEPLOYMENT): FORBIDDEN})
    assert found[0] == "api in ml: r1 is recorded as serving; its Deployment is unknown"
    assert "  unknown: Deployment/api: GET /x: widgets is forbidden" in found


@pytest.mark.parametrize("drift", [[], [{"object": "Deployment/api", "fields": ["spec"], "manager": "kubectl-edit"}]])
@pytest.mark.parametrize("serving", [None, 1])
def test_what_was_kept_and_corrected_by_hand_is_said_to_be_in_place(drift, serving):
    kept = Revision(2, revisions.KEPT, "", "2026-11-26", objects=OBJECTS)
    result = {
        "serving": serving,
        "unjudged": 2,
        "revisions": status.described([kept]),
        "objects": [],
        "drift": drift,
        "relabelled": [],
        "rollout": {"desired": 2, "ready": 2},
    }
    by_hand = ", changed by hand" if drift else ""
    recorded = "r1" if serving else "no revision"
    expected = f"api in ml: {recorded} is recorded as serving; r2 is in place{by_hand}, 2/2 ready"
    assert status.lines("api", "ml", result, 1)[0] == expected

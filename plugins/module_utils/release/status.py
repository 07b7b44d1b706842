# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a release that is only looked at: its revisions, and what there is of the one that serves. Pure."""

from __future__ import annotations

import textwrap

from ansible_collections.modelops.serving.plugins.module_utils.common import object_set
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import label
from ansible_collections.modelops.serving.plugins.module_utils.release import beside, diff, ownership, revisions
from ansible_collections.modelops.serving.plugins.module_utils.release.revisions import Revision

# Of what a revision changes, what it serves; and the revisions that later ones are compared with.
SERVED = ("image", "model")
STOOD = (*revisions.STANDING, revisions.SUPERSEDED)
PRESENT, MISSING, UNKNOWN = "present", "missing", "unknown"


def described(history: list[Revision]) -> list[dict]:
    """Each revision with what differs from the one that stood before it; the first with what it serves."""
    entries, before = [], None
    for entry in history:
        changed = diff.highlights(before.objects if before else [], entry.objects)
        shown = changed if before else [item for item in changed if item["what"] in SERVED]
        entries.append(dict(entry.as_dict(), highlights=shown))
        before = entry if entry.status in STOOD else before
    return entries


def states(objects: list, live: dict, impossible: dict[tuple, str], unread: dict[tuple, str]) -> list[dict]:
    """The state of each object of the set, from what reading.read_readable() returns."""
    found = [_state(obj, live, impossible, unread) for obj in objects]
    others = beside.others(objects)
    for entry, obj in zip(found, objects, strict=True):
        at = live.get(object_set.key(obj))
        if at is not None and obj in others and (text := beside.lack(at)):
            entry["lack"] = text
    return found


def _state(obj: dict, live: dict, impossible: dict[tuple, str], unread: dict[tuple, str]) -> dict:
    key = object_set.key(obj)
    found = {"kind": obj["kind"], "name": obj["metadata"]["name"], "state": PRESENT if key in live else MISSING}
    if key in impossible:
        found["reason"] = impossible[key]
    elif key not in live and key not in unread and object_set.ends_by_itself(obj):
        found["reason"] = "it goes by itself when it has finished (ttlSecondsAfterFinished)"
    elif key in unread:
        found |= {"state": UNKNOWN, "reason": unread[key]}
    elif key in live and obj["kind"] == "Deployment":
        found["replicas"] = replicas(live[key])
    return found


def replicas(deployment: dict) -> dict:
    status = deployment.get("status") or {}
    return {
        "desired": deployment["spec"].get("replicas", 1),
        "updated": status.get("updatedReplicas", 0),
        "ready": status.get("readyReplicas", 0),
        "available": status.get("availableReplicas", 0),
    }


def lines(name: str, namespace: str, result: dict, least: int) -> list[str]:
    """``result``: as the module returns it. ``least``: the fewest replicas that the serving set allows."""
    if not result["revisions"]:
        return [f"{name} in {namespace}: no release is recorded"]
    counts = result.get("rollout")
    found = [f"{name} in {namespace}: {_serves(name, result)}"]
    if result.get("serves_models"):
        found.append(f"  model: {result['serves_models']}")
    found += _objects(result["objects"])
    if counts and not counts["desired"]:
        again = (
            "a deploy brings it back to its minimum"
            if least
            else "the release leaves its number to others, such as KEDA"
        )
        found.append(f"  scaled to 0: nothing serves; {again}")
    found += [f"  {entry['lack']}" for entry in result["objects"] if "lack" in entry]
    found += [
        f"  drift: {entry['object']}: {', '.join(entry['fields'])} (by {entry['manager']})" for entry in result["drift"]
    ]
    found += [f"  {sentence}" for sentence in result["relabelled"]]
    return found + [_revision(entry) for entry in result["revisions"]]


def applied_by(deployment: dict) -> str:
    """What is said of a Deployment that stands without a record and that another tool applies; "" of any other."""
    tools = ownership.other_appliers(deployment)
    return f"{label(deployment)} is applied by {', '.join(tools)}" if tools else ""


def _serves(name: str, result: dict) -> str:
    """Whether the revision serves: without its Deployment or its Service nothing does, whatever is recorded."""
    counts = result.get("rollout")
    ready = f", {counts['ready']}/{counts['desired']} ready" if counts else ""
    ready += f", {counts['old']} pods of another revision serve" if counts and counts.get("old") else ""
    if result.get("unjudged") is not None:
        by_hand = ", changed by hand" if result["drift"] else ""
        serving = "no revision" if result.get("serving") is None else f"r{result['serving']}"
        return f"{serving} is recorded as serving; r{result['unjudged']} is in place{by_hand}{ready}"
    if result.get("serving") is None:
        return "no revision serves"
    revision = f"r{result['serving']}"
    lost, unread = (_needed(name, result["objects"], state) for state in (MISSING, UNKNOWN))
    if lost:
        them = "them" if len(lost) > 1 else "it"
        return f"{revision} was serving; its {_are(lost)} missing: a deploy brings {them} back{ready}"
    if unread:
        return f"{revision} is recorded as serving; its {_are(unread)} unknown{ready}"
    return f"{revision} serves{ready}"


def _are(kinds: list[str]) -> str:
    return f"{' and its '.join(kinds)} {'are' if len(kinds) > 1 else 'is'}"


def _needed(name: str, objects: list[dict], state: str) -> list[str]:
    """Which of the kinds that requests need are in that state."""
    needed = [entry for entry in objects if entry["kind"] == "Deployment"]
    needed += [entry for entry in objects if entry["kind"] == "Service" and entry["name"] == name]
    return [entry["kind"] for entry in needed if entry["state"] == state]


def _objects(objects: list[dict]) -> list[str]:
    """What is there on as many lines as it takes, and what is not."""
    present = [f"{entry['kind']}/{entry['name']}" for entry in objects if entry["state"] == PRESENT]
    missing = gone(objects)
    found = textwrap.wrap(
        ", ".join(present),
        110,
        initial_indent="  objects: ",
        subsequent_indent=" " * 11,
        break_long_words=False,
        break_on_hyphens=False,
    )
    if missing:
        found.append(f"  missing: {', '.join(missing)}")
    return found + [
        f"  {entry['state']}: {entry['kind']}/{entry['name']}: {entry['reason']}"
        for entry in objects
        if "reason" in entry
    ]


def gone(objects: list[dict]) -> list[str]:
    """Those of states() that could be there and are not."""
    missing = [entry for entry in objects if entry["state"] == MISSING and "reason" not in entry]
    return [f"{entry['kind']}/{entry['name']}" for entry in missing]


def _revision(entry: dict) -> str:
    changed = ", ".join(f"{item['what']} {item['after'] or 'removed'}" for item in entry["highlights"][:3])
    note = "; ".join(part for part in (entry["note"], changed) if part)
    return f"  r{entry['revision']:<4} {entry['status']:<11} {entry['created']}  {note}".rstrip()

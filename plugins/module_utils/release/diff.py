# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences of two states of an object, or of two sets, without secrets and without server-set fields. Pure."""

from __future__ import annotations

import copy
import json

from ansible_collections.modelops.serving.plugins.module_utils.common import entrances
from ansible_collections.modelops.serving.plugins.module_utils.common.hidden import HIDDEN, hide, hide_text
from ansible_collections.modelops.serving.plugins.module_utils.common.objects import quantity
from ansible_collections.modelops.serving.plugins.module_utils.common.redact import names_credential
from ansible_collections.modelops.serving.plugins.module_utils.release import served_models

# Of what differs, what a reader sees first.
FIRST = ("image", "model")
SHAPE = ("startupProbe", "readinessProbe", "livenessProbe", "command", "args")
PROBE_DEFAULTS = {"failureThreshold": 3, "successThreshold": 1, "timeoutSeconds": 1, "periodSeconds": 10}
VOLATILE = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")


def compare(before: dict | None, after: dict | None) -> dict | None:
    """One entry of ``changes`` with the two states under ``diff``; None when they are equal."""
    old, new = clean(before), clean(after)
    if old == new:
        return None
    obj = after or before
    old, new = hide(old, new)
    return {
        "kind": obj["kind"],
        "name": obj["metadata"]["name"],
        "action": action_of(before, after),
        "diff": {"before": old, "after": new},
    }


def action_of(before: dict | None, after: dict | None) -> str:
    if before is None:
        return "create"
    return "remove" if after is None else "update"


def clean(obj: dict | None) -> dict:
    """An object without the fields that the server sets, to be compared and shown."""
    if obj is None:
        return {}
    shown = {name: value for name, value in copy.deepcopy(obj).items() if name != "status"}
    for name in VOLATILE:
        shown["metadata"].pop(name, None)
    annotations = shown["metadata"].get("annotations") or {}
    for name in ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"):
        annotations.pop(name, None)
    if not annotations:
        shown["metadata"].pop("annotations", None)
    return shown


def diff_of(changes: list) -> list:
    """Ansible's diff structure: one before/after pair an object, in YAML."""
    from yaml import safe_dump

    def text(state: dict) -> str:
        return safe_dump(state, sort_keys=True, width=110) if state else ""

    return [
        {
            "before_header": f"{entry['kind']}/{entry['name']}",
            "after_header": f"{entry['kind']}/{entry['name']} ({entry['action']})",
            "before": text(entry["diff"]["before"]),
            "after": text(entry["diff"]["after"]),
        }
        for entry in changes
    ]


def highlights(before: list, after: list) -> list[dict]:
    """The main differences of two sets: images and configuration, as ``{"what", "before", "after"}``."""
    old, new = _highlighted(before), _highlighted(after)
    if served_models.reads_elsewhere(before):  # what is not in the set was made by another tool, and is not known
        unknown = served_models.configuration(after)
        new = {what: value for what, value in new.items() if what not in unknown}
    elif served_models.reads_elsewhere(after):  # a rollback to what it had made
        unknown = served_models.configuration(before)
        old = {what: value for what, value in old.items() if what not in unknown}
    changed = []
    for what in sorted(set(old) | set(new), key=lambda item: (item not in FIRST, item)):
        if what == "model" and old.get("image") == new.get("image") and None in (old.get(what), new.get(what)):
            continue  # in the same image are the same models, whether or not the set names them
        if _differs(what, old.get(what), new.get(what)):
            shown = {"before": old.get(what), "after": new.get(what)}
            if not _is_of_the_shape(what) and names_credential(what):
                shown = {side: HIDDEN if value else value for side, value in shown.items()}
            else:
                shown["before"], shown["after"] = hide_text(shown["before"], shown["after"])
            changed.append({"what": what, **shown})
    return changed


def _differs(what: str, before, after) -> bool:
    """The API server gives an amount back in its shortest form: 1000m as 1."""
    if before == after:
        return False
    if None in (before, after) or not _is_amount(what):
        return True
    try:
        return quantity(before) != quantity(after)
    except ValueError:
        return True


def _is_amount(what: str) -> bool:
    return any(f".{kind}." in f".{what}" for kind in ("limits", "requests"))


def _without_defaults(shown):
    """A probe without what the API server fills in: a live one has it, and the set's has not. All else as it is."""
    if not isinstance(shown, dict):
        return shown
    left = {name: value for name, value in shown.items() if PROBE_DEFAULTS.get(name) != value}
    if isinstance(left.get("httpGet"), dict):
        left["httpGet"] = {
            name: value for name, value in left["httpGet"].items() if (name, value) != ("scheme", "HTTP")
        }
    return left


def _is_of_the_shape(what: str) -> bool:
    """Of the containers themselves, whatever these are called: no variable."""
    if what in FIRST or what.startswith("image of ") or what.rpartition(".")[2] in SHAPE:
        return True
    return _is_amount(what)


def _highlighted(objects: list) -> dict:
    values: dict = {}
    for number, container in enumerate(served_models.pod_of(objects).get("containers") or []):
        values["image" if number == 0 else f"image of {container['name']}"] = container.get("image")
        # The server's own are named as its variables are; a sidecar's by its name.
        place = "" if number == 0 else f"{container['name']}."
        for entry in container.get("env") or []:
            values[place + entry["name"]] = entry.get("value", "(reference)")
        for kind in ("limits", "requests"):
            for resource, amount in ((container.get("resources") or {}).get(kind) or {}).items():
                values[f"{place}{kind}.{resource}"] = str(amount)
        for probe in SHAPE:
            if container.get(probe):
                shown = _without_defaults(hide({}, {probe: container[probe]})[1][probe])
                values[f"{container['name']}.{probe}"] = json.dumps(shown, sort_keys=True)
    addresses = [
        rule.host + rule.path for obj in objects if obj["kind"] in entrances.KINDS for rule in entrances.rules(obj)
    ]
    if addresses:
        values["addresses"] = ", ".join(sorted(set(addresses)))
    values.update(served_models.configuration(objects))
    # For a reader; two checksums of 64 digits are none.
    values.pop("MODEL_SHA256", None)
    values["model"] = served_models.described(objects) or None
    return values

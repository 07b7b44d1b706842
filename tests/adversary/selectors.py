# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""labelSelector and fieldSelector of a request."""

from __future__ import annotations

import re
from collections.abc import Callable

from adversary import answers
from adversary.schema import Resource

Test = Callable[[dict], bool]
FIELDS = {
    "Secret": ("type",),
    "Pod": ("spec.nodeName", "status.phase"),
    "Event": (
        "involvedObject.kind",
        "involvedObject.name",
        "involvedObject.namespace",
        "involvedObject.uid",
        "reason",
        "type",
    ),
}


def labels(text: str | None) -> Test:
    """Whether an object's labels are selected."""
    tests = [_requirement(part) for part in re.split(r",(?![^(]*\))", text or "") if part.strip()]

    def test(obj: dict) -> bool:
        held = obj["metadata"].get("labels") or {}
        return all(entry(held) for entry in tests)

    return test


def _requirement(text: str) -> Test:
    text = text.strip()
    if found := re.fullmatch(r"(\S+) (in|notin) \(([^)]*)\)", text):
        key, operator, values = found[1], found[2], {value.strip() for value in found[3].split(",")}
        if operator == "in":
            return lambda held: held.get(key) in values
        return lambda held: held.get(key) not in values
    if text.startswith("!"):
        return lambda held: text[1:] not in held
    if "!=" in text:
        key, _operator, value = text.partition("!=")
        return lambda held: held.get(key) != value
    if "=" in text:
        key, _operator, value = text.replace("==", "=").partition("=")
        return lambda held: held.get(key) == value
    return lambda held: text in held


def fields(text: str | None, resource: Resource) -> Test:
    """Whether an object's fields are selected. Raises Refusal for a field that this kind is not selected by."""
    known = ("metadata.name", "metadata.namespace", *FIELDS.get(resource.kind, ()))
    tests = []
    for part in filter(None, (text or "").split(",")):
        key, _operator, value = part.replace("==", "=").partition("=")
        if key not in known:
            listed = ", ".join(f'"{name}"' for name in known)
            raise answers.bad_request(f'"{key}" is not a known field selector: only {listed}')
        tests.append((key.split("."), value))
    return lambda obj: all(_at(obj, path) == value for path, value in tests)


def _at(obj: dict, path: list[str]) -> str:
    for name in path:
        obj = (obj or {}).get(name)
    return obj or ""
